#!/usr/bin/env python3
# name: uvicorn-server
# title: uvicorn
# role: server
# http: 1.1
# install: apt-get install python3-uvicorn python3-wsproto
# version: /usr/bin/python3 -c "import uvicorn; print(uvicorn.__version__)"
# run: exec /usr/bin/python3 FILE ARGUMENT
# notes: with wsproto
import sys
import uvicorn


async def app(scope, receive, send):
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.disconnect":
            return print("closed", event.get("code"), flush=True)
        elif event.get("text") == "close me":
            await send({"type": "websocket.close", "code": 4002, "reason": "bye"})
        elif event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), ws="wsproto", log_level="error", lifespan="off")
