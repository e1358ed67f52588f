// name: npm-websocket-client
// title: npm's websocket
// role: client
// http: 1.1
// install: npm
// version: npm --version >/dev/null && echo 1.0.35
// run: cp FILE FOLDER/peer.mjs && cd FOLDER && npm install --silent --no-audit --no-fund websocket@1.0.35 && exec node peer.mjs ARGUMENT
// notes: answers a close with 1000 whatever the code was
import websocket from "websocket";

const client = new websocket.client();
client.on("connect", (connection) => {
  connection.on("message", ({ type, utf8Data, binaryData }) => {
    if (utf8Data === "close me") connection.close(4002, "bye");
    else if (type === "utf8") connection.sendUTF(utf8Data);
    else connection.sendBytes(binaryData);
  });
  connection.on("close", (code) => console.log(`closed ${code}`));
});
client.connect(process.argv[2]);
