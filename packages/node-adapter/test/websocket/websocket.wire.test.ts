/** Where a server's socket differs from faye-websocket's by intent: limits, control frames, the end of a connection. */
import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "../../src/index.ts";
import { BINARY, CLOSE, nextClose, pause, PING, PONG, rawPeers, TEXT } from "../server/by-hand.ts";

const { open } = rawPeers();
const closeCode = (payload: Uint8Array): number => (payload[0]! << 8) | payload[1]!;

test("bufferedAmount tells what has not left, also what the runtime holds, and send says when to wait", async () => {
  const { ws, socket } = await open();
  socket.pause();
  const chunk = Buffer.alloc(1 << 20);
  let sent = 0;
  do {
    await pause(1);
    sent += chunk.length;
  } while (ws.send(chunk) || ws.bufferedAmount === 0); // the system takes the first few at once
  expect(ws.bufferedAmount).toBeGreaterThan(0);
  expect(ws.bufferedAmount).toBeLessThanOrEqual(sent + 16 * 1024);
  const drained = once(ws, "drain");
  socket.resume();
  await drained;
  await vi.waitFor(() => {
    expect(ws.bufferedAmount).toBe(0);
  });
});

describe("close codes", () => {
  test.each([1012, 1013, 1014])("%i is accepted from a peer", async (code) => {
    const { peer, ws } = await open();
    const closed = nextClose(ws);
    peer.send({ opcode: CLOSE, payload: Uint8Array.of(code >> 8, code & 255, 97) });
    expect(closeCode((await peer.frame()).payload)).toBe(code);
    peer.end();
    expect(await closed).toEqual([code, "a", true]);
  });

  test("an empty close frame is 1005", async () => {
    const { peer, ws } = await open();
    const closed = nextClose(ws);
    peer.send({ opcode: CLOSE });
    expect(await closed).toEqual([1005, "", true]);
  });

  test("an unmasked frame is answered with 1002", async () => {
    const { peer, ws } = await open();
    const closed = nextClose(ws);
    peer.send({ opcode: TEXT, payload: "a", masked: false });
    expect(closeCode((await peer.frame()).payload)).toBe(1002);
    expect(await closed).toEqual([1002, "Received unmasked frame but masking is required", false]);
  });
});

test("a ping over 125 bytes and a close reason over 123 are RangeErrors, and nothing is sent", async () => {
  const { peer, ws } = await open();
  expect(() => ws.ping("x".repeat(126))).toThrow(RangeError);
  expect(() => ws.pong(Buffer.alloc(126))).toThrow(RangeError);
  expect(() => {
    ws.close(1000, "ü".repeat(62));
  }).toThrow(RangeError);
  expect(() => {
    ws.close(NaN);
  }).toThrow(/NaN is neither/);
  expect(ws.readyState).toBe(1);
  ws.ping("x".repeat(125));
  expect((await peer.frame()).payload.length).toBe(125);
});

test("invalid UTF-8 ends a text of 20 MB too", async () => {
  const { peer, ws } = await open();
  const closed = nextClose(ws);
  const payload = new Uint8Array(20_000_000).fill(97);
  payload[19_999_999] = 0xff;
  const heard = vi.fn();
  ws.on("message", heard);
  peer.send({ opcode: TEXT, payload });
  expect((await closed)[0]).toBe(1007);
  expect(heard).not.toHaveBeenCalled();
});

test("limits hold while closing: a declared length, and the count of fragments", async () => {
  const first = await open({ maxLength: 1000 });
  const closed = nextClose(first.ws);
  first.ws.close();
  first.peer.send({ opcode: BINARY, declared: 1n << 62n, form: 64 });
  await closed;
  const second = await open({ maxFragments: 3 });
  const gone = nextClose(second.ws);
  second.peer.send(
    { opcode: TEXT, fin: false },
    { opcode: 0, fin: false },
    { opcode: 0, fin: false },
    { opcode: 0, fin: false },
  );
  expect((await gone)[0]).toBe(1008);
});

test("the ping option notices a dead peer: 1006 when no pong comes within the interval", async () => {
  const { peer, ws } = await open({ ping: 0.05 });
  const closed = nextClose(ws);
  const ping = await peer.frame();
  expect(ping.opcode).toBe(PING);
  peer.send({ opcode: PONG, payload: ping.payload });
  expect((await peer.frame()).opcode).toBe(PING);
  expect(await closed).toEqual([1006, "", false]);
});

test("a close frame leaves before the socket is half-closed", async () => {
  const { peer, ws, socket } = await open();
  const closed = nextClose(ws);
  socket.pause();
  const payload = Buffer.alloc(8 << 20);
  ws.send(payload);
  ws.close(3000, "after everything");
  peer.send({ opcode: CLOSE, payload: Uint8Array.of(0x0b, 0xb8) });
  await pause();
  socket.resume();
  expect((await peer.frame()).payload.length).toBe(payload.length);
  expect((await peer.frame()).opcode).toBe(CLOSE);
  await peer.whenEnded();
  expect((await closed)[0]).toBe(3000);
});

test("a peer that never answers a close is dropped after closeTimeout: 1006", async () => {
  const { ws } = await open({ closeTimeout: 30 });
  ws.close(3000, "not told");
  expect(await nextClose(ws)).toEqual([1006, "", false]);
  WebSocket.CLOSE_TIMEOUT = 20;
  try {
    expect(WebSocket.Client.CLOSE_TIMEOUT).toBe(20);
    const other = await open();
    other.ws.close();
    expect((await nextClose(other.ws))[0]).toBe(1006);
  } finally {
    WebSocket.CLOSE_TIMEOUT = 30_000;
  }
});

test("two ends that both echo under back-pressure do not stall", async () => {
  const { ws, socket } = await open();
  ws.pipe(ws as never);
  const message = Buffer.concat([
    Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    Buffer.alloc(65_536),
  ]);
  const count = 300;
  let received = 0;
  // This peer reads only when its own writes have left, as one does that respects back-pressure and nothing else.
  socket.removeAllListeners("data");
  socket.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  for (let sent = 0; sent < count; sent++) {
    if (!socket.write(message)) await once(socket, "drain");
  }
  await vi.waitFor(() => {
    expect(received).toBe(count * (65_536 + 10));
  }, 10_000);
}, 20_000);

test("output that is not read is bounded: 1013 beyond maxBufferedBytes", async () => {
  const { ws, socket } = await open({ maxBufferedBytes: 1 << 20 });
  socket.pause();
  const closed = nextClose(ws);
  const errors: unknown[] = [];
  ws.on("error", (event) => errors.push(event.code));
  for (let count = 0; count < 200 && ws.readyState === 1; count++) {
    ws.send(Buffer.alloc(1 << 18));
    await pause(1);
  }
  socket.resume();
  expect((await closed)[0]).toBe(1013);
  expect(errors).toEqual(["output-overflow"]);
});

test("a relayed event goes on as it came, undecoded", async () => {
  const { peer, ws } = await open();
  const sizes = [0, 6, 4096, 300_000];
  ws.onmessage = (event) => {
    ws.send(event);
  };
  for (const opcode of [TEXT, BINARY]) {
    for (const size of sizes) {
      const payload = new Uint8Array(Buffer.alloc(size, "é"));
      peer.send({ opcode, fin: false, payload }, { opcode: 0, payload: "end" });
      const frame = await peer.frame();
      expect([frame.opcode, frame.payload.length]).toEqual([opcode, size + 3]);
      expect(Buffer.concat([payload, Buffer.from("end")]).equals(frame.payload)).toBe(true);
    }
  }
});

test("an abrupt loss is told by error, end, close, once each", async () => {
  const { peer, ws } = await open();
  const log: string[] = [];
  for (const type of ["error", "end", "close"]) ws.on(type, () => log.push(type));
  const closed = nextClose(ws);
  peer.reset();
  expect(await closed).toEqual([1006, "", false]);
  expect(log).toEqual(["error", "end", "close"]);
});

test("ping and pong are emitted, with their payload", async () => {
  const { peer, ws } = await open();
  const pinged = once(ws, "ping");
  const ponged = once(ws, "pong");
  peer.send({ opcode: PING, payload: "in" }, { opcode: PONG, payload: "unasked" });
  expect([await pinged, await ponged]).toEqual([[Buffer.from("in")], [Buffer.from("unasked")]]);
  ws.pong("ours");
  expect([
    Buffer.from((await peer.frame()).payload).toString(),
    Buffer.from((await peer.frame()).payload).toString(),
  ]).toEqual(["in", "ours"]);
});

test("terminate drops the connection at once", async () => {
  const { peer, ws } = await open();
  const closed = nextClose(ws);
  ws.send("lost");
  ws.terminate();
  expect(ws.readyState).toBe(3);
  await peer.whenEnded();
  expect(peer.pending.length).toBe(0);
  expect((await closed)[0]).toBe(1006);
});
