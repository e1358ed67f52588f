#!/usr/bin/env python3
# name: aiohttp-server
# title: aiohttp
# role: server
# http: 1.1
# install: apt-get install python3-aiohttp
# version: /usr/bin/python3 -c "import aiohttp; print(aiohttp.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: answers a close with 1000 whatever the code was
import sys
from aiohttp import WSMsgType, web


async def echo(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.data == "close me":
            await socket.close(code=4002, message=b"bye")
        elif message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    print("closed", socket.close_code, flush=True)
    return socket


app = web.Application()
app.router.add_get("/", echo)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
