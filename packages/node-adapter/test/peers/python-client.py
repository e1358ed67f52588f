"""A client of Python's websockets, for the tests: talks to an echo server, and prints a line for each thing that went well."""
import asyncio
import sys

import websockets

SIZES = [0, 1, 125, 126, 65535, 65536, 1000000]


async def main(url):
    async with websockets.connect(url, subprotocols=["other", "chat"], max_size=2**25) as socket:
        print("subprotocol", socket.subprotocol)
        for size in SIZES:
            data = bytes(at * 7 % 256 for at in range(size))
            await socket.send(data)
            assert await socket.recv() == data
            text = "é" * (size // 2)
            await socket.send(text)
            assert await socket.recv() == text
            print("echo", size)
        await socket.send(["one ", "two ", "three"])
        print("fragments", await socket.recv())
        await (await socket.ping(b"there?"))
        print("pong")
        await socket.close(3001, "done")
        print("close", socket.close_code, socket.close_reason)
    async with websockets.connect(url) as socket:
        await socket.send("close me")
        try:
            await socket.recv()
        except websockets.exceptions.ConnectionClosed as closed:
            print("closed", closed.rcvd.code, closed.rcvd.reason)


asyncio.run(main(sys.argv[1]))
