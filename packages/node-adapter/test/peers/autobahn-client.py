"""A client of autobahn-python, for the tests: judges an echo server as the Autobahn Testsuite does, and prints JSON for each thing tried."""
import asyncio
import sys

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import PerMessageDeflateResponseAccept
from autobahn_judge import Judge, TERMS, close, offer, say

HELLO = "Hello, world!".encode()
KOSME = "κόσμε".encode()
# Name, frames as arguments of sendFrame, what must come before the connection is failed, and by which code.
WRONG = [
    ("3.2", [dict(opcode=1, payload=HELLO), dict(opcode=1, payload=HELLO, rsv=2), dict(opcode=9)], [HELLO], 1002),
    ("3.4", [dict(opcode=1, payload=HELLO, chopsize=1), dict(opcode=1, payload=HELLO, rsv=4, chopsize=1), dict(opcode=9, chopsize=1)], [HELLO], 1002),
    ("3.7", [dict(opcode=8, rsv=7)], [], 1002),
    ("4.1.3", [dict(opcode=1, payload=HELLO), dict(opcode=5), dict(opcode=9)], [HELLO], 1002),
    ("4.2.5", [dict(opcode=1, payload=HELLO, chopsize=1), dict(opcode=15, payload=HELLO, chopsize=1)], [HELLO], 1002),
    ("5.1", [dict(opcode=9, payload=b"a", fin=False), dict(opcode=0, payload=b"b")], [], 1002),
    ("5.9", [dict(opcode=0, payload=b"a"), dict(opcode=1, payload=HELLO)], [], 1002),
    ("5.15", [dict(opcode=1, payload=b"a", fin=False), dict(opcode=0, payload=b"b"), dict(opcode=0, payload=b"c", fin=False), dict(opcode=1, payload=b"d")], [b"ab"], 1002),
    ("5.18", [dict(opcode=1, payload=b"a", fin=False), dict(opcode=1, payload=b"b")], [], 1002),
    ("2.5", [dict(opcode=9, payload=b"\xfe" * 126)], [], 1002),
    ("6.3.1", [dict(opcode=1, payload=KOSME + b"\xed\xa0\x80edited")], [], 1007),
    ("6.4.2", [dict(opcode=1, payload=KOSME + b"\xf4", fin=False), dict(opcode=0, payload=b"\x90", fin=False)], [], 1007),
    ("7.3.2", [dict(opcode=8, payload=b"a")], [], 1002),
    ("7.3.6", [dict(opcode=8, payload=close(1000) + b"*" * 124)], [], 1002),
    ("7.5.1", [dict(opcode=8, payload=close(1000) + KOSME + b"\xed\xa0\x80")], [], 1007),
    ("7.9.3", [dict(opcode=8, payload=close(1004))], [], 1002),
]


async def run(url, protocol, **options):
    outcome = asyncio.get_running_loop().create_future()
    protocol.done = lambda _, what: outcome.done() or outcome.set_result(what)
    factory = WebSocketClientFactory(url)
    factory.protocol = protocol
    factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=10, **options)
    await asyncio.get_running_loop().create_connection(factory, factory.host, factory.port)
    return await asyncio.wait_for(outcome, 30)


def failing(frames):
    class Failing(WebSocketClientProtocol):
        def onOpen(self):
            self.heard = []
            for frame in frames:
                self.sendFrame(**frame)

        def onMessage(self, payload, isBinary):
            self.heard.append(payload.decode())

        def onClose(self, wasClean, code, reason):
            self.done(dict(heard=self.heard, clean=wasClean, code=code, closedByMe=self.closedByMe, droppedByMe=self.droppedByMe))

    return Failing


async def main(url):
    for terms in [[one] for one in TERMS] + [[TERMS[4], TERMS[1], TERMS[0]]]:
        for fragment in (0, 256):
            class Client(Judge, WebSocketClientProtocol):
                pass
            outcome = await run(url, Client, autoFragmentSize=fragment, perMessageCompressionOffers=[offer(one) for one in terms], perMessageCompressionAccept=PerMessageDeflateResponseAccept)
            say(tried="%s in fragments of %d" % (terms, fragment), **outcome)
    for name, frames, heard, code in WRONG:
        outcome = await run(url, failing(frames))
        # The peer closed, by the right code, and ended the stream before we did.
        right = outcome["heard"] == [message.decode() for message in heard] and outcome["code"] == code and outcome["clean"] and not outcome["droppedByMe"]
        say(tried=name, right=right, outcome=outcome)


asyncio.run(main(sys.argv[1]))
