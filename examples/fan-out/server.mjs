// One of several processes of a chat: node server.mjs NAME PORT BROKER. A message in a room goes to all its clients, at any process.
import { readFile } from "node:fs/promises";
import { serve, topics, TOPICS_PROTOCOL } from "@sansocket/node-adapter";
import { connectBroker } from "./broker.mjs";

const [name = "one", port = "8081", broker = "nats://127.0.0.1:4222"] = process.argv.slice(2);

const rooms = topics({
  ...(await connectBroker(broker)),
  secret: process.env.TOPICS_SECRET ?? "only on your own machine",
  presenceInterval: 500,
  // Rooms keep their messages: a client that comes back, to whichever process, gets those that it missed.
  rules: { "room/*": { history: { size: 10_000, seconds: 300, bytes: 4_194_304 } } },
  onDegraded: (isDegraded) => console.log(isDegraded ? "lost the broker" : "has the broker back"),
});

const people = new Map();
let isLeaving = false;

const server = serve({
  hostname: "127.0.0.1",
  port: Number(port),
  topics: rooms,
  protocols: [TOPICS_PROTOCOL],
  fetch: answer,
  websocket: {
    upgrade: ({ url }) => ({ context: { person: url.searchParams.get("name") ?? "somebody" } }),
    subscribe: (_socket, topic) => topic === "who" || /^room\/[\w-]+$/.test(topic),
    open: (socket) => people.set(socket, socket.context.person),
    message: hear,
    close: (socket) => people.delete(socket),
  },
});

/** Somebody says something: `{ room, number, text }`. Each numbers what it says, so that who says it again after a loss is not heard twice. */
function hear(socket, data) {
  const said = read(data);
  if (said === undefined) return socket.close(4400, "expected { room, number, text }");
  const { room, number, text } = said;
  rooms.publish(`room/${room}`, JSON.stringify({ from: socket.context.person, number, text }));
}

function read(data) {
  try {
    const { room, number, text } = JSON.parse(data);
    const isGood =
      /^[\w-]{1,50}$/.test(room) && Number.isInteger(number) && typeof text === "string";
    return isGood ? { room, number, text } : undefined;
  } catch {
    return undefined;
  }
}

/** Each process says who is with it, and what it knows of all: a process that is gone says nothing. */
const telling = setInterval(() => {
  const state = rooms.degraded ? "alone" : "joined";
  const count = rooms.count("room/lobby");
  rooms.publish(
    "who",
    JSON.stringify({ process: name, state, count, people: [...people.values()] }),
  );
}, 500);

const PAGES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
};

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url);
  // The load balancer asks this: a process that is to stop says so before it does.
  if (pathname === "/ready")
    return new Response(isLeaving ? "leaving" : "ready", { status: isLeaving ? 503 : 200 });
  if (pathname === "/count") return new Response(`${rooms.count(searchParams.get("topic") ?? "")}`);
  if (!Object.hasOwn(PAGES, pathname)) return new Response("Not found\n", { status: 404 });
  const [file, type] = PAGES[pathname];
  const headers = {
    "Content-Type": type,
    "Content-Security-Policy": "default-src 'self'; img-src data:",
  };
  return new Response(await readFile(new URL(`page/${file}`, import.meta.url)), { headers });
}

process.once("SIGTERM", async () => {
  isLeaving = true;
  clearInterval(telling);
  await server.stop({ code: 1012, reason: "restarting", spread: 2000 });
  process.exit();
});

await server.ready;
console.log(`${name} serves ${server.url}`);
