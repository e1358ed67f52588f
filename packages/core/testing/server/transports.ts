/** Transports over a real connection, with `node:net` or `node:tls` at the other end: a suite for the transports of adapters' own. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import type { Connector, Transport, TransportListener } from "../../src/shell/index.ts";
import { eventually, pass } from "../../src/testing/assertion.ts";

/** One connection: ours, still to be bound, and the stream at its other end, which is half-open and mended where the runtime needs that. */
export interface Ends {
  readonly connector: Connector;
  readonly peer: net.Socket;
}

/** A way to a connection. */
export interface Kind<E extends Ends = Ends> {
  readonly name: string;
  readonly over: "TCP" | "TLS" | "a Unix socket";
  make(): Promise<E>;
}

const MIB = 1024 * 1024;
const ALL = new Uint8Array(16 * MIB).map((_, index) => (index * 31) >> 3);
const pattern = (size: number): Uint8Array => ALL.subarray(0, size);

/** Notes what a transport tells, and keeps the bytes that come. */
export class Taker implements TransportListener {
  readonly heard: string[] = [];
  readonly chunks: Uint8Array[] = [];
  cause: unknown = undefined;
  size = 0;

  onData(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.size += bytes.length;
  }
  onEnd(): void {
    this.heard.push("end");
  }
  onDrain(): void {
    this.heard.push("drain");
  }
  onGone(cause?: unknown): void {
    this.cause = cause;
    this.heard.push("gone");
  }

  /** Waits until `what` is the last reported event. */
  hears(what: string): Promise<void> {
    return eventually(() => this.heard.at(-1) === what, `${what}, after ${this.heard.join(", ")}`);
  }
}

/** A connection that is bound. */
export interface Scene extends Ends {
  readonly transport: Transport;
  readonly taker: Taker;
}

interface TransportCase {
  readonly name: string;
  /** Kinds it is not about. */
  readonly not?: readonly Kind["over"][];
  run(scene: Scene): Promise<void>;
}

/** The bytes that the stream receives, as they come. */
function received(peer: net.Socket): Buffer[] {
  const chunks: Buffer[] = [];
  peer.on("data", (chunk: Buffer) => chunks.push(chunk));
  return chunks;
}

/** All of it. */
export const transportCases: readonly TransportCase[] = [
  {
    name: "bytes go both ways as they are, in order, and the ends follow",
    async run({ peer, transport, taker }) {
      const ours = pattern(3 * MIB + 7);
      const theirs = pattern(2 * MIB + 5);
      const came = received(peer);
      for (let from = 0; from < ours.length; from += 100_000)
        transport.write(ours.subarray(from, from + 100_000));
      transport.end();
      peer.end(theirs);
      await once(peer, "end");
      await taker.hears("gone");
      assert.ok(Buffer.concat(came).equals(ours));
      assert.ok(Buffer.concat(taker.chunks).equals(theirs));
      assert.deepEqual(
        [taker.heard.filter((what) => what !== "drain"), taker.cause],
        [["end", "gone"], undefined],
      );
    },
  },
  {
    name: "many small pieces, and large ones among them, keep their order",
    async run({ peer, transport }) {
      const came = received(peer);
      const sizes = [1, 2, 70_000, 3, 65_536, 5, 0, 1_000_000, 7];
      let from = 0;
      const pieces = sizes.map((size) => ALL.subarray(from, (from += size)));
      transport.writeMany(pieces.slice(0, 4));
      for (const piece of pieces.slice(4, 6)) transport.write(piece);
      transport.writeMany(pieces.slice(6));
      transport.end();
      await once(peer, "end");
      assert.ok(Buffer.concat(came).equals(ALL.subarray(0, from)));
    },
  },
  {
    name: "what was written is called sent when it has left, in order",
    async run({ peer, transport }) {
      const told: string[] = [];
      const sent =
        (name: string) =>
        (error?: Error | null): void => {
          told.push(error ? `${name} failed` : name);
        };
      peer.pause();
      transport.write(pattern(10), sent("small"));
      assert.deepEqual(told, []); // never from inside
      await eventually(() => told.length === 1, "the small one");
      transport.write(ALL, sent("all"));
      transport.writeMany([pattern(1), pattern(2)], sent("pieces"));
      transport.write(new Uint8Array(0), sent("nothing"));
      await pass(50);
      assert.deepEqual(told, ["small"]);
      peer.resume();
      await eventually(() => told.length === 4, "all of it");
      assert.deepEqual(told, ["small", "all", "pieces", "nothing"]);
    },
  },
  {
    name: "what can no more leave is called so",
    async run({ peer, transport, taker }) {
      const told: boolean[] = [];
      const sent = (error?: Error | null): void => {
        told.push(error instanceof Error);
      };
      peer.pause();
      transport.write(ALL, sent);
      transport.writeMany([ALL, ALL], sent);
      await pass(20);
      transport.destroy();
      await taker.hears("gone");
      transport.write(pattern(1), sent);
      await eventually(() => told.length === 3, "all three");
      assert.deepEqual(told, [true, true, true]);
    },
  },
  {
    name: "our end comes after all that was written, however much",
    async run({ peer, transport }) {
      const came = received(peer);
      peer.pause();
      transport.write(ALL);
      transport.end();
      await pass(50);
      peer.resume();
      await once(peer, "end");
      assert.ok(Buffer.concat(came).equals(ALL));
    },
  },
  {
    name: "our end first: the peer may go on",
    async run({ peer, transport, taker }) {
      const came = received(peer);
      transport.write(pattern(10));
      transport.end();
      transport.write(pattern(10)); // too late
      await once(peer, "end");
      peer.write(Buffer.from("still here"));
      await eventually(() => taker.size === 10, "what the peer says after our end");
      assert.deepEqual(
        [Buffer.concat(came).length, taker.heard.filter((what) => what !== "drain")],
        [10, []],
      );
      peer.end();
      await taker.hears("gone");
      assert.deepEqual(taker.heard.slice(-2), ["end", "gone"]);
    },
  },
  {
    name: "the peer's end first: we may go on",
    async run({ peer, transport, taker }) {
      const came = received(peer);
      peer.end();
      await taker.hears("end");
      transport.write(pattern(200_000));
      transport.end();
      await once(peer, "end");
      assert.ok(Buffer.concat(came).equals(pattern(200_000)));
      await taker.hears("gone");
    },
  },
  {
    name: "a peer that reads slowly backs it up, and nothing is lost",
    async run({ peer, transport, taker }) {
      peer.pause();
      transport.write(ALL);
      await pass(100);
      assert.ok(
        transport.backedUp && transport.bufferedBytes > MIB,
        `${transport.bufferedBytes} bytes wait`,
      );
      assert.deepEqual(taker.heard, []);
      let size = 0;
      let right = true;
      peer.on("data", (chunk: Buffer) => {
        right &&= chunk.equals(ALL.subarray(size, size + chunk.length));
        size += chunk.length;
      });
      peer.resume();
      await eventually(() => size === ALL.length, "all of it");
      await taker.hears("drain");
      assert.deepEqual([right, transport.backedUp, transport.bufferedBytes], [true, false, 0]);
    },
  },
  {
    name: "pause holds the peer back, and nothing is lost",
    async run({ peer, transport, taker }) {
      transport.pause();
      peer.write(ALL);
      await pass(200);
      assert.ok(taker.size < MIB, `${taker.size} bytes came`);
      assert.ok(peer.writableLength > 0, "the peer has been let write everything");
      transport.resume();
      await eventually(() => taker.size === ALL.length, "all of it");
      assert.ok(Buffer.concat(taker.chunks).equals(ALL));
    },
  },
  {
    name: "pause holds the end back too",
    async run({ peer, transport, taker }) {
      transport.pause();
      peer.end(Buffer.from("last"));
      await pass(50);
      assert.equal(taker.heard.includes("gone"), false);
      transport.resume();
      await taker.hears("end");
      assert.equal(Buffer.concat(taker.chunks).toString(), "last");
    },
  },
  {
    name: "destroyed while nothing goes on: gone without a cause, not from inside the call, and the peer learns it",
    async run({ peer, transport, taker }) {
      peer.resume().on("end", () => peer.end());
      const closed = once(peer, "close");
      transport.destroy();
      transport.destroy();
      assert.deepEqual(taker.heard, []);
      await Promise.all([taker.hears("gone"), closed]);
      transport.write(pattern(10));
      transport.end();
      assert.deepEqual(
        [taker.heard, taker.cause, transport.bufferedBytes],
        [["gone"], undefined, 0],
      );
    },
  },
  {
    name: "destroyed while a write is pending: gone, and nothing counts any more",
    async run({ peer, transport, taker }) {
      peer.pause();
      transport.write(ALL);
      await pass(50);
      transport.destroy();
      await taker.hears("gone");
      await pass(50);
      assert.deepEqual([taker.heard, transport.bufferedBytes], [["gone"], 0]);
    },
  },
  {
    name: "a reset: gone, with the cause",
    not: ["TLS", "a Unix socket"], // RST is TCP's, and Node's TLS sockets send none
    async run({ peer, taker }) {
      peer.resetAndDestroy();
      await taker.hears("gone");
      assert.equal(taker.heard.filter((what) => what !== "end").length, 1);
      assert.match(
        String((taker.cause as { code?: unknown }).code ?? (taker.cause as Error).name),
        /^(?:ECONNRESET|ConnectionReset)$/,
      );
    },
  },
  {
    name: "small messages do not wait for each other's acknowledgement",
    not: ["TLS", "a Unix socket"], // Deno has no way to say so of TLS
    async run({ peer, transport, taker }) {
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
          await pass(0);
        }
        while (taker.size === rounds.length) await pass(0);
        rounds.push(performance.now() - start);
      }
      assert.ok(
        Math.min(...rounds) < 30,
        `no round took less than ${Math.min(...rounds).toFixed(0)} ms: with Nagle's algorithm all take 40 ms`,
      );
    },
  },
];

/** Runs `use` on a new connection, and drops it after. */
export async function withScene<E extends Ends>(
  kind: Kind<E>,
  use: (scene: Scene & E) => Promise<void>,
): Promise<void> {
  const ends = await kind.make();
  const taker = new Taker();
  const transport = ends.connector.bind(taker);
  try {
    await use({ ...ends, transport, taker });
  } finally {
    transport.destroy();
    ends.peer.destroy();
  }
}
