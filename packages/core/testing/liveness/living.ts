/** How a connection shows that it lives, and what its messages are shown as. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import http2 from "node:http2";
import type { ChunkSource, CloseEvent, MessageEvent, WebSocket } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import type { RawPeer } from "../../src/testing/wire/raw-peer.ts";
import { requestHead, responseHead } from "../../src/testing/wire/line.ts";
import { BINARY, CLOSE, closePayload, encodeFrame } from "../../src/testing/wire/frames.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw, listenRaw } from "../harness/raw-streams.ts";
import { leavingCases } from "./leaving.ts";
import { budgetCases } from "./budgets.ts";
import { memoryCases } from "./memory.ts";
import { slowReaders } from "./slow-readers.ts";
import { promiseCases } from "../server/promises.ts";
import type { SocketsAdapter } from "../server/sockets.ts";
import { unendedCases } from "./unended.ts";

type Living = Case<SocketsAdapter>;

/** Pings soon, and waits for a pong for less time than the message takes, but longer than a busy machine may stand still. */
const WATCHED = { pingInterval: 50, pongTimeout: 500 } as const;

const SIZE = 20_000;
const PIECES = 20;

/** Writes a message of one frame over a second. Nobody can answer a ping meanwhile. */
async function trickle(write: (bytes: Uint8Array) => void, masks: boolean): Promise<void> {
  const frame = encodeFrame({ opcode: BINARY, payload: new Uint8Array(SIZE) }, masks);
  const step = Math.ceil(frame.length / PIECES);
  for (let at = 0; at < frame.length; at += step) {
    write(frame.subarray(at, at + step));
    await pass(50);
  }
}

const liveness: readonly Living[] = [
  ...(["serve", "listen"] as const).map((by): Living => ({
    name: `${by}: a peer in the middle of a long message cannot answer a ping, and lives`,
    run: async (adapter) => {
      const told: (string | number)[] = [];
      const server = adapter[by]({
        hostname: "127.0.0.1",
        ...WATCHED,
        websocket: {
          message: (_, data) => void told.push((data as Uint8Array).length),
          close: (_, code) => void told.push(code),
        },
      });
      await server.ready;
      const peer = await dialRaw(server.port, false);
      try {
        peer.write(requestHead());
        await peer.head();
        await trickle((bytes) => {
          peer.write(bytes);
        }, true);
        await eventually(() => told.length > 0, "the message");
        assert.deepEqual(told, [SIZE]);
        await eventually(() => told.length > 1, "the end of a peer that is silent now");
        assert.deepEqual(told, [SIZE, 1006]);
      } finally {
        peer.destroy();
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "connect: a server in the middle of a long message cannot answer a ping, and lives",
    run: async (adapter) => {
      const served = await listenRaw((peer) => {
        void (async () => {
          peer.write(await responseHead(await peer.head()));
          await pass(20);
          await trickle((bytes) => {
            peer.write(bytes);
          }, false);
        })();
      }, false);
      try {
        const socket = await adapter.connect(served.url, WATCHED);
        const first = await Promise.race([once(socket, "message"), once(socket, "close")]);
        assert.equal((first[0] as { data?: Uint8Array }).data?.length, SIZE);
        assert.equal((await socket.closed).code, 1006);
      } finally {
        await served.stop();
      }
    },
  },
  {
    name: "HTTP/2: a peer in the middle of a long message cannot answer a ping, and lives",
    run: async (adapter) => {
      const told: (string | number)[] = [];
      const server = adapter.serve({
        hostname: "127.0.0.1",
        http2: true,
        ...WATCHED,
        websocket: {
          message: (_, data) => void told.push((data as Uint8Array).length),
          close: (_, code) => void told.push(code),
        },
      });
      await server.ready;
      const session = http2.connect(`http://127.0.0.1:${server.port}`);
      session.on("error", () => {});
      try {
        await once(session, "remoteSettings");
        const stream = session.request({
          ":method": "CONNECT",
          ":protocol": "websocket",
          ":path": "/",
          "sec-websocket-version": "13",
        });
        stream.on("error", () => {});
        await once(stream, "response");
        await trickle((bytes) => void stream.write(bytes), true);
        await eventually(() => told.length > 0, "the message");
        assert.deepEqual(told, [SIZE]);
      } finally {
        session.destroy();
        await server.stop({ force: true });
      }
    },
  },
];

/** The first message that `send` makes arrive at a client. */
async function messageOf(
  adapter: SocketsAdapter,
  send: (socket: { send(data: unknown): unknown; sendJSON(value: unknown): unknown }) => void,
): Promise<MessageEvent> {
  const server = adapter.serve({ hostname: "127.0.0.1", websocket: { open: send } });
  await server.ready;
  try {
    const socket = await adapter.connect(server.url);
    const [event] = (await once(socket, "message")) as [MessageEvent];
    return event;
  } finally {
    await server.stop({ force: true });
  }
}

/** The frames of a message that a server sends from a source. */
async function framesOf(adapter: SocketsAdapter, source: () => ChunkSource): Promise<unknown[]> {
  const server = adapter.listen({
    hostname: "127.0.0.1",
    websocket: { open: (socket) => void socket.sendStream(source()) },
  });
  await server.ready;
  const peer = await dialRaw(server.port, false);
  try {
    peer.write(requestHead());
    await peer.head();
    const frames: unknown[] = [];
    for (let fin = false; !fin;) {
      const frame = await peer.frame();
      ({ fin } = frame);
      frames.push(new TextDecoder().decode(frame.payload));
    }
    return frames;
  } finally {
    peer.destroy();
    await server.stop({ force: true });
  }
}

const messages: readonly Living[] = [
  {
    name: "sendStream() ends by the frame of the last chunk",
    run: async (adapter) => {
      const sources: (() => ChunkSource)[] = [
        () => ["a", "b"],
        async function* () {
          await pass(1);
          yield "a";
          await pass(1);
          yield "b";
        },
        () =>
          new ReadableStream({
            start: (controller) => {
              for (const chunk of ["a", "b"]) controller.enqueue(chunk);
              controller.close();
            },
          }),
      ];
      for (const source of sources) assert.deepEqual(await framesOf(adapter, source), ["a", "b"]);
    },
  },
  {
    name: "a message event shown as JSON has its data, and nothing of its insides",
    run: async (adapter) => {
      const event = await messageOf(adapter, (socket) => socket.send("hello"));
      assert.equal(JSON.stringify(event), '{"type":"message","data":"hello"}');
    },
  },
  {
    name: "a copy of a message event has its data, and nothing of its insides, whatever its size and kind",
    run: async (adapter) => {
      const server = adapter.serve({
        hostname: "127.0.0.1",
        websocket: { open: (socket) => void socket.on("message", (event) => socket.send(event)) },
      });
      await server.ready;
      try {
        const socket = await adapter.connect(server.url);
        const copies: MessageEvent[] = [];
        const all = new Promise<void>((resolve) => {
          socket.on("message", (event) => {
            if (copies.push({ ...event } as MessageEvent) === 6) resolve();
          });
        });
        const texts = [5, 20_000, 200_000].map((size) => "x".repeat(size));
        for (const text of texts) {
          socket.send(text);
          socket.send(Buffer.from(text));
        }
        await within(all, "the echoes");
        assert.deepEqual(
          copies.map(({ data }) => String(data)),
          texts.flatMap((text) => [text, text]),
        );
        for (const copy of copies)
          assert.deepEqual(Object.keys(copy), [
            "type",
            "target",
            "currentTarget",
            "eventPhase",
            "data",
          ]);
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "a close event and an error event shown as JSON say what happened, and the counters of a budget are all that it shows",
    run: async (adapter) => {
      const server = adapter.serve({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      const counters = { connections: 0, bufferedBytes: 0, refused: 0, dropped: 0, delayed: 0 };
      assert.deepEqual(JSON.parse(JSON.stringify(server.budget)), counters);
      assert.deepEqual({ ...server.budget }, counters);
      await server.stop();
      const socket = new adapter.Client(server.url);
      const shown: Record<string, unknown>[] = [];
      const ended = new Promise<void>((resolve) => {
        socket.on("error", (event) => void shown.push(JSON.parse(JSON.stringify(event))));
        socket.on("close", (event) => {
          shown.push(JSON.parse(JSON.stringify(event)));
          resolve();
        });
      });
      await within(ended, "the close");
      const [error, close] = shown;
      assert.deepEqual(Object.keys(error!), ["type", "message", "code"]);
      assert.deepEqual([error!["type"], error!["code"]], ["error", "ECONNREFUSED"]);
      assert.deepEqual(
        { ...close, cause: Object.keys(close!["cause"] as object) },
        {
          type: "close",
          code: 1006,
          reason: "",
          wasClean: false,
          initiator: "peer",
          cause: ["code", "message"],
        },
      );
    },
  },
  {
    name: "String() of a message event is its text, of binary too",
    run: async (adapter) => {
      assert.equal(String(await messageOf(adapter, (socket) => socket.send("héllo"))), "héllo");
      const binary = await messageOf(adapter, (socket) =>
        socket.send(new TextEncoder().encode("bytes")),
      );
      assert.equal(String(binary), "bytes");
    },
  },
  {
    name: "sendJSON() sends JSON, and refuses what has none",
    run: async (adapter) => {
      const event = await messageOf(adapter, (socket) => {
        assert.throws(() => socket.sendJSON(undefined), {
          name: "UsageError",
          message: "sendJSON: undefined has no JSON",
        });
        socket.sendJSON({ n: 1, list: ["ü"] });
      });
      assert.equal(event.data, '{"n":1,"list":["ü"]}');
    },
  },
];

/** Returns the end that a server's socket reports, after `act` at a peer by hand. */
async function endOf(
  adapter: SocketsAdapter,
  by: "serve" | "listen",
  open: (socket: WebSocket) => void,
  act: (peer: RawPeer) => void,
): Promise<CloseEvent> {
  let resolve!: (event: CloseEvent) => void;
  const promise = new Promise<CloseEvent>((done) => {
    resolve = done;
  });
  const server = adapter[by]({
    hostname: "127.0.0.1",
    closeTimeout: 100,
    ...WATCHED,
    websocket: {
      open: (socket) => {
        socket.on("close", resolve);
        open(socket);
      },
    },
  });
  await server.ready;
  const peer = await dialRaw(server.port, false);
  try {
    peer.write(requestHead());
    await peer.head();
    await pass(20);
    act(peer);
    return await promise;
  } finally {
    peer.destroy();
    await server.stop({ force: true });
  }
}

const nothing = (): void => {};

type End = readonly [
  what: string,
  initiator: "local" | "peer",
  cause: string | undefined,
  open: (socket: WebSocket) => void,
  act: (peer: RawPeer) => void,
];

const ends: readonly End[] = [
  ["its end without a close frame", "peer", "peer-ended", nothing, (peer) => void peer.end()],
  ["its silence", "local", "pong-timeout", nothing, nothing],
  ["no answer to our close frame", "local", "close-timeout", (socket) => socket.close(), nothing],
  [
    "our terminate()",
    "local",
    "terminated",
    (socket) => void setTimeout(() => socket.terminate(), 50),
    nothing,
  ],
  [
    "its close frame",
    "peer",
    undefined,
    nothing,
    (peer) => void peer.write(encodeFrame({ opcode: CLOSE, payload: closePayload(4000) }, true)),
  ],
];

const closing: readonly Living[] = [
  ...(["serve", "listen"] as const).flatMap((by) =>
    ends.map(([what, initiator, cause, open, act]): Living => ({
      name: `${by}: the close event tells ${what}: ${initiator}, ${cause ?? "no cause"}`,
      run: async (adapter) => {
        const event = await endOf(adapter, by, open, act);
        assert.deepEqual([event.initiator, event.cause?.code], [initiator, cause]);
        assert.equal(event.wasClean, cause === undefined);
        const info = await (event.target as WebSocket).closed;
        assert.deepEqual([info.initiator, info.cause?.code], [initiator, cause]);
      },
    })),
  ),
  {
    name: "connect: closed tells a server's end without a close frame, in words",
    run: async (adapter) => {
      const served = await listenRaw((peer) => {
        void (async () => {
          peer.write(await responseHead(await peer.head()));
          await pass(20);
          peer.end();
        })();
      }, false);
      try {
        const { initiator, cause } = await (await adapter.connect(served.url)).closed;
        assert.equal(initiator, "peer");
        assert.equal(cause?.message, "The peer ended the connection without a close frame");
      } finally {
        await served.stop();
      }
    },
  },
];

export const livingCases: readonly Living[] = [
  ...liveness,
  ...slowReaders,
  ...budgetCases,
  ...messages,
  ...closing,
  ...leavingCases,
  ...memoryCases,
  ...unendedCases,
  ...promiseCases,
];
