// name: npm-faye-client
// title: npm's faye-websocket
// role: client
// http: 1.1
// install: npm
// version: npm --version >/dev/null && echo 0.11.4
// run: cp FILE FOLDER/peer.mjs && cd FOLDER && npm install --silent --no-audit --no-fund faye-websocket@0.11.4 permessage-deflate@0.1.7 && exec node peer.mjs ARGUMENT
import WebSocket from "faye-websocket";
import deflate from "permessage-deflate";

const ws = new WebSocket.Client(process.argv[2], [], { extensions: [deflate] });
ws.on("message", ({ data }) => {
  if (data === "close me") ws.close(4002, "bye");
  else ws.send(data);
});
ws.on("close", ({ code }) => console.log(`closed ${code}`));
