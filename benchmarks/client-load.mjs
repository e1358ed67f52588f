// A client that echoes with a server, as `clients.mjs` starts it: `client-load.mjs CLIENT PORT CONNECTIONS`, CLIENT ours, ws, undici or native. Prints a line of JSON
// when all connections are open. For each line `DEPTH SIZE FORM SECONDS` it is given it keeps DEPTH messages of SIZE bytes, FORM text or binary, in flight on
// each connection for that long, and prints another: messages, and CPU seconds of this process.
import { Buffer } from "node:buffer";
import process from "node:process";
import { createInterface } from "node:readline";
import { WebSocket as Ours } from "@sansocket/node-adapter";

const [client, ...numbers] = process.argv.slice(2);
const [port, connections] = numbers.map(Number);
const url = `ws://127.0.0.1:${port}/`;

/** Each opens one socket: calls `opened` with a function that sends, and `received` with the data of each message. */
const web = (open) => (opened, received) => {
  const socket = open();
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    opened((data) => socket.send(data));
  };
  socket.onmessage = ({ data }) => {
    received(data);
  };
  socket.onerror = ({ message }) => {
    throw new Error(`${client}: ${message ?? "error"}`);
  };
};
const emitter = (open) => (opened, received) => {
  const socket = open();
  socket.on("open", () => {
    opened((data) => socket.send(data));
  });
  socket.on("message", received);
  socket.on("error", ({ message }) => {
    throw new Error(`${client}: ${message ?? "error"}`);
  });
};
const kinds = {
  ours: () => emitter(() => new Ours.Client(url)),
  async ws() {
    const { WebSocket } = await import("ws");
    return emitter(() => new WebSocket(url, { perMessageDeflate: false }));
  },
  async undici() {
    const { WebSocket } = await import("undici");
    return web(() => new WebSocket(url));
  },
  native: () => web(() => new globalThis.WebSocket(url)),
};

const open = await kinds[client]();
const senders = [];
const reader = client === "ours" ? ({ data }) => data : (data) => data;
let payload;
let size;
let isRunning = false;
let sent = 0;
let received = 0;
let over;

function heard(message, send) {
  const data = reader(message);
  if ((data.length ?? data.byteLength) !== size)
    throw new Error(`${client}: ${data.length ?? data.byteLength} bytes came back for ${size}`);
  received++;
  if (isRunning) {
    sent++;
    send(payload);
  } else if (received === sent) over();
}

await Promise.all(
  Array.from(
    { length: connections },
    () =>
      new Promise((done) => {
        let send;
        open(
          (sender) => {
            senders.push((send = sender));
            done();
          },
          (message) => {
            heard(message, send);
          },
        );
      }),
  ),
);

const sample = '{"id":1234,"type":"update","name":"alpha-17","price":123.45,"ok":true},';
async function run(depth, bytes, form, seconds) {
  const text = sample.repeat(Math.ceil(bytes / sample.length)).slice(0, bytes);
  const from = process.cpuUsage();
  payload = form === "text" ? text : Buffer.from(text);
  size = bytes;
  sent = received = 0;
  const began = performance.now();
  isRunning = true;
  setTimeout(() => {
    isRunning = false;
  }, seconds * 1000);
  await new Promise((done) => {
    over = done;
    for (let i = 0; i < depth; i++)
      for (const send of senders) {
        sent++;
        send(payload);
      }
  });
  const { user, system } = process.cpuUsage(from);
  return {
    messages: received,
    cpu: (user + system) / 1e6,
    secs: (performance.now() - began) / 1000,
  };
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const [depth, bytes, form, seconds] = line.split(" ");
  console.log(JSON.stringify(await run(Number(depth), Number(bytes), form, Number(seconds))));
});
console.log(JSON.stringify({ open: connections }));
