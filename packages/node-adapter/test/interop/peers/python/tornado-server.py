#!/usr/bin/env python3
# name: tornado-server
# title: tornado
# role: server
# http: 1.1
# install: apt-get install python3-tornado
# version: /usr/bin/python3 -c "import tornado; print(tornado.version)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: ignores extension parameters without a value
import sys
import tornado.ioloop, tornado.web, tornado.websocket


class Echo(tornado.websocket.WebSocketHandler):
    def get_compression_options(self):
        return {}

    def check_origin(self, origin):
        return True

    def on_message(self, message):
        if message == "close me":
            self.close(4002, "bye")
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        print("closed", self.close_code, flush=True)


tornado.web.Application([("/", Echo)]).listen(int(sys.argv[1]), "127.0.0.1")
tornado.ioloop.IOLoop.current().start()
