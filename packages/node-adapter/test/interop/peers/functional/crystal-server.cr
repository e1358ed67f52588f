# name: crystal-server
# title: Crystal's own WebSocket
# role: server
# http: 1.1
# install: apt-get install crystal
# version: crystal --version
# run: crystal build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
# notes: answers a close with a frame that has no code: 1005 here
require "http/server"

STDOUT.sync = true
echo = HTTP::WebSocketHandler.new do |socket|
  socket.on_message do |text|
    text == "close me" ? socket.close(HTTP::WebSocket::CloseCode.new(4002), "bye") : socket.send(text)
  end
  socket.on_binary { |data| socket.send(data) }
  socket.on_close { |code| puts "closed #{code.value}" }
end
HTTP::Server.new([echo]).listen("127.0.0.1", ARGV[0].to_i)
