"""A server of autobahn-python, for the tests: judges an echo client. The path says on what terms to compress. Prints its port, then JSON for each connection."""
import asyncio
import sys

from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOfferAccept
from autobahn_judge import Judge, TERMS, say


class Server(Judge, WebSocketServerProtocol):
    def onConnect(self, request):
        terms = TERMS[int(request.path[1:])]
        self.perMessageCompressionAccept = lambda offers: PerMessageDeflateOfferAccept(offers[0], *terms) if offers else None

    def done(self, outcome):
        say(**outcome)


async def main():
    factory = WebSocketServerFactory()
    factory.protocol = Server
    factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=10)
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
