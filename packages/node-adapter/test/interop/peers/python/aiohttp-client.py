#!/usr/bin/env python3
# name: aiohttp-client
# title: aiohttp
# role: client
# http: 1.1
# install: apt-get install python3-aiohttp
# version: /usr/bin/python3 -c "import aiohttp; print(aiohttp.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: `compress=15` offers compression; answers a close with 1000 whatever the code was
import asyncio, sys
import aiohttp


async def main():
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sys.argv[1], compress=15) as socket:
            async for message in socket:
                if message.data == "close me":
                    await socket.close(code=4002, message=b"bye")
                elif message.type == aiohttp.WSMsgType.TEXT:
                    await socket.send_str(message.data)
                elif message.type == aiohttp.WSMsgType.BINARY:
                    await socket.send_bytes(message.data)
            print("closed", socket.close_code, flush=True)


asyncio.run(main())
