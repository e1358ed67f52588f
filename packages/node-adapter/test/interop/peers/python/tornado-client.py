#!/usr/bin/env python3
# name: tornado-client
# title: tornado
# role: client
# http: 1.1
# install: apt-get install python3-tornado
# version: /usr/bin/python3 -c "import tornado; print(tornado.version)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: keeps its window although the server sends `client_no_context_takeover`
import asyncio, sys
import tornado.websocket


async def main():
    socket = await tornado.websocket.websocket_connect(sys.argv[1], compression_options={})
    while True:
        message = await socket.read_message()
        if message is None:
            break
        if message == "close me":
            socket.close(4002, "bye")
        else:
            await socket.write_message(message, binary=isinstance(message, bytes))
    print("closed", socket.close_code, flush=True)


asyncio.run(main())
