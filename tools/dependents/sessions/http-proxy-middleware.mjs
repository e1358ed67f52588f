/** http-proxy-middleware in between: upgrades through it, large messages both ways, and closing from either side. */
import http from "node:http";
import { createProxyMiddleware } from "http-proxy-middleware";
import { WebSocket, WebSocketServer } from "ws";
import { assert, done, listen, once } from "./helpers.mjs";

const target = http.createServer();
const sockets = new WebSocketServer({ server: target, perMessageDeflate: true });
sockets.on("connection", (socket, request) => {
  socket.on("message", (data, isBinary) => {
    if (String(data) === "close") socket.close(4001, "as asked");
    else socket.send(data, { binary: isBinary });
  });
  socket.send(`${request.url} ${request.headers["x-forwarded-host"] === undefined}`);
});
const port = await listen(target);
const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${port}`, ws: true });
const front = http.createServer((request, response) => {
  void proxy(request, response, () => {});
});
front.on("upgrade", /** @type {any} */ (proxy.upgrade));
const url = `ws://127.0.0.1:${await listen(front)}/a?b=c`;
const client = new WebSocket(url);
assert.match(String((await once(client, "message"))[0]), /^\/a\?b=c /);
for (const data of ["text", "x".repeat(100_000), Buffer.alloc(1_000_000, 3)]) {
  client.send(data);
  const [answer, isBinary] = await once(client, "message");
  assert.equal(isBinary, typeof data !== "string");
  assert.ok(Buffer.from(data).equals(answer));
}
client.send("close");
const [code, reason] = await once(client, "close");
assert.deepEqual([code, String(reason)], [4001, "as asked"]);
const other = new WebSocket(url);
await once(other, "open");
const gone = once([...sockets.clients][0], "close");
other.close(4002);
assert.equal((await gone)[0], 4002);
done("echo of text, 100 kB and 1 MB through a proxy, close by either side");
