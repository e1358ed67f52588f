// name: poco-client
// title: POCO
// role: client
// http: 1.1
// install: apt-get install g++ libpoco-dev
// version: command -v g++ >/dev/null && dpkg-query -f '${Version}' -W libpoco-dev
// run: g++ -std=c++17 -O0 -o FOLDER/peer FILE -lPocoNet -lPocoFoundation && exec FOLDER/peer ARGUMENT
// notes: pongs and answers to close frames are the application's
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/WebSocket.h>
#include <Poco/URI.h>
#include <iostream>

using namespace Poco::Net;

int main(int, char** argv) {
  Poco::URI url(argv[1]);
  HTTPClientSession session(url.getHost(), url.getPort());
  HTTPRequest request(HTTPRequest::HTTP_GET, "/", HTTPMessage::HTTP_1_1);
  HTTPResponse response;
  WebSocket socket(session, request, response);
  socket.setReceiveTimeout(Poco::Timespan(60, 0));
  for (bool isClosing = false;;) {
    Poco::Buffer<char> buffer(0);
    int flags = 0;
    int length = socket.receiveFrame(buffer, flags);
    if (length == 0 && flags == 0) return 0;
    switch (flags & WebSocket::FRAME_OP_BITMASK) {
      case WebSocket::FRAME_OP_PING:
        socket.sendFrame(buffer.begin(), length, WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_PONG);
        break;
      case WebSocket::FRAME_OP_CLOSE:
        if (length > 1) std::cout << "closed " << ((buffer[0] & 255) << 8 | (buffer[1] & 255)) << std::endl;
        if (!isClosing) socket.sendFrame(buffer.begin(), length, WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_CLOSE);
        return 0;
      default:
        if (std::string(buffer.begin(), length) == "close me") {
          socket.shutdown(4002, "bye");
          isClosing = true;
        } else {
          socket.sendFrame(buffer.begin(), length, flags);
        }
    }
  }
}
