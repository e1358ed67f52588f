/** Values that are none of those that an option or argument takes: every door says what it takes. A suite that every adapter runs. */
import assert from "node:assert/strict";
import type { WebSocket } from "../../src/shell/index.ts";
import type { Case } from "../harness/harnesses.ts";
import type { NamesAdapter } from "./names.ts";

type Value = readonly [what: string, use: (adapter: NamesAdapter) => unknown, says: RegExp];

const websocket = {};
const wrong = <T>(value: unknown): T => value as T;

const doors = (["serve", "listen"] as const).flatMap((by): Value[] => [
  [
    `${by} with a path without its slash`,
    (to) => to[by]({ websocket, path: "chat" }),
    /path: .* begins with "\/".* got "chat"/,
  ],
  [
    `${by} with a path that has a query`,
    (to) => to[by]({ websocket, path: "/chat?x=1" }),
    /path: .* without a query/,
  ],
  [
    `${by} with a number for protocols`,
    (to) => to[by]({ websocket, protocols: wrong(5) }),
    /protocols: expected a string or a list of them, got number/,
  ],
  [
    `${by} with a text for backlog`,
    (to) => to[by]({ websocket, backlog: wrong("many") }),
    /backlog: expected a number, got string/,
  ],
  [
    `${by} with a number for unix`,
    (to) => to[by]({ websocket, unix: wrong(5) }),
    /unix: expected a string, got number/,
  ],
  [
    `stop of ${by} with a number for the reason`,
    (to) => to[by]({ hostname: "127.0.0.1", websocket }).stop(wrong({ reason: 5, force: true })),
    /reason must be a text, got 5/,
  ],
]);

const AT = "ws://127.0.0.1:9/";
const KEY = { headers: { "Sec-WebSocket-Key": "x" } };

/** Options of clients and of event streams. */
const clients: readonly Value[] = [
  ...["signal", "headers", "tls", "net"].map((name): Value => [
    `connect with a number for ${name}`,
    (to) => to.connect(AT, { [name]: 5 }),
    new RegExp(`^${name}: expected an? .*got number`),
  ]),
  [
    "a reconnecting client with a header of the handshake's",
    (to) => new to.ReconnectingClient(AT, KEY),
    /header Sec-WebSocket-Key: is the handshake's own/,
  ],
  [
    "new WebSocket(url, options) with a header of the handshake's",
    (to) => new to.WebSocket(AT, KEY),
    /header Sec-WebSocket-Key: is the handshake's own/,
  ],
  ...["signal", "headers"].map((name): Value => [
    `eventSource with a number for ${name}`,
    (to) => to.eventSource({ url: "http://a/", headers: new Headers() }, { [name]: 5 }),
    new RegExp(`^${name}: expected an? .*got number`),
  ]),
  ...["signal", "fetch"].map((name): Value => [
    `an event source's client with a number for ${name}`,
    (to) => new to.EventSourceClient("http://127.0.0.1:9/", { [name]: 5 }),
    new RegExp(`^${name}: expected an? .*got number`),
  ]),
];

const others: readonly Value[] = [
  [
    "serve with a text for http2",
    (to) => to.serve({ websocket, http2: wrong("yes") }),
    /http2: expected a boolean, or options of http2.createServer, got string/,
  ],
  [
    "serve with a page for fetch",
    (to) => to.serve({ websocket, fetch: wrong("page") }),
    /fetch: expected a function, got string/,
  ],
  [
    "serve with a page for error",
    (to) => to.serve({ websocket, error: wrong("page") }),
    /error: expected a function, got string/,
  ],
  ...["fetch", "error", "http2"].map((name): Value => [
    `listen with ${name}`,
    (to) => to.listen({ websocket, [name]: () => {} } as never),
    new RegExp(`Unrecognized option: ${name}; .*use serve`),
  ]),
  [
    "broadcast to a list of what is no socket",
    (to) => to.broadcast([wrong<WebSocket>(1)], "x"),
    /broadcast: expected an iterable of sockets, .* \[object Number\]/,
  ],
  ["prepare of an object", (to) => to.prepare(wrong({})), /prepare: .* got \[object Object\]/],
  [
    "prepare of nothing",
    (to) => to.prepare(wrong(undefined)),
    /prepare: .* got \[object Undefined\]/,
  ],
  [
    "channel.add of an object",
    (to) => to.channel().add(wrong({})),
    /channel.add: expected a server's EventSource.* got \[object Object\]/,
  ],
  ["channel.add of nothing", (to) => to.channel().add(wrong(undefined)), /\[object Undefined\]/],
  [
    "channel.add of the pair that eventSource() gives",
    (to) => to.channel().add(wrong(to.eventSource({ url: "http://a/", headers: new Headers() }))),
    /has a source: give that/,
  ],
];

/** Chunks that sendStream() may not send as text. */
const chunks: readonly (readonly [what: string, source: Iterable<unknown>])[] = [
  ["an object", [{}]],
  ["entries of a map", new Map([["a", "b"]])],
  ["a promise", [Promise.resolve("x")]],
];

export const valueCases: readonly Case<NamesAdapter>[] = [
  ...[...doors, ...clients, ...others].map(([what, use, says]): Case<NamesAdapter> => ({
    name: `${what} is refused, and the error says what is taken`,
    run: (adapter) =>
      assert.rejects(
        async () => {
          await use(adapter);
        },
        { name: "UsageError", message: says },
      ),
  })),
  ...chunks.map(([what, source]): Case<NamesAdapter> => ({
    name: `sendStream() refuses ${what}, and the socket lives`,
    run: async (adapter) => {
      const server = adapter.listen({ hostname: "127.0.0.1", websocket });
      await server.ready;
      try {
        const client = await adapter.connect(server.url);
        for (const socket of [client, ...server.clients]) {
          await assert.rejects(socket.sendStream(source as Iterable<string>), {
            name: "UsageError",
            message: /cannot be sent as it is/,
          });
          assert.equal(socket.readyState, socket.OPEN);
        }
      } finally {
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "send() refuses a callback that is no function, and sends nothing",
    run: async (adapter) => {
      const server = adapter.listen({ hostname: "127.0.0.1", websocket });
      await server.ready;
      try {
        const client = await adapter.connect(server.url);
        assert.throws(() => client.send("x", {}, wrong(5)), {
          name: "UsageError",
          message: /the callback is a function, got number/,
        });
        assert.equal(client.send("y", {}, wrong(null)), true);
        for (const socket of server.clients)
          for await (const message of socket) {
            assert.equal(message, "y");
            break;
          }
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "serve takes one name for protocols, and a part of it is none",
    run: async (adapter) => {
      const server = adapter.serve({
        hostname: "127.0.0.1",
        websocket,
        protocols: wrong("chat"),
      });
      await server.ready;
      try {
        for (const [offered, chosen] of [
          ["chat", "chat"],
          ["cha", ""],
        ])
          assert.equal(
            (await adapter.connect(server.url, { protocols: offered })).protocol,
            chosen,
          );
      } finally {
        await server.stop({ force: true });
      }
    },
  },
];
