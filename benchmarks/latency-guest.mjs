// A connection that is hard on the others, as `latency.mjs` starts it: `latency-guest.mjs KIND PORT`. It uses ws, so that both servers have the same guest, and goes on
// until it is stopped; KIND is
//   big        a message of 16 MiB each second
//   compresses 64 KiB of text ten times a second, compressed
//   deaf       sends messages of 64 KiB as fast as they are taken, up to 256 MiB, and reads nothing that comes back
import { randomBytes } from "node:crypto";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";

const [kind, port] = process.argv.slice(2);
const sample = '{"id":1234,"type":"update","name":"alpha-17","price":123.45,"ok":true},';

const kinds = {
  async big(socket) {
    const message = randomBytes(2 ** 24);
    for (;;) {
      socket.send(message);
      await pause(1000);
    }
  },
  async compresses(socket) {
    for (let at = 0; ; at++) {
      socket.send(`${at} ${sample.repeat(920)}`.slice(0, 65_536));
      await pause(100);
    }
  },
  async deaf(socket) {
    socket.pause();
    const message = randomBytes(65_536);
    for (let sent = 0; sent < 4096; sent++)
      await new Promise((done) => {
        socket.send(message, done);
      });
  },
};

const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
  perMessageDeflate: kind === "compresses",
  maxPayload: 2 ** 25,
});
socket.on("error", () => {}); // a server may well drop a guest that reads nothing
socket.on("open", async () => {
  console.log(JSON.stringify({ open: kind }));
  await kinds[kind](socket);
});
