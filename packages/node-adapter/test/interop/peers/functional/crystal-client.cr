# name: crystal-client
# title: Crystal's own WebSocket
# role: client
# http: 1.1
# install: apt-get install crystal
# version: crystal --version
# run: crystal build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
# notes: answers a close with a frame that has no code: 1005 here
require "http/web_socket"

STDOUT.sync = true
socket = HTTP::WebSocket.new(URI.parse(ARGV[0]))
socket.on_message do |text|
  text == "close me" ? socket.close(HTTP::WebSocket::CloseCode.new(4002), "bye") : socket.send(text)
end
socket.on_binary { |data| socket.send(data) }
socket.on_close { |code| puts "closed #{code.value}" }
socket.run
