/** engine.io alone: a client by WebSocket only, one that upgrades, packets of both kinds, and closing from either side. */
import { attach } from "engine.io";
import { Socket } from "engine.io-client";
import http from "node:http";
import { assert, done, listen, once, until } from "./helpers.mjs";

const server = http.createServer();
const engine = attach(server, { perMessageDeflate: true });
engine.on("connection", (/** @type {any} */ socket) => {
  socket.on("message", (/** @type {any} */ data) => {
    if (data === "close me") socket.close();
    else socket.send(data);
  });
});
const url = `ws://127.0.0.1:${await listen(server)}`;
for (const transports of [["websocket"], ["polling", "websocket"]]) {
  const client = /** @type {any} */ (new Socket(url, { transports }));
  client.binaryType = "nodebuffer";
  await once(client, "open");
  if (transports.length === 2)
    await until(() => client.transport.name === "websocket", "the upgrade");
  for (const data of ["text ☃", "x".repeat(5000), Buffer.from([0, 1, 2])]) {
    client.send(data);
    const [answer] = await once(client, "message");
    assert.deepEqual(answer, data);
  }
  client.send("close me");
  await once(client, "close");
}
await until(() => engine.clientsCount === 0, "no clients are left");
done("WebSocket alone and by upgrade, text, 5 kB compressed, binary, close by the server");
