// name: cpprest-client
// title: C++ REST SDK
// role: client
// http: 1.1
// install: apt-get install g++ libcpprest-dev libssl-dev
// version: command -v g++ >/dev/null && dpkg-query -f '${Version}' -W libcpprest-dev
// run: g++ -std=c++14 -O0 -pthread -o FOLDER/peer FILE -lcpprest -lssl -lcrypto && exec FOLDER/peer ARGUMENT
#include <cpprest/containerstream.h>
#include <cpprest/ws_client.h>
#include <future>
#include <iostream>

using namespace web::websockets::client;

int main(int, char** argv) {
  websocket_callback_client client;
  std::promise<void> over;
  client.set_message_handler([&](websocket_incoming_message message) {
    websocket_outgoing_message answer;
    if (message.message_type() == websocket_message_type::text_message) {
      std::string text = message.extract_string().get();
      if (text == "close me") {
        client.close(static_cast<websocket_close_status>(4002), "bye");
        return;
      }
      answer.set_utf8_message(text);
    } else {
      concurrency::streams::container_buffer<std::vector<uint8_t>> data;
      message.body().read_to_end(data).get();
      answer.set_binary_message(concurrency::streams::bytestream::open_istream(data.collection()));
    }
    client.send(answer);
  });
  client.set_close_handler([&](websocket_close_status status, const std::string&, const std::error_code&) {
    std::cout << "closed " << static_cast<int>(status) << std::endl;
    over.set_value();
  });
  client.connect(argv[1]).get();
  over.get_future().wait();
}
