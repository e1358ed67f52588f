#!/usr/bin/env python3
# name: websockets-client
# title: Python websockets
# role: client
# http: 1.1
# install: apt-get install python3-websockets
# version: /usr/bin/python3 -c "import websockets.version; print(websockets.version.version)"
# run: exec /usr/bin/python3 FILE ARGUMENT
import asyncio, sys
import websockets


async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        try:
            async for message in socket:
                if message == "close me":
                    await socket.close(4002, "bye")
                else:
                    await socket.send(message)
        except websockets.ConnectionClosed:
            pass
        print("closed", socket.close_code, flush=True)


asyncio.run(main())
