// An HTTP server one has, Express's or any other's that is a node:http server, learns WebSocket.
import { createServer } from "node:http";
import { upgrade } from "@sansocket/node-adapter";

const server = createServer((request, response) => response.end("An ordinary page\n"));

server.on("upgrade", (request, socket, head) => {
  if (request.url !== "/chat") return socket.destroy();
  const ws = upgrade(request, socket, head, { protocols: ["chat"] });
  ws.on("open", () => ws.send(`Welcome to ${ws.protocol || "no protocol"}`));
  ws.on("message", (event) => ws.send(event)); // passed on as it came, without decoding
  ws.on("close", () => process.argv.includes("--once") && server.close());
});

server.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`Pages at http://localhost:${server.address().port}/, WebSocket at ws://localhost:${server.address().port}/chat`);
});
