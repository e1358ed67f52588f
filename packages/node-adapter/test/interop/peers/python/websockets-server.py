#!/usr/bin/env python3
# name: websockets-server
# title: Python websockets
# role: server
# http: 1.1
# install: apt-get install python3-websockets
# version: /usr/bin/python3 -c "import websockets.version; print(websockets.version.version)"
# run: exec /usr/bin/python3 FILE ARGUMENT
import asyncio, sys
import websockets


async def echo(socket):
    try:
        async for message in socket:
            if message == "close me":
                await socket.close(4002, "bye")
            else:
                await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    print("closed", socket.close_code, flush=True)


async def main():
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1])):
        await asyncio.Future()


asyncio.run(main())
