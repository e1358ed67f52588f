// name: websocketpp-server
// title: websocketpp
// role: server
// http: 1.1
// install: apt-get install g++ libboost-dev libboost-system-dev libwebsocketpp-dev
// version: command -v g++ >/dev/null && dpkg-query -W libwebsocketpp-dev
// run: g++ -std=c++14 -O0 -pthread -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
#include <iostream>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

using Server = websocketpp::server<websocketpp::config::asio>;

int main(int, char** argv) {
  Server server;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_message_handler([&](websocketpp::connection_hdl handle, Server::message_ptr message) {
    if (message->get_payload() == "close me") server.close(handle, 4002, "bye");
    else server.send(handle, message->get_payload(), message->get_opcode());
  });
  server.set_close_handler([&](websocketpp::connection_hdl handle) {
    std::cout << "closed " << server.get_con_from_hdl(handle)->get_remote_close_code() << std::endl;
  });
  server.listen(boost::asio::ip::tcp::v4(), std::atoi(argv[1]));
  server.start_accept();
  server.run();
}
