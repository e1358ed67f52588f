// name: npm-websocket-server
// title: npm's websocket
// role: server
// http: 1.1
// install: npm
// version: npm --version >/dev/null && echo 1.0.35
// run: cp FILE FOLDER/peer.mjs && cd FOLDER && npm install --silent --no-audit --no-fund websocket@1.0.35 && exec node peer.mjs ARGUMENT
// notes: `maxReceivedFrameSize`, by its default 64 KiB; answers a close with 1000 whatever the code was
import http from "node:http";
import websocket from "websocket";

const httpServer = http.createServer().listen(Number(process.argv[2]), "127.0.0.1");
const server = new websocket.server({
  httpServer,
  autoAcceptConnections: true,
  maxReceivedFrameSize: 1 << 20,
});
server.on("connect", (connection) => {
  connection.on("message", ({ type, utf8Data, binaryData }) => {
    if (utf8Data === "close me") connection.close(4002, "bye");
    else if (type === "utf8") connection.sendUTF(utf8Data);
    else connection.sendBytes(binaryData);
  });
  connection.on("close", (code) => console.log(`closed ${code}`));
});
