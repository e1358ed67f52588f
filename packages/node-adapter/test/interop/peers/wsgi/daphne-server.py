# name: daphne-server
# title: daphne
# role: server
# http: 1.1
# install: apt-get install daphne
# version: dpkg-query -f '${Version}' -W daphne
# run: cp FILE FOLDER/echo.py && exec /usr/bin/daphne -b 127.0.0.1 -p ARGUMENT -v 0 echo:app
# notes: answers a close with 1000 whatever the code was
async def app(scope, receive, send):
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.disconnect":
            return print("closed", event.get("code"), flush=True)
        elif event.get("text") == "close me":
            await send({"type": "websocket.close", "code": 4002})
        else:
            text, data = event.get("text"), event.get("bytes")
            await send({"type": "websocket.send", "text": text, "bytes": data})
