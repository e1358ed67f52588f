/** Tests this Bun, on which the adapter builds: it does as `src/bun.ts` and `src/transport.ts` say. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { eventually, pass } from "../../core/src/testing/assertion.ts";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import { bun, type BunSocket, type BunSocketHandlers } from "../src/bun.ts";

interface Scene {
  readonly socket: BunSocket;
  readonly peer: net.Socket;
  /** The handlers that Bun has called, in order. */
  readonly told: string[];
  readonly chunks: Uint8Array[];
}

/** Runs `use` with a socket that Bun has accepted, and its peer. */
async function withSocket(
  secure: boolean,
  use: (scene: Scene) => Promise<void>,
  more: Partial<BunSocketHandlers> = {},
): Promise<void> {
  const told: string[] = [];
  const chunks: Uint8Array[] = [];
  let socket: BunSocket | undefined;
  const listener = bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    ...(secure ? { tls: certificate } : {}),
    socket: {
      open(opened) {
        told.push("open");
        socket = opened;
      },
      handshake(_, success) {
        told.push(`handshake ${success}`);
      },
      data(_, bytes) {
        told.push("data");
        chunks.push(bytes);
      },
      drain() {
        told.push("drain");
      },
      end() {
        told.push("end");
      },
      close(_, error) {
        told.push(`close${error ? ` ${(error as { code?: string }).code}` : ""}`);
      },
      error(_, error) {
        told.push(`error ${(error as Error).message}`);
      },
      ...more,
    },
  });
  const peer = secure
    ? tls.connect({
        port: listener.port,
        host: "127.0.0.1",
        ca: authority,
        allowHalfOpen: true,
      } as tls.ConnectionOptions)
    : net.connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
  peer.on("error", () => {});
  await once(peer, secure ? "secureConnect" : "connect");
  await eventually(() => socket !== undefined && (!secure || told.length > 1), "a socket");
  try {
    await use({ socket: socket!, peer, told, chunks });
  } finally {
    peer.destroy();
    listener.stop(true);
  }
}
const LARGE = new Uint8Array(16 * 1024 * 1024);

for (const secure of [false, true]) {
  const over = secure ? "TLS" : "TCP";
  test(`${over}: write() takes what fits, and keeps nothing; drain() says when more does`, () =>
    withSocket(secure, async ({ socket, peer, told }) => {
      peer.pause();
      const taken = socket.write(LARGE);
      assert.ok(taken > 0 && taken < LARGE.length, `${taken} taken`);
      let size = 0;
      peer
        .on("data", (chunk: Buffer) => {
          size += chunk.length;
        })
        .resume();
      await eventually(() => told.includes("drain"), "drain");
      await pass(50);
      assert.equal(size, taken);
    }));

  test(`${over}: after shutdown() writes give −1, and the peer's end is told by ${secure ? "end and close" : "close alone"}`, () =>
    withSocket(secure, async ({ socket, peer, told }) => {
      socket.shutdown();
      assert.equal(socket.write(Uint8Array.of(1)), -1);
      peer.resume();
      await once(peer, "end");
      peer.end();
      await eventually(() => told.includes("close"), "close");
      assert.equal(told.includes("end"), secure);
    }));

  test(`${over}: what write() took before close() leaves`, () =>
    withSocket(secure, async ({ socket, peer }) => {
      let size = 0;
      peer.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      assert.equal(socket.write(new Uint8Array(100_000)), 100_000);
      socket.close();
      await once(peer, "end");
      assert.equal(size, 100_000);
    }));
}

test("TLS: open comes before the handshake, which succeeds without a certificate of the client's", () =>
  withSocket(true, async ({ told }) => {
    assert.deepEqual(told.slice(0, 2), ["open", "handshake true"]);
  }));

test("close() calls close from inside", () =>
  withSocket(false, async ({ socket, told }) => {
    socket.close();
    assert.deepEqual(told, ["open", "close"]);
  }));

test("what was read is fresh memory, which is not used again", () =>
  withSocket(false, async ({ peer, chunks }) => {
    for (const text of ["one", "two"]) {
      peer.write(text);
      await eventually(() => chunks.length === (text === "one" ? 1 : 2), text);
    }
    assert.deepEqual(
      chunks.map((chunk) => Buffer.from(chunk).toString()),
      ["one", "two"],
    );
  }));

test("a reset is told by close, with its code", () =>
  withSocket(false, async ({ peer, told }) => {
    peer.resetAndDestroy();
    await eventually(() => told.includes("close ECONNRESET"), "close");
  }));

test("a handler that throws is told to error(), and the connection goes on", async () => {
  const told: string[] = [];
  await withSocket(
    false,
    async ({ peer, told: all }) => {
      peer.write("a");
      await eventually(() => told.length === 1, "a");
      peer.write("b");
      await eventually(() => told.length === 2, "b");
      assert.deepEqual(all, ["open", "error thrown at a", "error thrown at b"]);
    },
    {
      data: (_, bytes) => {
        told.push(String(bytes));
        throw new Error(`thrown at ${Buffer.from(bytes).toString()}`);
      },
    },
  );
});

test("a listener that stops takes its Unix socket away, and leaves the connections", async () => {
  const unix = `${process.env["TMPDIR"] ?? "/tmp"}/sansocket-bun-${crypto.randomUUID()}.sock`;
  const told: string[] = [];
  const socket: BunSocketHandlers = {
    open: () => told.push("open"),
    data: () => told.push("data"),
    drain() {},
    end() {},
    close: () => told.push("close"),
    error() {},
  };
  for (let round = 0; round < 2; round++) {
    const listener = bun.listen({ unix, allowHalfOpen: true, socket });
    const peer = net.connect(unix).on("error", () => {});
    await once(peer, "connect");
    await eventually(() => told.includes("open"), "open");
    listener.stop();
    peer.write("still here");
    await eventually(() => told.includes("data"), "data");
    peer.destroy();
    await eventually(() => told.includes("close"), "close");
    told.length = 0;
  }
});
