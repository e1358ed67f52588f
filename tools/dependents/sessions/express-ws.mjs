/** express-ws: routes by path and parameter, middleware before them, and a request that is none. */
import express from "express";
import expressWs from "express-ws";
import { WebSocket } from "ws";
import { assert, done, once } from "./helpers.mjs";

const { app, getWss } = expressWs(express());
app.use((request, _, next) => {
  /** @type {any} */ (request).seen = "seen";
  next();
});
app.ws("/room/:name", (socket, request) => {
  socket.on("message", (/** @type {any} */ data) => {
    socket.send(`${request.params.name} ${/** @type {any} */ (request).seen} ${data}`);
  });
});
app.get("/", (_, response) => {
  response.send("page");
});
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
const port = /** @type {any} */ (server.address()).port;
const client = new WebSocket(`ws://127.0.0.1:${port}/room/one`);
await once(client, "open");
client.send("hi");
assert.equal(String((await once(client, "message"))[0]), "one seen hi");
assert.equal(getWss().clients.size, 1);
const nowhere = new WebSocket(`ws://127.0.0.1:${port}/nowhere`);
await Promise.race([once(nowhere, "close"), once(nowhere, "error")]);
assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "page");
client.close();
await once(client, "close");
done("route with parameter and middleware, one that is not there, a page");
