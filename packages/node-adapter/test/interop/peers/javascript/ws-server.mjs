// name: ws-server
// title: ws
// role: server
// http: 1.1
// install: npm install (it is a development dependency)
// version: node -p "require('./packages/node-adapter/node_modules/ws/package.json').version"
// run: exec node FILE ARGUMENT
import { WebSocketServer } from "ws";

const options = { host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: true };
new WebSocketServer(options).on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    if (String(data) === "close me") socket.close(4002, "bye");
    else socket.send(data, { binary: isBinary });
  });
  socket.on("close", (code) => console.log(`closed ${code}`));
});
