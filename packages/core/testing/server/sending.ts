/** The outcome of sent messages, and values that cannot be sent. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import type { NotSentError, WebSocket } from "../../src/shell/index.ts";
import { eventually, pass } from "../../src/testing/assertion.ts";
import { doors, everywhere } from "../harness/ends.ts";
import type { Case } from "../harness/harnesses.ts";
import { listenRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "./sockets.ts";

type Sending = Case<SocketsAdapter>;

/** More than kernels and windows take of a peer that does not read. */
const LARGE = new Uint8Array(15 * 1024 * 1024);

/** The arguments of callbacks, by the name of each. */
interface Told {
  readonly all: string[];
  callback(name: string): (error?: NotSentError) => void;
}

function listening(): Told {
  const all: string[] = [];
  return {
    all,
    callback: (name) => (error) => {
      all.push(error === undefined ? name : `${name} ${error.code}`);
    },
  };
}

/** Reads all that comes, and forgets it. */
const takeAll = (socket: WebSocket): void => {
  socket.on("message", () => {});
};

const callbacks: readonly Sending[] = [
  ...everywhere(
    "send(data, callback) calls back once, when the message has left",
    async (here, there) => {
      const { all, callback } = listening();
      const messages: string[] = [];
      there.on("message", (event) => {
        messages.push(String(event));
      });
      assert.equal(here.send("a", callback("a")), true);
      here.send("b", { compress: false }, callback("b"));
      here.sendJSON(["c"], null, callback("c"));
      assert.deepEqual(all, []);
      await eventually(() => all.length === 3 && messages.length === 3, "all of them");
      assert.deepEqual(all, ["a", "b", "c"]);
      assert.equal(here.dropped, 0);
    },
  ),
  ...everywhere(
    "a message that waits for the peer is not called sent before it has left",
    async (here, there) => {
      const { all, callback } = listening();
      there.pause();
      assert.equal(here.send(LARGE, callback("large")), false);
      here.send("small", callback("small"));
      await pass(60);
      assert.deepEqual(all, []);
      assert.equal(here.dropped, 0); // it was false since it is better to wait
      takeAll(there);
      there.resume();
      await eventually(() => all.length === 2, "both");
      assert.deepEqual(all, ["large", "small"]);
    },
  ),
  ...everywhere(
    "a message whose connection ends first is lost, and its callback says so",
    async (here, there) => {
      const { all, callback } = listening();
      there.pause();
      here.send(LARGE, callback("large"));
      here.send("small", callback("small"));
      await pass(20);
      here.terminate();
      await eventually(() => all.length === 2, "both");
      assert.deepEqual(all, ["large lost", "small lost"]);
    },
  ),
  ...everywhere(
    "a message that comes after close() is dropped: counted, and called so",
    async (here, there) => {
      const { all, callback } = listening();
      takeAll(there);
      here.close();
      assert.equal(here.send("late", callback("late")), false);
      assert.equal(here.send("late"), false);
      assert.equal(here.dropped, 2);
      assert.deepEqual(all, []);
      await eventually(() => all.length === 1, "the callback");
      await here.closed;
      here.send("later", callback("later"));
      await eventually(() => all.length === 2, "the callback");
      assert.deepEqual(all, ["late closed", "later closed"]);
    },
  ),
];

const waiting: readonly Sending[] = [
  ...(["serve", "listen"] as const).map((by): Sending => ({
    name: `${by}: overflow: "drop" tells a message that was dropped from one that waits`,
    run: async (adapter) => {
      const { all, callback } = listening();
      let socket!: WebSocket;
      const server = adapter[by]({
        hostname: "127.0.0.1",
        overflow: "drop",
        maxBufferedBytes: LARGE.length + 1000,
        websocket: {
          open: (opened) => {
            socket = opened;
          },
        },
      });
      await server.ready;
      try {
        const client = await adapter.connect(server.url);
        client.pause();
        await eventually(() => socket !== undefined, "the server's socket");
        assert.equal(socket.send(LARGE, callback("waits")), false);
        assert.equal(socket.dropped, 0);
        assert.equal(socket.send(LARGE, callback("dropped")), false);
        assert.equal(socket.dropped, 1);
        assert.equal(adapter.broadcast([socket], LARGE), 0);
        assert.equal(socket.dropped, 2);
        await eventually(() => all.length === 1, "the one that was dropped");
        takeAll(client);
        client.resume();
        await eventually(() => all.length === 2, "the one that waited");
        assert.deepEqual(all, ["dropped dropped", "waits"]);
      } finally {
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "messages that wait for the opening, or behind a Blob or a stream, call back in their order",
    run: (adapter) =>
      doors.listen(adapter, async ({ server }) => {
        const { all, callback } = listening();
        const client = new adapter.Client(`ws://127.0.0.1:${new URL(server.url).port}/`);
        client.send("early", callback("early"));
        client.send(new Blob(["blob"]), callback("blob"));
        client.send("behind", callback("behind"));
        await eventually(() => all.length === 3, "all three");
        const streamed = client.sendStream(["a", "b"]);
        client.send("behind a stream", callback("last"));
        await streamed;
        await eventually(() => all.length === 4, "the last");
        assert.deepEqual(all, ["early", "blob", "behind", "last"]);
        client.terminate();
      }),
  },
  {
    name: "a message that waits for an opening that never comes is lost",
    run: async (adapter) => {
      const served = await listenRaw((peer) => {
        peer.destroy();
      }, false);
      const { all, callback } = listening();
      const client = new adapter.Client(served.url);
      client.send("early", callback("early"));
      await client.closed;
      await eventually(() => all.length === 1, "the callback");
      assert.deepEqual([all, client.dropped], [["early lost"], 1]);
      await served.stop();
    },
  },
];

const unsendable: readonly (readonly [what: string, make: () => unknown, says: RegExp])[] = [
  [
    "an object",
    () => ({ a: 1 }),
    /^send: an object cannot be sent as it is; use sendJSON\(\), or JSON\.stringify$/,
  ],
  ["an array", () => [1], /an Array .*JSON\.stringify/],
  ["an instance", () => new (class Move {})(), /a Move .*JSON\.stringify/],
  ["a Promise", () => Promise.resolve(1), /a Promise .*await it/],
  ["a Map", () => new Map(), /a Map .*Object\.fromEntries/],
  ["a Set", () => new Set(), /a Set .*\[\.\.\.set\]/],
  ["FormData", () => new FormData(), /a FormData .*Object\.fromEntries/],
  ["a ReadableStream", () => new Blob(["x"]).stream(), /a ReadableStream .*sendStream\(\)/],
  ["a stream of Node's", () => Readable.from(["x"]), /a Readable .*sendStream\(\)/],
  [
    "an async generator",
    async function* () {
      yield await Promise.resolve("x");
    },
    /a function cannot be sent; call it/,
  ],
  [
    "what that gives",
    () =>
      (async function* () {
        yield await Promise.resolve("x");
      })(),
    /an AsyncGenerator .*sendStream\(\)/,
  ],
  ["a Response", () => new Response("x"), /a Response .*its body/],
  ["a DOM event", () => new Event("x"), /an Event .*/],
  ["a symbol", () => Symbol("x"), /a symbol cannot be sent/],
];

const mistakes: readonly Sending[] = [
  ...unsendable.map(([what, make, says]): Sending => ({
    name: `send, at a modern door, refuses ${what}, and says what to do`,
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        for (const socket of [client, server]) {
          const value = what === "an async generator" ? make : make();
          const error = { name: "UsageError", message: says };
          assert.throws(() => socket.send(value), error);
          assert.throws(() => socket.write(value), error);
          assert.throws(() => adapter.broadcast([socket], value), error);
        }
      }),
  })),
  {
    name: "send, at a modern door, takes what has a text of its own",
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        const got: string[] = [];
        server.on("message", (event) => {
          got.push(String(event));
        });
        client.send(5);
        client.send(true);
        client.send(12n);
        client.send(null);
        client.send(new URL("http://a/b"));
        client.send(new Date(0));
        await eventually(() => got.length === 6, "all");
        assert.deepEqual(got, ["5", "true", "12", "null", "http://a/b", String(new Date(0))]);
      }),
  },
  {
    name: "the compatible constructors send an object's text, as faye-websocket does",
    run: (adapter) =>
      doors.serve(adapter, async ({ server }) => {
        const got: string[] = [];
        takeAll(server);
        const client = new adapter.Client(`ws://127.0.0.1:${new URL(server.url).port}/`);
        await once(client, "open");
        assert.equal(client.send({ a: 1 }), true);
        client.close();
        await client.closed;
        assert.deepEqual(got, []);
      }),
  },
];

/** All of it. */
export const sendingCases: readonly Sending[] = [...callbacks, ...waiting, ...mistakes];
