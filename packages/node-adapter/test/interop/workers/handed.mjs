/**
 * An echo of ours in a process that did not accept the connection: `handed.mjs RUNTIME PORT WAY`. "upgrade": the parent hands over the socket of an `upgrade` event, with a plain
 * request object; "connection": that of a node:net server, before a byte of it is read; "cluster": node:cluster does it.
 */
import { fork } from "node:child_process";
import cluster from "node:cluster";
import http from "node:http";
import net from "node:net";
import { fileURLToPath } from "node:url";

const [runtime, port, way, role] = process.argv.slice(2);
const { serve, upgrade } = await import(
  new URL(`../../../../${runtime}-adapter/dist/index.js`, import.meta.url).href
);
const options = { perMessageDeflate: true };
const place = [Number(port), "127.0.0.1"];

function echo(socket) {
  socket.on("message", ({ data }) => {
    if (data === "close me") socket.close(4002, "bye");
    else socket.send(data);
  });
  socket.on("close", ({ code }) => console.log(`closed ${code}`));
}

async function serveInWorker() {
  if (cluster.isPrimary) return void cluster.fork();
  await serve({ port: place[0], hostname: place[1], ...options, websocket: { open: echo } }).ready;
}

function takeFromParent() {
  const server = http
    .createServer()
    .on("upgrade", (request, socket, head) => echo(upgrade(request, socket, head, options)));
  process.on("message", ({ request, head }, socket) => {
    if (request !== undefined)
      return echo(upgrade(request, socket, Buffer.from(head, "base64"), options));
    server.emit("connection", socket);
    socket.resume();
  });
  process.send("ready");
}

function handToChild() {
  const child = fork(fileURLToPath(import.meta.url), [runtime, port, way, "child"]);
  const servers = {
    connection: net.createServer({ pauseOnConnect: true }, (socket) => child.send({}, socket)),
    upgrade: http
      .createServer()
      .on("upgrade", ({ method, url, httpVersion, headers, rawHeaders }, socket, head) => {
        const request = { method, url, httpVersion, headers, rawHeaders };
        child.send({ request, head: head.toString("base64") }, socket);
      }),
  };
  child.once("message", () => servers[way].listen(...place));
}

if (way === "cluster") await serveInWorker();
else if (role === "child") takeFromParent();
else handToChild();
