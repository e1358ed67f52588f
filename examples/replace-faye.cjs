// Written for faye-websocket: only the name in the first line has changed.
const WebSocket = require("@sansocket/node-adapter");
const http = require("node:http");

const server = http.createServer();

server.on("upgrade", (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) return socket.destroy();
  let ws = new WebSocket(request, socket, body, ["echo"], { ping: 15 });

  ws.on("message", (event) => ws.send(event.data));
  ws.on("close", (event) => {
    console.log("server: close", event.code, event.reason);
    ws = null;
    server.close();
  });
});

server.listen(Number(process.argv[2] ?? 8080), () => {
  const ws = new WebSocket.Client(`ws://localhost:${server.address().port}/`, ["echo"]);

  ws.on("open", () => {
    console.log("client: open", ws.protocol);
    ws.send("Hello, world!");
  });
  ws.on("message", (event) => {
    console.log("client: message", event.data);
    ws.close(1000, "done");
  });
  ws.on("close", (event) => console.log("client: close", event.code, event.reason));
});
