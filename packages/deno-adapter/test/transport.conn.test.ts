/** `DenoTransport` over connections of Deno's, with `node:net` or `node:tls` at the other end. By hand: `transport.test.ts`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { DenoTransport } from "../src/transport.ts";
import { type Ends, kinds } from "./conns.ts";
import { Notes } from "./fake-conn.ts";
import { eventually, within } from "../../core/src/testing/assertion.ts";

const MIB = 1024 * 1024;
const ALL = new Uint8Array(16 * MIB).map((_, index) => index * 31 >> 3), pattern = (size: number): Uint8Array => ALL.subarray(0, size);

/** Keeps the bytes that come. */
class Taker extends Notes {
  readonly chunks: Uint8Array[] = [];
  size = 0;

  override onData(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.size += bytes.length;
  }
}

interface Scene extends Ends {
  readonly transport: DenoTransport;
  readonly taker: Taker;
}

for (const { name, secure, make } of kinds) {
  const scene = (what: string, run: (scene: Scene) => Promise<void>): void => void test(`${name}: ${what}`, { timeout: 30_000 }, async () => {
    const ends = await within(make(), "a connection"), taker = new Taker(), transport = new DenoTransport(ends.conn);
    transport.bind(taker);
    try {
      await run({ ...ends, transport, taker });
    } finally {
      transport.destroy();
      ends.peer.destroy();
    }
  });
  const heard = ({ taker }: Scene, last: string): Promise<void> => eventually(() => String(taker.heard.at(-1)).startsWith(last), `${last} among ${taker.heard.join(", ")}`);

  scene("bytes go both ways as they are, in order, and the ends follow", async (at) => {
    const { peer, transport, taker } = at, ours = pattern(3 * MIB + 7), theirs = pattern(2 * MIB + 5), came: Buffer[] = [];
    peer.on("data", (chunk: Buffer) => came.push(chunk));
    for (let from = 0; from < ours.length; from += 100_000) transport.write(ours.subarray(from, from + 100_000));
    transport.end();
    peer.end(theirs);
    await once(peer, "end");
    await heard(at, "gone");
    assert.ok(Buffer.concat(came).equals(ours));
    assert.ok(Buffer.concat(taker.chunks).equals(theirs));
    assert.deepEqual(taker.heard.filter((what) => what !== "drain"), ["end", "gone"]);
  });

  scene("our end first: the peer may go on", async (at) => {
    const { peer, transport, taker } = at;
    peer.resume();
    transport.write(pattern(10));
    transport.end();
    await once(peer, "end");
    peer.write(Buffer.from("still here"));
    await eventually(() => taker.size === 10, "what the peer says after our end");
    assert.deepEqual(taker.heard, []);
    peer.end();
    await heard(at, "gone");
    assert.deepEqual(taker.heard, ["end", "gone"]);
  });

  scene("the peer's end first: we may go on", async (at) => {
    const { peer, transport } = at, came: Buffer[] = [];
    peer.on("data", (chunk: Buffer) => came.push(chunk));
    peer.end();
    await heard(at, "end");
    transport.write(pattern(200_000));
    transport.end();
    await once(peer, "end");
    assert.ok(Buffer.concat(came).equals(pattern(200_000)));
    await heard(at, "gone");
  });

  scene("a peer that reads slowly backs it up, and nothing is lost", async (at) => {
    const { peer, transport, taker } = at, all = pattern(16 * MIB);
    peer.pause();
    transport.write(all);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.ok(transport.backedUp && transport.bufferedBytes > MIB, `${transport.bufferedBytes} bytes wait`);
    assert.deepEqual(taker.heard, []);
    let size = 0, right = true;
    peer.on("data", (chunk: Buffer) => {
      right &&= chunk.equals(all.subarray(size, size + chunk.length));
      size += chunk.length;
    });
    peer.resume();
    await eventually(() => size === all.length, "all of it");
    await heard(at, "drain");
    assert.deepEqual([right, transport.backedUp, transport.bufferedBytes], [true, false, 0]);
  });

  scene("pause holds the peer back, and nothing is lost", async ({ peer, transport, taker }) => {
    const all = pattern(16 * MIB);
    transport.pause();
    peer.write(all);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    assert.equal(taker.size, 0);
    assert.ok(peer.writableLength > 0, "the peer has been let write everything");
    transport.resume();
    await eventually(() => taker.size === all.length, "all of it");
    assert.ok(Buffer.concat(taker.chunks).equals(all));
  });

  scene("destroyed while a read is pending: gone without a cause, and the peer learns it", async (at) => {
    const { peer, transport, taker } = at;
    peer.resume().on("end", () => peer.end());
    transport.destroy();
    await Promise.all([heard(at, "gone"), once(peer, "close")]);
    assert.deepEqual(taker.heard, ["gone"]);
  });

  scene("destroyed while a write is pending: gone, and nothing counts any more", async (at) => {
    const { peer, transport, taker } = at;
    peer.pause();
    transport.write(pattern(16 * MIB));
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    transport.destroy();
    await heard(at, "gone");
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    assert.deepEqual([taker.heard, transport.bufferedBytes], [["gone"], 0]);
  });

  scene("closed by the application: gone, with what the read says", async (at) => {
    at.conn.close();
    await heard(at, "gone");
    assert.match(String(at.taker.heard.at(-1)), /^gone (?:Interrupted|BadResource)$/);
  });

  if (secure || name.startsWith("Unix")) continue; // RST is TCP's
  scene("a reset: gone, with ConnectionReset", async (at) => {
    at.peer.resetAndDestroy();
    await heard(at, "gone");
    assert.deepEqual(at.taker.heard, ["gone ConnectionReset"]);
  });

  scene("small messages do not wait for each other's acknowledgement", async ({ peer, transport, taker }) => {
    // The peer answers every second message, as a delayed acknowledgement would.
    let size = 0;
    peer.setNoDelay(true);
    peer.on("data", (chunk: Buffer) => {
      for (let i = 0; i < chunk.length; i++) if (++size % 2 === 0) peer.write(Buffer.of(1));
    });
    const rounds: number[] = [];
    while (rounds.length < 20) {
      const start = performance.now();
      for (let i = 0; i < 2; i++) {
        transport.write(Uint8Array.of(1));
        await new Promise((resolve) => { setTimeout(resolve, 0); });
      }
      while (taker.size === rounds.length) await new Promise((resolve) => { setTimeout(resolve, 0); });
      rounds.push(performance.now() - start);
    }
    assert.ok(Math.min(...rounds) < 30, `no round took less than ${Math.min(...rounds).toFixed(0)} ms: with Nagle's algorithm all take 40 ms`);
  });
}

test("a connection that was closed before it is bound: gone, with BadResource", async () => {
  const { conn, peer } = await kinds[0]!.make(), taker = new Taker();
  conn.close();
  new DenoTransport(conn).bind(taker);
  await eventually(() => taker.heard.length > 0, "gone");
  assert.deepEqual(taker.heard, ["gone BadResource"]);
  peer.destroy();
});
