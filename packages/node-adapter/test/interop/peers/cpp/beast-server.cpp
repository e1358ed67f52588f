// name: beast-server
// title: Boost.Beast
// role: server
// http: 1.1
// install: apt-get install g++ libboost-dev
// version: command -v g++ >/dev/null && dpkg-query -W libboost-dev
// run: g++ -std=c++17 -O0 -pthread -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <iostream>
#include <thread>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;

void echo(tcp::socket connection) {
  websocket::stream<tcp::socket> socket(std::move(connection));
  try {
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    socket.set_option(deflate);
    socket.accept();
    for (;;) {
      beast::flat_buffer buffer;
      socket.read(buffer);
      if (beast::buffers_to_string(buffer.data()) == "close me") {
        socket.close(websocket::close_reason(static_cast<websocket::close_code>(4002), "bye"));
      } else {
        socket.text(socket.got_text());
        socket.write(buffer.data());
      }
    }
  } catch (const beast::system_error&) {
    if (socket.reason().code != 0) std::cout << "closed " << socket.reason().code << std::endl;
  }
}

int main(int, char** argv) {
  boost::asio::io_context context(1);
  tcp::acceptor acceptor(context, {tcp::v4(), static_cast<unsigned short>(std::atoi(argv[1]))});
  for (;;) std::thread(echo, acceptor.accept()).detach();
}
