#!/usr/bin/env python3
# name: gevent-websocket-server
# title: gevent-websocket
# role: server
# http: 1.1
# install: apt-get install python3-gevent-websocket
# version: dpkg-query -W python3-gevent-websocket
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: its close frames have codes that nobody sent, and end the connection with 1002 here
import sys
from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler


def app(environ, start_response):
    socket = environ["wsgi.websocket"]
    while not socket.closed:
        message = socket.receive()
        if message is None:
            break
        if message == "close me":
            socket.close(4002, b"bye")
        else:
            socket.send(message)
    return []


pywsgi.WSGIServer(("127.0.0.1", int(sys.argv[1])), app, handler_class=WebSocketHandler, log=None).serve_forever()
