import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { RawPeer, type RawSocket } from "../../../src/testing/wire/raw-peer.ts";
import { concat, encodeFrame, octets } from "../../../src/testing/wire/frames.ts";

/** A socket whose calls are kept, and which tells what a test says. */
class FakeSocket extends EventEmitter {
  readonly written: Uint8Array[] = [];
  readonly calls: string[] = [];
  readonly writableLength = 0;
  declare resetAndDestroy?: () => void;

  write(bytes: Uint8Array): boolean {
    return this.written.push(bytes) > 0;
  }
  end(): void {
    this.calls.push("end");
  }
  destroy(): void {
    this.calls.push("destroy");
  }
  pause(): void {}
  resume(): void {}
}

function rig(masks = false): { socket: FakeSocket; peer: RawPeer } {
  const socket = new FakeSocket();
  return { socket, peer: new RawPeer(socket as unknown as RawSocket, masks) };
}
const TEXT = 1;
const PING = 9;

describe("what comes", () => {
  test("is a head, then frames, however it is cut", async () => {
    const { socket, peer } = rig();
    const bytes = concat(
      octets("HTTP/1.1 101 Yes\r\nX-A: 1\r\nx-a:  2 \r\nEmpty:\r\n\r\n"),
      encodeFrame({ opcode: TEXT, payload: "hi" }, true),
      encodeFrame({ opcode: PING }, false),
    );
    const all = Promise.all([peer.head(), peer.frame(), peer.frame()]);
    for (const byte of bytes) socket.emit("data", Uint8Array.of(byte));
    const [head, text, ping] = await all;
    expect([
      head.startLine,
      head.all("x-a"),
      head.get("x-a"),
      head.get("empty"),
      head.get("none"),
    ]).toEqual(["HTTP/1.1 101 Yes", ["1", "2"], "1, 2", "", undefined]);
    expect([text.masked, Buffer.from(text.payload).toString(), ping.opcode]).toEqual([
      true,
      "hi",
      PING,
    ]);
    expect(peer.pending).toHaveLength(0);
  });

  test("is kept beyond the first memory, and what was taken makes room", async () => {
    const { socket, peer } = rig();
    const large = new Uint8Array(5000).fill(7);
    socket.emit("data", encodeFrame({ opcode: TEXT, payload: "x".repeat(900) }, false));
    await peer.frame();
    for (let i = 0; i < 3; i++)
      socket.emit("data", encodeFrame({ opcode: 2, payload: large }, false));
    for (let i = 0; i < 3; i++) expect((await peer.frame()).payload).toEqual(large);
  });

  test("is waited for in vain once the stream has ended", async () => {
    const { socket, peer } = rig();
    const frame = peer.frame("the answer");
    socket.emit("data", Uint8Array.of(0x81));
    socket.emit("end");
    await expect(frame).rejects.toThrow("the stream ended before the answer");
    expect([peer.ended, peer.closed]).toEqual([true, false]);
    await peer.whenEnded();
  });

  test("may be the stream's loss: an error, which nobody need hear, and its close", async () => {
    const { socket, peer } = rig();
    const ended = peer.whenEnded();
    socket.emit("error", new Error("reset"));
    socket.emit("close");
    await ended;
    expect([peer.ended, peer.closed]).toEqual([true, true]);
  });

  test("is late after ten seconds", async () => {
    vi.useFakeTimers();
    const late = expect(rig().peer.frame("an echo")).rejects.toThrow("waited 10000 ms for an echo");
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await late;
  });
});

describe("what goes", () => {
  test.each([true, false])("is frames in one write, masked as the role asks: %s", (masks) => {
    const { socket, peer } = rig(masks);
    const frames = [{ opcode: TEXT, payload: "a" }, { opcode: PING }];
    peer.send(...frames);
    expect(socket.written).toEqual([concat(...frames.map((frame) => encodeFrame(frame, masks)))]);
  });

  test("is text or bytes as they are", () => {
    const { socket, peer } = rig();
    peer.write("é");
    peer.write(Uint8Array.of(1));
    expect(socket.written).toEqual([Uint8Array.of(0xc3, 0xa9), Uint8Array.of(1)]);
  });

  test("is an end, or an end at once", () => {
    const { socket, peer } = rig();
    peer.end();
    peer.destroy();
    expect(socket.calls).toEqual(["end", "destroy"]);
  });

  test.each<[name: string, reset: (() => void) | undefined, calls: string[]]>([
    [
      "RST where the socket can",
      function (this: FakeSocket) {
        this.calls.push("reset");
      },
      ["reset"],
    ],
    ["an end at once where it has no such thing", undefined, ["destroy"]],
    [
      "an end at once where it refuses",
      () => {
        throw new Error("not by TLS");
      },
      ["destroy"],
    ],
  ])("is %s", (_, reset, calls) => {
    const { socket, peer } = rig();
    if (reset !== undefined) socket.resetAndDestroy = reset;
    peer.reset();
    expect(socket.calls).toEqual(calls);
  });
});
