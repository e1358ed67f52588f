# name: em-websocket-server
# title: em-websocket
# role: server
# http: 1.1
# install: apt-get install ruby-em-websocket
# version: dpkg-query -W ruby-em-websocket
# run: exec ruby FILE ARGUMENT
require "em-websocket"
$stdout.sync = true
EM.run do
  EM::WebSocket.run(host: "127.0.0.1", port: ARGV[0].to_i) do |socket|
    socket.onmessage { |text| text == "close me" ? socket.close(4002, "bye") : socket.send(text) }
    socket.onbinary { |data| socket.send_binary(data) }
    socket.onclose { |event| puts "closed #{event[:code]}" }
  end
end
