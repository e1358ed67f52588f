// Express: a route that opens WebSockets, behind its middleware.
import { createServer } from "node:http";
import express from "express";
import { accept, isOpening, routeOpenings } from "./openings.mjs";

const app = express();
app.use((request, response, next) => {
  request.user = request.query.name; // a real application reads a session
  next();
});
app.get("/", (_request, response) => void response.send("An ordinary page\n"));
app.get("/chat", (request, response) => {
  if (!isOpening(request)) return void response.status(426).send("Speak WebSocket here\n");
  if (request.user === undefined) return void response.status(401).send("Who are you?\n");
  const socket = accept(request, { protocols: ["chat"] });
  socket.on("open", () => socket.send(`Welcome, ${request.user}`));
  socket.on("message", ({ data }) => socket.send(data));
});

const server = createServer(app);
routeOpenings(server, app);
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`Express: ws://127.0.0.1:${server.address().port}/chat?name=ann`);
});
