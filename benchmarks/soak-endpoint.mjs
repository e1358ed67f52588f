/**
 * Either end of `benchmarks/soak.mjs`, on any runtime: another adapter is one word. `server` serves by every way there is; `client URL …` holds
 * one conversation after the other with it until its parent stops it. Each line on stdin is a question, answered by a line of JSON.
 */
import { channel, connect, EventSource, eventSource, listen, serve } from "@sansocket/node-adapter";
import { Buffer } from "node:buffer";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const [role, seed, ...urls] = process.argv.slice(2);
const compression = {
  threshold: 64,
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
};
const told = { conversations: 0, messages: 0, wrong: [] };
let state = Number(seed) || 1;

/** A whole number from 0 to `below` − 1, as the seed has it (xorshift32). */
function chance(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}
const pick = (list) => list[chance(list.length)];
const size = () => pick([0, 1, 100, 125, 126, 1000, 4096, 4097, 20_000, 65_535, 65_536, 300_000]);
const bytes = (length) => Buffer.alloc(length, `${chance(1000)} soaked `);
const text = (length) => `grüß ${chance(1000)} `.repeat(length / 10 + 1).slice(0, length);

/** Twice, since what has to be finalized is free only at the second time. */
const memory = async () => {
  for (let time = 0; time < 2; time++) {
    if (globalThis.Bun !== undefined) globalThis.Bun.gc(true);
    else globalThis.gc?.();
    await pause(20);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
};

/** The conversations of a client on one connection. They compare echoes; the caller ends what they leave open. */
const conversations = {
  async echo(socket) {
    const messages = socket.messages();
    for (let count = 1 + chance(20); count > 0; count--) {
      const sent = chance(2) === 0 ? text(size()) : bytes(size());
      socket.send(sent, { compress: chance(3) > 0 });
      const { value: got } = await messages.next();
      told.messages++;
      if (typeof sent === "string" ? got !== sent : !Buffer.isBuffer(got) || !got.equals(sent))
        told.wrong.push(
          `sent ${typeof sent} of ${sent.length}, got ${typeof got} of ${got?.length}`,
        );
    }
  },
  async burst(socket) {
    const count = 1 + chance(500);
    const all = new Promise((resolve) => {
      let got = 0;
      socket.onmessage = () => {
        if (++got === count) resolve();
      };
    });
    for (let sent = 0; sent < count; sent++) socket.send(text(30));
    await all;
    told.messages += count;
  },
  async stream(socket) {
    const pieces = 1 + chance(20);
    const messages = socket.messages({ stream: true });
    void socket.sendStream(
      (function* () {
        for (let piece = 0; piece < pieces; piece++) yield bytes(30_000);
      })(),
    );
    const { value: message } = await messages.next();
    let length = 0;
    for await (const piece of message) length += piece.length;
    told.messages++;
    if (length !== pieces * 30_000) told.wrong.push(`streamed ${pieces * 30_000}, got ${length}`);
  },
  ping: (socket) =>
    new Promise((resolve) => {
      socket.ping(text(chance(40)), resolve);
    }),
  async slowReader(socket) {
    for (let count = 0; count < 20; count++) socket.send(bytes(65_536));
    socket.pause();
    await pause(chance(50));
    socket.resume();
    await new Promise((resolve) => {
      socket.onmessage = resolve;
    });
  },
  async leave(socket) {
    socket.send(bytes(300_000));
    if (chance(2) === 0) await pause(chance(5));
    socket.terminate();
  },
  async nothing() {},
};

async function converse() {
  const url = pick(urls);
  if (url.startsWith("http:")) return read(url);
  const socket = await connect(url, { perMessageDeflate: chance(2) === 0 ? compression : false });
  await conversations[pick(Object.keys(conversations))](socket);
  if (chance(4) === 0) socket.terminate();
  else socket.close(pick([1000, 3000, 4999]), text(chance(60)));
  await socket.closed;
}

/** Of an event stream, some events. */
async function read(url) {
  const source = new EventSource.Client(url);
  let count = 1 + chance(20);
  for await (const { data } of source) {
    told.messages++;
    if (!/^\d+ tick/.test(data)) told.wrong.push(`an event said ${data}`);
    if (--count === 0) break;
  }
}

/** While it is not resolved no conversation begins: memory is measured at rest. */
let rest = Promise.resolve();
let active = 0;

async function keepConversing() {
  while (!stopping) {
    await rest;
    active++;
    try {
      await converse();
      told.conversations++;
    } catch (error) {
      told.wrong.push(String(error?.stack ?? error));
    }
    active--;
  }
}

/** Resolves when what goes on has come to its end; what it resolves with lets conversations begin again. */
async function comeToRest() {
  let goOn;
  rest = new Promise((resolve) => {
    goOn = resolve;
  });
  for (let waits = 0; active > 0 && waits < 1000; waits++) await pause(10);
  if (active > 0) told.wrong.push(`${active} conversations do not end`);
  return goOn;
}

let goOn = () => {};
let stopping = false;
let held = () => ({});
let finish = async () => {};

async function beServer() {
  const clock = channel({ history: { size: 20 } });
  let ticks = 0;
  const timer = setInterval(() => clock.send(`${ticks} tick`, { id: ticks++ }), 5);
  const websocket = {
    message: (socket, data) => {
      socket.send(data);
    },
    drain() {},
  };
  const options = {
    port: 0,
    hostname: "127.0.0.1",
    origins: "*",
    perMessageDeflate: compression,
    pingInterval: 500,
    pongTimeout: 20_000,
    websocket,
  };
  const fetch = (request) => {
    const { response, source } = eventSource(request);
    clock.add(source);
    return response;
  };
  const servers = [serve({ ...options, fetch }), listen(options)];
  await Promise.all(servers.map(({ ready }) => ready));
  held = () => ({
    open: servers.reduce((sum, { clients }) => sum + clients.size, 0),
    readers: clock.size,
  });
  finish = async () => {
    clearInterval(timer);
    await Promise.all(servers.map((server) => server.stop()));
  };
  const [page] = servers.map(({ url }) => url.replace(/^ws/, "http"));
  console.log(JSON.stringify({ urls: [...servers.map(({ url }) => url), page] }));
}

function beClient() {
  const loops = Array.from({ length: 16 }, keepConversing);
  finish = async () => {
    stopping = true;
    await Promise.all(loops);
  };
}

process.on("uncaughtException", (error) => told.wrong.push(String(error?.stack ?? error)));
if (role === "server") await beServer();
else beClient();

for await (const question of createInterface({ input: process.stdin })) {
  if (question === "go on") goOn();
  if (question === "rest") goOn = await comeToRest();
  if (question === "stop") await finish();
  console.log(
    JSON.stringify({ ...told, wrong: told.wrong.splice(0), ...(await memory()), ...held() }),
  );
  if (question === "stop") process.exit();
}
