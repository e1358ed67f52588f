#!/usr/bin/env python3
# name: trio-websocket-server
# title: trio-websocket
# role: server
# http: 1.1
# install: apt-get install python3-trio-websocket
# version: /usr/bin/python3 -c "import trio_websocket; print(trio_websocket.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
import sys
import trio
from trio_websocket import ConnectionClosed, serve_websocket


async def echo(request):
    socket = await request.accept()
    try:
        while True:
            message = await socket.get_message()
            if message == "close me":
                await socket.aclose(4002, "bye")
            else:
                await socket.send_message(message)
    except ConnectionClosed as closed:
        print("closed", closed.reason.code, flush=True)


trio.run(serve_websocket, echo, "127.0.0.1", int(sys.argv[1]), None)
