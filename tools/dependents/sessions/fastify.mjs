/** @fastify/websocket: a route, its hooks, injectWS, and the server that closes. */
import websocket from "@fastify/websocket";
import fastify from "fastify";
import { WebSocket } from "ws";
import { assert, done, once } from "./helpers.mjs";

const app = fastify();
await app.register(websocket, { options: { maxPayload: 1000 } });
app.addHook("preValidation", async (request, reply) => {
  if (request.headers["x-no"] !== undefined) await reply.code(401).send("no");
});
app.get("/echo", { websocket: true }, (socket, request) => {
  socket.on("message", (data, isBinary) => {
    socket.send(`${request.url} ${isBinary} ${data}`);
  });
});
app.get("/echo-not", () => "page");
await app.ready();
const injected = await app.injectWS("/echo");
injected.send("inside");
assert.equal(String((await once(injected, "message"))[0]), "/echo false inside");
injected.terminate();
const url = (await app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
const client = new WebSocket(`${url}/echo`);
await once(client, "open");
client.send(Buffer.from("bytes"));
assert.equal(String((await once(client, "message"))[0]), "/echo true bytes");
client.send("x".repeat(2000));
assert.equal((await once(client, "close"))[0], 1009);
const refused = new WebSocket(`${url}/echo`, { headers: { "x-no": "1" } });
assert.match((await once(refused, "error"))[0].message, /401/);
const last = new WebSocket(`${url}/echo`);
await once(last, "open");
const closed = once(last, "close");
await app.close();
assert.equal((await closed)[0], 1005);
done("injectWS, echo, maxPayload, a hook that refuses, close of the server");
