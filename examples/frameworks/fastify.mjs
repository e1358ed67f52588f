// Fastify: a plugin by which a route may have a `websocket` handler beside its own, behind the same hooks.
import Fastify from "fastify";
import { accept, isOpening, routeOpenings } from "./openings.mjs";

/** @param options of `upgrade`, for all sockets */
export async function websockets(fastify, options) {
  const sockets = new Set();
  fastify.addHook("onRoute", (route) => {
    const { handler, websocket } = route;
    if (websocket === undefined) return;
    route.handler = function (request, reply) {
      if (!isOpening(request.raw)) return handler.call(this, request, reply);
      reply.hijack(); // the answer is the library's
      const socket = accept(request.raw, options);
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      return websocket.call(this, socket, request);
    };
  });
  fastify.addHook("preClose", async () => {
    for (const socket of sockets) socket.close(4001, "The server stops");
  });
  routeOpenings(fastify.server, (request, response) => fastify.routing(request, response));
}
websockets[Symbol.for("skip-override")] = true; // for all routes, not only for those of the plugin

const fastify = Fastify();
await fastify.register(websockets, { protocols: ["chat"] });
fastify.decorateRequest("user", undefined);
fastify.addHook("preValidation", async (request) => {
  request.user = request.query.name; // a session, in earnest
});
fastify.get("/", async () => "An ordinary page\n");
fastify.route({
  method: "GET",
  url: "/chat",
  preHandler: async (request, reply) => {
    if (request.user === undefined) return reply.code(401).send("Who are you?\n");
  },
  handler: async (_request, reply) => reply.code(426).send("Speak WebSocket here\n"),
  websocket(socket, request) {
    socket.on("open", () => socket.send(`Welcome, ${request.user}`));
    socket.on("message", ({ data }) => socket.send(data));
  },
});

await fastify.listen({ port: Number(process.argv[2] ?? 8080), host: "127.0.0.1" });
console.log(`Fastify: ws://127.0.0.1:${fastify.server.address().port}/chat?name=ann`);
process.once("SIGTERM", () => fastify.close());
