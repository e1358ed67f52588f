// name: poco-server
// title: POCO
// role: server
// http: 1.1
// install: apt-get install g++ libpoco-dev
// version: command -v g++ >/dev/null && dpkg-query -f '${Version}' -W libpoco-dev
// run: g++ -std=c++17 -O0 -o FOLDER/peer FILE -lPocoNet -lPocoFoundation && exec FOLDER/peer ARGUMENT
// notes: pongs and answers to close frames are the application's
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/WebSocket.h>
#include <iostream>

using namespace Poco::Net;

struct Echo : HTTPRequestHandler {
  void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
    WebSocket socket(request, response);
    socket.setReceiveTimeout(Poco::Timespan(60, 0));
    for (bool isOpen = true; isOpen;) {
      Poco::Buffer<char> buffer(0);
      int flags = 0;
      int length = socket.receiveFrame(buffer, flags);
      if (length == 0 && flags == 0) break;
      switch (flags & WebSocket::FRAME_OP_BITMASK) {
        case WebSocket::FRAME_OP_PING:
          socket.sendFrame(buffer.begin(), length, WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_PONG);
          break;
        case WebSocket::FRAME_OP_CLOSE:
          if (length > 1) std::cout << "closed " << ((buffer[0] & 255) << 8 | (buffer[1] & 255)) << std::endl;
          if (!isClosing) socket.sendFrame(buffer.begin(), length, WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_CLOSE);
          isOpen = false;
          break;
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
  bool isClosing = false;
};

struct Echoes : HTTPRequestHandlerFactory {
  HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override { return new Echo; }
};

int main(int, char** argv) {
  HTTPServer server(new Echoes, ServerSocket(std::stoi(argv[1])), new HTTPServerParams);
  server.start();
  Poco::Event().wait();
}
