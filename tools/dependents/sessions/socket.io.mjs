/** socket.io: from polling to WebSocket, events with answers, binary, rooms, compression, and a namespace that is left. */
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import http from "node:http";
import { assert, done, listen, once, until } from "./helpers.mjs";

const server = http.createServer();
const io = new Server(server, { perMessageDeflate: { threshold: 100 }, pingInterval: 200 });
io.on("connection", (socket) => {
  socket.on("echo", (/** @type {unknown[]} */ ...args) => {
    args.pop()(...args);
  });
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer();
  });
  socket.on("room", (room, text) => {
    io.to(room).emit("told", text);
  });
});
const url = `http://127.0.0.1:${await listen(server)}`;

const upgraded = connect(url);
await once(upgraded, "connect");
await until(() => upgraded.io.engine.transport.name === "websocket", "the upgrade from polling");
const clients = [upgraded];
for (let i = 0; i < 9; i++) {
  const client = connect(url, { transports: ["websocket"], forceNew: true });
  await once(client, "connect");
  clients.push(client);
}
for (const client of clients) {
  const [text, bytes] = await new Promise((resolve) =>
    client.emit(
      "echo",
      "häl".repeat(100),
      Buffer.from([1, 2, 3]),
      (/** @type {unknown[]} */ ...args) => resolve(args),
    ),
  );
  assert.equal(text, "häl".repeat(100));
  assert.deepEqual([...bytes], [1, 2, 3]);
}
const big = await new Promise((resolve) =>
  clients[1].emit("echo", Buffer.alloc(300_000, 7), resolve),
);
assert.equal(big.length, 300_000);
for (const client of clients)
  await new Promise((resolve) => client.emit("join", "all", () => resolve(undefined)));
let told = 0;
for (const client of clients)
  client.on("told", (text) => {
    if (text === "to all") told++;
  });
for (let i = 0; i < 20; i++) clients[0].emit("room", "all", "to all");
await until(() => told === 200, "twenty broadcasts to ten");
await new Promise((resolve) => setTimeout(resolve, 450)); // its pings
assert.ok(clients.every((client) => client.connected));
const left = clients.map((client) => once(client, "disconnect"));
io.disconnectSockets(true);
for (const [reason] of await Promise.all(left)) assert.equal(reason, "io server disconnect");
done(
  "polling upgrade, 10 clients, echo of text and binary, 300 kB, room of ten, pings, disconnect",
);
