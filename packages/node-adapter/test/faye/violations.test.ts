/** Violations of a peer, reported by faye-websocket 0.11.4 and by ours: the same errors, close codes, reasons and close frames. */
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";
import { expect, test } from "vitest";
import { masked, RawPeer } from "@sansocket/core/testing";
import { WebSocket } from "../../src/index.ts";
import { opening } from "../server/raw.ts";

const original: any = createRequire(import.meta.url)("faye-websocket");
const CLOSE = 8;

/** The events of a server's socket that receives `bytes`, and the close frame that it sends. */
async function outcome(library: any, bytes: Uint8Array): Promise<unknown[]> {
  const server = http.createServer().listen(0, "127.0.0.1");
  const log: unknown[] = [];
  await once(server, "listening");
  const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const peer = new RawPeer(socket, true);
  peer.write(opening());
  const [request, stream, head] = (await once(server, "upgrade")) as [unknown, unknown, unknown];
  const ws = new library(request, stream, head, null, { maxLength: 1000 });
  const closed = new Promise<void>((resolve) => {
    ws.onmessage = (event: any) => {
      log.push(["message", event.data]);
    };
    ws.onerror = (event: any) => {
      log.push(["error", event.message, ws.readyState]);
    };
    ws.on("end", () => {
      log.push(["end", ws.readyState]);
    });
    ws.onclose = (event: any) => {
      log.push(["close", event.code, event.reason, ws.readyState]);
      resolve();
    };
  });
  await peer.head();
  peer.write(bytes);
  const frame = await peer.frame();
  log.push(["frame", frame.opcode, Buffer.from(frame.payload).toString("latin1")]);
  peer.end();
  await closed;
  socket.destroy();
  server.close();
  // The frame crosses the wire while the library emits events: its place among them is chance.
  return log.sort(
    (a, b) => Number((a as string[])[0] === "frame") - Number((b as string[])[0] === "frame"),
  );
}

const mistakes: [name: string, bytes: Uint8Array][] = [
  ["a reserved bit", masked(1, "a", { rsv: 4 })],
  ["all reserved bits", masked(2, "a", { rsv: 7 })],
  ["a reserved bit goes before an unknown opcode", masked(3, "a", { rsv: 1 })],
  ["an unknown opcode", masked(5, "")],
  ["an unknown control opcode", masked(11, "")],
  ["a fragmented ping", masked(9, "a", { fin: false })],
  ["a ping that is too long", masked(9, "x".repeat(126))],
  ["a continuation of nothing", masked(0, "a")],
  ["a message within a message", Buffer.concat([masked(1, "a", { fin: false }), masked(1, "b")])],
  ["text that is not UTF-8", masked(1, Uint8Array.of(0xff))],
  ["a message that is too long", masked(2, new Uint8Array(1001))],
  [
    "a message that grows too long",
    Buffer.concat([masked(2, new Uint8Array(600), { fin: false }), masked(0, new Uint8Array(600))]),
  ],
  ["a good message before", Buffer.concat([masked(1, "good"), masked(3, "")])],
  [
    "a close that is none of these",
    masked(CLOSE, Buffer.concat([Uint8Array.of(0x0b, 0xb8), Buffer.from("bye")])),
  ],
];
test.each(mistakes)("%s", async (_, bytes) => {
  const [expected, actual] = await Promise.all([
    outcome(original, bytes),
    outcome(WebSocket, bytes),
  ]);
  expect(actual).toEqual(expected);
});
