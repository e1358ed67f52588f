/**
 * A program for every runtime: another adapter is one word. It serves by every way there is, prints where, and for each line it reads (JSON:
 * `url`, `by`) connects there, converses, and prints what happened.
 */
import { connect, listen, serve, upgrade, WebSocket } from "@sansocket/node-adapter";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";
import { createInterface } from "node:readline";

const [folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}.pem`, "utf8");
const tls = { cert: read("localhost"), key: read("localhost-key") };
const ca = read("ca");

const websocket = {
  open: (socket) => socket.send("welcome"),
  message: (socket, data) => socket.send(data),
};
const shared = { hostname: "127.0.0.1", protocols: ["echo"], origins: "*", websocket };
const servers = {
  listen: listen({ ...shared }),
  "listen with TLS": listen({ ...shared, tls }),
  serve: serve({
    ...shared,
    fetch: async (request) =>
      new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`),
  }),
  "serve with TLS": serve({ ...shared, tls }),
};
const own = createServer();
own.on("upgrade", (request, stream, head) => {
  const socket = upgrade(request, stream, head, { protocols: ["echo"], origins: "*" });
  socket.onopen = () => socket.send("welcome");
  socket.onmessage = ({ data }) => socket.send(data);
});
own.listen(0, "127.0.0.1");
await once(own, "listening");
await Promise.all(Object.values(servers).map(({ ready }) => ready));
const urls = Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, url]));
say({ urls: { ...urls, upgrade: `ws://127.0.0.1:${own.address().port}/` } });

function say(what) {
  console.log(JSON.stringify(what));
}

/** The client of this library. */
async function ours(url) {
  const socket = await connect(url, { protocols: ["nothing", "echo"], ca });
  if (!(socket instanceof WebSocket)) throw new Error("A client is a WebSocket too.");
  return socket;
}

/** The runtime's own client. */
async function native(url) {
  const socket = new globalThis.WebSocket(url, ["nothing", "echo"]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** Describes the traffic of a connection in a few words. */
function converse(socket) {
  return new Promise((resolve, reject) => {
    const told = [];
    const binary = new Uint8Array(70_000).map((_, index) => index);
    socket.onerror = (event) => {
      reject(new Error(event.message || "error"));
    };
    socket.onmessage = ({ data }) => {
      told.push(typeof data === "string" ? data : summary(new Uint8Array(data)));
      if (told.length === 1) socket.send("grüß dich 😀");
      else if (told.length === 2) socket.send(binary);
      else socket.close(3001, "done");
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      resolve([socket.protocol, ...told, code, reason, wasClean]);
    };
  });
}

const summary = (bytes) =>
  `${bytes.length} bytes, ${bytes.every((byte, index) => byte === (index & 255)) ? "as sent" : "changed"}`;

for await (const line of createInterface({ input: process.stdin })) {
  const { url, by, page } = JSON.parse(line);
  try {
    if (page !== undefined) say(await (await fetch(page, { method: "POST", body: "body" })).text());
    else if (url === undefined) break;
    else say(await converse(await (by === "native" ? native : ours)(url)));
  } catch (error) {
    say(String(error));
  }
}
own.close();
await Promise.all(Object.values(servers).map((server) => server.stop()));
say("stopped");
