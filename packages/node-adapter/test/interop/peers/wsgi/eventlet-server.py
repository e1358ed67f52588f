# name: eventlet-server
# title: eventlet
# role: server
# http: 1.1
# install: apt-get install python3-eventlet
# version: /usr/bin/python3 -c "import eventlet; print(eventlet.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: tells its application no code
import sys
import eventlet
from eventlet import websocket, wsgi


@websocket.WebSocketWSGI
def echo(socket):
    while True:
        message = socket.wait()
        if message is None:
            return
        if message == "close me":
            return socket.close((4002, "bye"))
        socket.send(message)


wsgi.server(eventlet.listen(("127.0.0.1", int(sys.argv[1]))), echo, log_output=False)
