#!/usr/bin/env python3
# name: hypercorn-server
# title: hypercorn
# role: server
# http: 1.1, 2
# install: apt-get install python3-hypercorn
# version: /usr/bin/python3 -c "import importlib.metadata; print(importlib.metadata.version('hypercorn'))"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: tells its application 1006 whatever the code was
import asyncio, sys
from hypercorn.asyncio import serve
from hypercorn.config import Config


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.disconnect":
            return print("closed", event.get("code"), flush=True)
        elif event.get("text") == "close me":
            await send({"type": "websocket.close", "code": 4002, "reason": "bye"})
        else:
            text, data = event.get("text"), event.get("bytes")
            await send({"type": "websocket.send", "text": text, "bytes": data})


config = Config()
config.bind = ["127.0.0.1:" + sys.argv[1]]
config.accesslog = None
asyncio.run(serve(app, config))
