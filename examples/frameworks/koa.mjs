// Koa: a middleware that opens WebSockets, behind those before it.
import { createServer } from "node:http";
import Koa from "koa";
import { accept, isOpening, routeOpenings } from "./openings.mjs";

const app = new Koa();
app.use(async (context, next) => {
  context.state.user = context.query.name; // a session, in earnest
  await next();
});
app.use(async (context, next) => {
  if (context.path === "/") context.body = "An ordinary page\n";
  if (context.path !== "/chat") return next();
  if (!isOpening(context.req)) return context.throw(426, "Speak WebSocket here");
  const { user } = context.state;
  if (user === undefined) return context.throw(401, "Who are you?");
  context.respond = false; // the answer is the library's
  const socket = accept(context.req, { protocols: ["chat"] });
  socket.on("open", () => socket.send(`Welcome, ${user}`));
  socket.on("message", ({ data }) => socket.send(data));
});

const server = createServer(app.callback());
routeOpenings(server, app.callback());
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`Koa: ws://127.0.0.1:${server.address().port}/chat?name=ann`);
});
