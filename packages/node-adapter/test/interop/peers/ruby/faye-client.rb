# name: ruby-faye-client
# title: Ruby's faye-websocket
# role: client
# http: 1.1
# install: apt-get install ruby-faye-websocket
# version: dpkg-query -W ruby-faye-websocket
# run: exec ruby FILE ARGUMENT
require "faye/websocket"
require "eventmachine"
$stdout.sync = true
EM.run do
  socket = Faye::WebSocket::Client.new(ARGV[0])
  socket.on(:message) do |event|
    event.data == "close me" ? socket.close(4002, "bye") : socket.send(event.data)
  end
  socket.on(:close) do |event|
    puts "closed #{event.code}"
    EM.stop
  end
end
