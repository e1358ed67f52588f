"""An echo server of Python's websockets, for the tests: prints its port, and ends when its input does."""
import asyncio
import sys

import websockets


async def handle(socket, *_):
    try:
        async for message in socket:
            await answer(socket, message)
    except websockets.exceptions.ConnectionClosedError:
        pass  # what it says of every code but 1000 and 1001


async def answer(socket, message):
    if message == "fragments":
        await socket.send(["in ", "three ", "parts"])
    elif message == "ping":
        await (await socket.ping(b"are you there?"))
        await socket.send("ponged")
    elif isinstance(message, str) and message.startswith("close "):
        await socket.close(int(message[6:]), "as asked")
    else:
        await socket.send(message)


async def main():
    async with websockets.serve(handle, "127.0.0.1", 0, subprotocols=["chat"], max_size=2**25) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
