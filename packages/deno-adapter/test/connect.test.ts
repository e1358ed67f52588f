import assert from "node:assert/strict";
import { test } from "node:test";
import { RawPeer } from "@sansocket/core/testing";
import { eventually, within } from "../../core/src/testing/assertion.ts";
import { responseHead } from "../../core/src/testing/wire/line.ts";
import { closePayload, CLOSE, TEXT } from "../../core/src/testing/wire/frames.ts";
import { Client, connect, type ConnectOptions, serve, WebSocket } from "../src/index.ts";
import { type Ends, kinds } from "./conns.ts";
import { FakeConn } from "./fake-conn.ts";

interface Scene {
  readonly ends: Ends;
  readonly peer: RawPeer;
  readonly url: string;
}

for (const { name, over, make } of kinds.filter((kind) => !kind.name.endsWith("accepted"))) {
  const scene = (what: string, run: (scene: Scene) => Promise<void>): void =>
    void test(`${name}: ${what}`, { timeout: 30_000 }, async () => {
      const ends = await within(make(), "a connection");
      const peer = new RawPeer(ends.peer, false);
      try {
        await run({ ends, peer, url: `${over === "TLS" ? "wss" : "ws"}://example.com/chat?x=1` });
      } finally {
        peer.destroy();
      }
    });

  scene("opens, converses and closes", async ({ ends: { conn }, peer, url }) => {
    const connecting = connect(url, { conn, protocols: ["a", "b"], headers: { "X-Mine": "yes" } });
    const head = await peer.head();
    assert.deepEqual(
      [head.startLine, head.get("host"), head.get("x-mine")],
      ["GET /chat?x=1 HTTP/1.1", "example.com", "yes"],
    );
    peer.write(await responseHead(head, { "Sec-WebSocket-Protocol": "b" }));
    const socket = await connecting;
    assert.ok(socket instanceof Client && socket instanceof WebSocket);
    assert.deepEqual([socket.readyState, socket.protocol, socket.url], [1, "b", url]);
    const told: unknown[] = [];
    socket
      .on("message", ({ data }) => {
        told.push(data);
      })
      .on("close", ({ code, wasClean }) => {
        told.push(code, wasClean);
      });
    socket.send("x".repeat(200_000));
    assert.equal((await peer.frame()).payload.length, 200_000);
    peer.send({ opcode: TEXT, payload: "hello" });
    await eventually(() => told.length === 1, "hello");
    socket.close(4001, "enough");
    assert.deepEqual([...(await peer.frame()).payload], [...closePayload(4001, "enough")]);
    peer.send({ opcode: CLOSE, payload: closePayload(4001) });
    peer.end();
    await eventually(() => told.length === 3, "close");
    assert.deepEqual(told, ["hello", 4001, true]);
  });

  scene(
    "holds what came with the answer until its listeners are there",
    async ({ ends: { conn }, peer, url }) => {
      const connecting = connect(url, { conn });
      const answer = await responseHead(await peer.head());
      peer.write(answer);
      peer.send({ opcode: TEXT, payload: "welcome" });
      const socket = await connecting;
      assert.equal(
        await new Promise((resolve) => {
          socket.on("message", ({ data }) => {
            resolve(data);
          });
        }),
        "welcome",
      );
    },
  );

  scene(
    "a refusal rejects with its status, and closes the connection",
    async ({ ends: { conn }, peer, url }) => {
      const failing = assert.rejects(connect(url, { conn }), {
        name: "ConnectError",
        code: "opening-refused",
        status: 401,
      });
      await peer.head();
      peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      await failing;
      await peer.whenEnded();
    },
  );

  scene("a signal gives up, and closes the connection", async ({ ends: { conn }, peer, url }) => {
    const controller = new AbortController();
    const failing = assert.rejects(connect(url, { conn, signal: controller.signal }), /not today/);
    await peer.head();
    controller.abort(new Error("not today"));
    await failing;
    await peer.whenEnded();
  });
}

test("a connection that was lost rejects, with Deno's error as the cause", async () => {
  const { conn, peer } = await kinds.find(({ name }) => name === "TcpConn, connected")!.make();
  const failing = assert.rejects(
    connect("ws://example.com/", { conn }),
    ({ message, cause }: Error) =>
      /^Network error: ws:\/\/example\.com\//.test(message) &&
      cause instanceof Deno.errors.ConnectionReset,
  );
  await eventually(() => peer.bytesRead > 0, "the request");
  peer.resetAndDestroy();
  await failing;
});

const refused: [name: string, url: string, options: ConnectOptions, message: RegExp][] = [
  [
    "a proxy",
    "ws://example.com/",
    { proxy: { origin: "http://127.0.0.1:1" } },
    /^conn and proxy: only one of them can make the connection$/,
  ],
  ["a path", "ws://example.com/", { socketPath: "/run/x" }, /^conn and socketPath: /],
  ["HTTP/2", "ws://example.com/", { http2: true }, /^conn and http2: /],
  [
    "redirects, which want other connections",
    "ws://example.com/",
    { followRedirects: true },
    /^conn and followRedirects: /,
  ],
  [
    "wss: and no TLS",
    "wss://example.com/",
    {},
    /^conn: wss: needs a connection through TLS; make one of this by Deno\.startTls\(\), or say ws:$/,
  ],
  [
    "wss: written in capitals, and no TLS",
    "WSS://example.com/",
    {},
    /^conn: wss: needs a connection through TLS/,
  ],
  ["a URL that is none", "example.com", {}, /^example\.com is not a valid WebSocket URL$/],
  [
    "an option that is not known",
    "ws://example.com/",
    { maxMesageSize: 1 } as ConnectOptions,
    /^Unrecognized option: maxMesageSize; is maxMessageSize meant\?$/,
  ],
  [
    "a signal that has aborted",
    "ws://example.com/",
    { signal: AbortSignal.abort(new Error("too late")) },
    /^too late$/,
  ],
];
for (const [name, url, options, message] of refused) {
  test(`conn and ${name}: rejects, and the connection stays the caller's`, async () => {
    const conn = new FakeConn();
    await assert.rejects(connect(url, { ...options, conn }), { message });
    assert.deepEqual([conn.isRead, conn.calls, conn.written], [false, [], []]);
  });
}

test("what is no connection is refused", async () => {
  await assert.rejects(connect("ws://example.com/", { conn: {} as never }), {
    name: "UsageError",
    message: "conn: expected a Deno.Conn, got object",
  });
});

test("without conn, or with null, it connects by itself", async () => {
  const server = serve({
    hostname: "127.0.0.1",
    websocket: {
      open: (socket) => {
        socket.send("welcome");
      },
    },
  });
  await server.ready;
  for (const options of [undefined, {}, { conn: null }]) {
    const socket = await connect(server.url, options);
    assert.equal(
      await new Promise((resolve) => {
        socket.on("message", ({ data }) => {
          resolve(data);
        });
      }),
      "welcome",
    );
  }
  await server.stop({ force: true });
});
