/** MQTT.js with aedes, both over WebSockets: createWebSocketStream on the broker's side, a client's duplex on the other. */
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { createWebSocketStream, WebSocketServer } from "ws";
import { assert, done, listen, once } from "./helpers.mjs";
import http from "node:http";

const broker = await Aedes.createBroker();
const server = http.createServer();
const port = await listen(server);
const sockets = new WebSocketServer({
  server,
  handleProtocols: (offered) => offered.has("mqtt") && "mqtt",
});
sockets.on("connection", (socket, request) => {
  broker.handle(createWebSocketStream(socket), request);
});
const subscriber = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`);
const publisher = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`);
await subscriber.subscribeAsync("room/+", { qos: 1 });
/** @type {Buffer[]} */
const got = [];
subscriber.on("message", (_, payload) => {
  got.push(payload);
});
for (let i = 0; i < 200; i++)
  await publisher.publishAsync("room/1", `message ${i}`, { qos: i % 3 === 2 ? 2 : 1 });
await publisher.publishAsync("room/2", Buffer.alloc(500_000, 1), { qos: 1 });
for (let waited = 0; got.length < 201 && waited < 5000; waited += 10)
  await new Promise((resolve) => setTimeout(resolve, 10));
assert.equal(got.length, 201);
assert.equal(got[0].toString(), "message 0");
assert.equal(got[200].length, 500_000);
const closed = once(subscriber, "close");
await subscriber.endAsync();
await closed;
await publisher.endAsync(true);
await new Promise((resolve) => broker.close(() => resolve(undefined)));
done("200 messages of QoS 1 and 2, one of 500 kB, both ended");
