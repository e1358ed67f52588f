#!/usr/bin/env python3
# name: ws4py-client
# title: ws4py
# role: client
# http: 1.1
# install: apt-get install python3-ws4py
# version: /usr/bin/python3 -c "import ws4py; print(ws4py.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: ends by FIN alone after a close
import sys
from ws4py.client.threadedclient import WebSocketClient


class Echo(WebSocketClient):
    def received_message(self, message):
        if message.is_text and message.data == b"close me":
            self.close(4002, "bye")
        else:
            self.send(message.data, binary=message.is_binary)

    def closed(self, code, reason=None):
        print("closed", code, flush=True)


client = Echo(sys.argv[1])
client.connect()
client.run_forever()
