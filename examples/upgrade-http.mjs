// An HTTP server one has, Express's or any other's that is a node:http server, learns WebSocket.
import { createServer } from "node:http";
import { reject, upgrade } from "@sansocket/node-adapter";

const server = createServer((request, response) => response.end("An ordinary page\n"));

server.on("upgrade", (request, socket, head) => {
  if (request.url !== "/chat") return reject(socket, { status: 404 });
  const ws = upgrade(request, socket, head, { protocols: ["chat"] });
  ws.on("open", () => ws.send(`Welcome to ${ws.protocol || "no protocol"}`));
  ws.on("message", (event) => ws.send(event)); // passed on as it came, without decoding
});

server.listen(Number(process.argv[2] ?? 8080), () => {
  const { port } = server.address();
  console.log(`Pages at http://localhost:${port}/, WebSocket at ws://localhost:${port}/chat`);
});
