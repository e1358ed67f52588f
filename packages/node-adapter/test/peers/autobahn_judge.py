"""What the two scripts of autobahn-python share: it is the protocol engine of the Autobahn Testsuite, and judges as that does."""
import json
import struct

from autobahn.websocket.compress import PerMessageDeflateOffer

SIZES = [0, 1, 16, 125, 126, 1000, 1024, 4096, 16384, 16385, 65536, 131072]
# (whether the other side is not to keep its context, its largest window or 0), as in sections 12 and 13 of the test suite.
TERMS = [(False, 0), (True, 0), (False, 9), (False, 15), (True, 9), (True, 15)]


def messages():
    for size in SIZES:
        yield ("x%d κόσμε " % size * (size // 10 + 1)).encode()[:size].decode("utf8", "ignore")
        yield bytes(at * at % 251 for at in range(size))
        yield b"abc" * (size // 3)


def offer(terms):
    return PerMessageDeflateOffer(True, True, *terms)


class Judge:
    """Sends every message when the one before has come back, closes, and says how that went. Mixed into a protocol of autobahn's."""

    def onOpen(self):
        self.left = messages()
        self.echoed = 0
        self.next()

    def next(self):
        self.wanted = next(self.left, None)
        if self.wanted is None:
            self.sendClose(1000, "done")
        elif isinstance(self.wanted, str):
            self.sendMessage(self.wanted.encode(), False)
        else:
            self.sendMessage(self.wanted, True)

    def onMessage(self, payload, isBinary):
        if (payload if isBinary else payload.decode()) != self.wanted:
            return self.sendClose(3000, "a message of %d bytes came back as %d" % (len(self.wanted), len(payload)))
        self.echoed += 1
        self.next()

    def onClose(self, wasClean, code, reason):
        names = [extension.EXTENSION_NAME for extension in self.websocket_extensions_in_use]
        self.done(dict(echoed=self.echoed, clean=wasClean, code=code, reason=reason, extensions=names, droppedByMe=self.droppedByMe))


def say(**what):
    print(json.dumps(what), flush=True)


def close(code):
    return struct.pack("!H", code)
