import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { RawPeer } from "@sansocket/core/testing";
import { eventually, within } from "../../core/src/testing/assertion.ts";
import { requestHead } from "../../core/src/testing/wire/line.ts";
import { closePayload, CLOSE, TEXT } from "../../core/src/testing/wire/frames.ts";
import { accept, type AcceptOptions, connect, type WebSocket } from "../src/index.ts";
import { type Ends, kinds } from "./conns.ts";

interface Scene {
  readonly ends: Ends;
  readonly peer: RawPeer;
  accept(options?: AcceptOptions): Promise<WebSocket>;
}

for (const { name, over, make } of kinds.filter((kind) => kind.name.endsWith("accepted"))) {
  const scene = (what: string, run: (scene: Scene) => Promise<void>): void =>
    void test(`${name}: ${what}`, { timeout: 30_000 }, async () => {
      const ends = await within(make(), "a connection");
      const peer = new RawPeer(ends.peer, true);
      try {
        await run({ ends, peer, accept: (options) => accept(ends.conn, options) });
      } finally {
        peer.destroy();
      }
    });

  scene("opens, converses and closes", async ({ peer, ...at }) => {
    const accepting = at.accept({ protocols: ["b"] });
    const told: unknown[] = [];
    peer.write(requestHead({ "Sec-WebSocket-Protocol": "a, b" }, "GET /chat?x=1 HTTP/1.1"));
    const socket = await accepting;
    assert.deepEqual(
      [socket.readyState, socket.protocol, socket.url],
      [1, "b", `${over === "TLS" ? "wss" : "ws"}://localhost/chat?x=1`],
    );
    assert.equal((await peer.head()).get("sec-websocket-protocol"), "b");
    socket
      .on("message", ({ data }) => {
        socket.send(data);
      })
      .on("close", ({ code, reason, wasClean }) => told.push(code, reason, wasClean));
    for (const payload of ["small", "x".repeat(200_000)]) {
      peer.send({ opcode: TEXT, payload });
      assert.equal(new TextDecoder().decode((await peer.frame()).payload), payload);
    }
    peer.send({ opcode: CLOSE, payload: closePayload(4000, "done") });
    assert.equal((await peer.frame()).opcode, CLOSE);
    peer.end();
    await peer.whenEnded();
    await eventually(() => told.length > 0, "close");
    assert.deepEqual(told, [4000, "done", true]);
  });

  scene(
    "holds what came with the request until its listeners are there",
    async ({ peer, ...at }) => {
      peer.write(requestHead());
      peer.send({ opcode: TEXT, payload: "early" });
      const socket = await at.accept();
      const message = new Promise((resolve) => {
        socket.on("message", ({ data }) => {
          resolve(data);
        });
      });
      assert.equal(await message, "early");
    },
  );

  scene("refuses in HTTP what is no opening, and rejects", async ({ peer, ...at }) => {
    const accepting = assert.rejects(at.accept(), /ended before a WebSocket was opened/);
    peer.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.equal((await peer.head()).startLine, "HTTP/1.1 400 Bad Request");
    await peer.whenEnded();
    peer.end();
    await accepting;
  });

  scene("rejects when the peer goes before it has asked", async ({ peer, ...at }) => {
    const accepting = assert.rejects(at.accept(), /ended before a WebSocket was opened/);
    peer.write("GET / HT");
    peer.end();
    await accepting;
  });

  scene("rejects for a peer that never asks, after handshakeTimeout", async ({ peer, ...at }) => {
    await assert.rejects(
      at.accept({ handshakeTimeout: 50 }),
      /ended before a WebSocket was opened/,
    );
    await peer.whenEnded();
  });

  scene(
    "a connection that is lost is told by close 1006, and not as clean",
    async ({ ends, peer, ...at }) => {
      const accepting = at.accept();
      const told: unknown[] = [];
      peer.write(requestHead());
      const socket = await accepting;
      socket.on("close", ({ code, wasClean }) => told.push(code, wasClean));
      ends.conn.close();
      await eventually(() => told.length > 0, "close");
      assert.deepEqual(told, [1006, false]);
    },
  );
}

test("an option that is not known rejects, and the connection stays the caller's", async () => {
  const { conn, peer } = await kinds[0]!.make();
  await assert.rejects(accept(conn, { maxMesageSize: 1 } as AcceptOptions), {
    name: "UsageError",
    message: "Unrecognized option: maxMesageSize; is maxMessageSize meant?",
  });
  peer.write("x");
  assert.equal(await conn.read(new Uint8Array(10)), 1);
  conn.close();
  peer.destroy();
});

test("a connection that is closed already rejects, and says why", async () => {
  const { conn, peer } = await kinds[0]!.make();
  conn.close();
  await assert.rejects(
    accept(conn),
    ({ cause }: Error) => cause instanceof Deno.errors.BadResource,
  );
  peer.destroy();
});

test("a server of one's own in a few lines: every connection of Deno.listen is accepted", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    for await (const conn of listener) {
      void accept(conn).then(
        (socket) => {
          socket.on("message", ({ data }) => {
            socket.send(data);
          });
        },
        () => {},
      );
    }
  })();
  const sockets = await Promise.all(
    [1, 2, 3].map(() => connect(`ws://127.0.0.1:${listener.addr.port}/`)),
  );
  const stray = net.connect(listener.addr.port, "127.0.0.1");
  stray.end("hello\r\n\r\n");
  await once(stray.resume(), "close");
  for (const [index, socket] of sockets.entries()) {
    const answer = new Promise((resolve) => {
      socket.on("message", ({ data }) => {
        resolve(data);
      });
    });
    socket.send(`message ${index}`);
    assert.equal(await answer, `message ${index}`);
    socket.close();
  }
  listener.close();
  await serving;
});
