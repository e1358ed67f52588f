#!/usr/bin/env python3
# name: websocket-client
# title: Python websocket-client
# role: client
# http: 1.1
# install: apt-get install python3-websocket
# version: /usr/bin/python3 -c "import websocket; print(websocket.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: answers a close with 1000 whatever the code was
import sys
import websocket


def on_data(socket, data, kind, last):
    text = kind == websocket.ABNF.OPCODE_TEXT
    if text and data == "close me":
        socket.sock.send_close(4002, b"bye")
    else:
        socket.send(data, kind)


def on_close(socket, code, reason):
    print("closed", code, flush=True)


websocket.WebSocketApp(sys.argv[1], on_data=on_data, on_close=on_close).run_forever()
