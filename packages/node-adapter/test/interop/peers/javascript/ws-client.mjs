// name: ws-client
// title: ws
// role: client
// http: 1.1
// install: npm install (it is a development dependency)
// version: node -p "require('./packages/node-adapter/node_modules/ws/package.json').version"
// run: exec node FILE ARGUMENT
import { WebSocket } from "ws";

const socket = new WebSocket(process.argv[2]);
socket.on("message", (data, isBinary) => {
  if (String(data) === "close me") socket.close(4002, "bye");
  else socket.send(data, { binary: isBinary });
});
socket.on("close", (code) => console.log(`closed ${code}`));
