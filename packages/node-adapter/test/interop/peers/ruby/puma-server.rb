# name: puma-server
# title: Puma with faye-websocket
# role: server
# http: 1.1
# install: apt-get install puma ruby-faye-websocket
# version: ruby -e 'require "puma/const"; puts Puma::Const::VERSION'
# run: exec ruby FILE ARGUMENT
require "puma"
require "faye/websocket"
$stdout.sync = true
Faye::WebSocket.load_adapter("puma") rescue nil
app = lambda do |env|
  socket = Faye::WebSocket.new(env)
  socket.on(:message) do |event|
    event.data == "close me" ? socket.close(4002, "bye") : socket.send(event.data)
  end
  socket.on(:close) { |event| puts "closed #{event.code}" }
  socket.rack_response
end
server = Puma::Server.new(app, Puma::Events.null)
server.add_tcp_listener("127.0.0.1", ARGV[0].to_i)
server.run.join
