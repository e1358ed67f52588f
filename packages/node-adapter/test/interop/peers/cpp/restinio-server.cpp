// name: restinio-server
// title: RESTinio
// role: server
// http: 1.1
// install: apt-get install g++ librestinio-dev libasio-dev
// version: command -v g++ >/dev/null && dpkg-query -f '${Version}' -W librestinio-dev
// run: g++ -std=c++17 -o FOLDER/peer FILE -lfmt -lhttp_parser -pthread && exec FOLDER/peer ARGUMENT
// notes: pongs and answers to close frames are the application's
#include <cstdio>
#include <map>
#include <restinio/all.hpp>
#include <restinio/websocket/websocket.hpp>

namespace rws = restinio::websocket::basic;

static std::map<std::uint64_t, rws::ws_handle_t> sockets;

static void heard(const rws::ws_handle_t &socket, const rws::message_handle_t &message) {
  const auto &payload = message->payload();
  switch (message->opcode()) {
  case rws::opcode_t::connection_close_frame:
    if (payload.size() > 1)
      std::printf("closed %d\n", (unsigned char)payload[0] << 8 | (unsigned char)payload[1]);
    std::fflush(stdout);
    socket->send_message(*message);
    sockets.erase(socket->connection_id());
    break;
  case rws::opcode_t::ping_frame:
    message->set_opcode(rws::opcode_t::pong_frame);
    socket->send_message(*message);
    break;
  case rws::opcode_t::text_frame:
  case rws::opcode_t::binary_frame:
    if (payload == "close me")
      socket->send_message(rws::final_frame, rws::opcode_t::connection_close_frame, restinio::writable_item_t{std::string{"\x0f\xa2" "bye"}});
    else
      socket->send_message(*message);
    break;
  default:
    break;
  }
}

int main(int, char **argv) {
  restinio::run(restinio::on_this_thread<>()
                    .address("127.0.0.1")
                    .port(std::atoi(argv[1]))
                    .request_handler([](const auto &request) {
                      if (request->header().connection() != restinio::http_connection_header_t::upgrade)
                        return restinio::request_rejected();
                      auto socket = rws::upgrade<restinio::default_single_thread_traits_t>(*request, rws::activation_t::immediate, heard);
                      sockets.emplace(socket->connection_id(), socket);
                      return restinio::request_accepted();
                    }));
}
