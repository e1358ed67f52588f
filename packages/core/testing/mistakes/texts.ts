/** The texts of errors: the reason, the side, the limit, and the remedy. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import zlib from "node:zlib";
import type { ErrorEvent, WebSocket } from "../../src/shell/index.ts";
import { requestHead, responseHead } from "../../src/testing/wire/line.ts";
import { BINARY, encodeFrame, TEXT } from "../../src/testing/wire/frames.ts";
import type { RawPeer } from "../../src/testing/wire/raw-peer.ts";
import { withAnswers, withProxy } from "../client/way.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw, listenRaw } from "../harness/raw-streams.ts";
import type { NamesAdapter } from "./names.ts";

type Text = Case<NamesAdapter>;

const messageOf = (connecting: Promise<unknown>): Promise<string> =>
  connecting.then(
    () => {
      throw new Error("it opened");
    },
    (error: Error) => error.message,
  );

const REFUSED = "Error during WebSocket handshake: Unexpected response code: 403";
const SAID = `${REFUSED} (the server says: Only staff may come in here.)`;

const plain = (body: string | Buffer, fields = "Content-Type: text/plain\r\n"): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 403 Forbidden\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);

/** The kept part of a body, and bodies without one. */
const bodies: readonly (readonly [name: string, answer: Buffer, said: string])[] = [
  ["its first line", plain("\r\n  who are you?\r\nask at the desk"), "who are you?"],
  [
    "no control characters",
    plain("\u001b[31mred\u0007\u009b0m \u202eback\u2028x"),
    "[31mred 0m  back x",
  ],
  ["at most 200 characters", plain("x".repeat(70_000)), `${"x".repeat(200)}…`],
  ["what is UTF-8", plain("grüße\xff", 'Content-Type: Text/Plain ; charset="UTF-8"\r\n'), "grüßeÿ"],
  ["no page", plain("<p>no", "Content-Type: text/html\r\n"), ""],
  ["no bytes", plain("no", ""), ""],
  ["nothing in another encoding", plain("no", "Content-Type: text/plain; charset=utf-16\r\n"), ""],
  [
    "nothing compressed",
    plain(zlib.gzipSync("no"), "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n"),
    "",
  ],
  ["nothing where it repeats the status", plain("Forbidden\n"), ""],
];

const refusals: readonly Text[] = [
  {
    name: "a refused client's error carries the first line of what the server says: by ws:, HTTP/2, the constructor and the client that comes back",
    run: async (adapter) => {
      for (const http2 of [false, true]) {
        const server = adapter.serve({
          hostname: "127.0.0.1",
          http2,
          websocket: {
            upgrade: () => ({
              status: 403,
              body: "Only staff may come in here.\nAsk at the desk.",
            }),
          },
        });
        await server.ready;
        const { url } = server;
        try {
          assert.equal(await messageOf(adapter.connect(url, { http2 })), SAID);
          assert.equal(
            await messageOf(adapter.connect(url, { http2, reconnect: { attempts: 1 } })),
            SAID,
          );
          const client = new adapter.Client(url, null, { http2 });
          const [{ message }] = (await once(client, "error")) as [ErrorEvent];
          assert.equal(message, SAID);
        } finally {
          await server.stop({ force: true });
        }
      }
    },
  },
  {
    name: "an origin that is refused is told so",
    run: async (adapter) => {
      const server = adapter.listen({ hostname: "127.0.0.1", websocket: {}, origins: [] });
      await server.ready;
      const { emitWarning } = process;
      process.emitWarning = () => {};
      try {
        assert.match(
          await messageOf(adapter.connect(server.url, { origin: "https://a.example" })),
          /code: 403 \(the server says: .*https:\/\/a\.example/,
        );
      } finally {
        process.emitWarning = emitWarning;
        await server.stop({ force: true });
      }
    },
  },
  ...bodies.map(([name, answer, said]): Text => ({
    name: `of the body of an answer that refuses, the error has ${name}`,
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          socket.end(answer);
        },
        async (url) => {
          assert.equal(
            await messageOf(adapter.connect(url)),
            said === "" ? REFUSED : `${REFUSED} (the server says: ${said})`,
          );
        },
      ),
  })),
  {
    name: "what a proxy says is told as the proxy's",
    run: (adapter) =>
      withProxy(
        {
          refuse: () =>
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nnot for you.",
        },
        async ({ origin }) => {
          assert.match(
            await messageOf(adapter.connect("ws://example.invalid/", { proxy: { origin } })),
            /407.* \(the proxy says: not for you\.\)$/,
          );
        },
      ),
  },
  {
    name: "a time that is up: says where, what was waited for, and no password and no token",
    run: async (adapter) => {
      const server = await listenRaw(() => {}, false);
      try {
        const url = server.url.replace("ws://", "ws://user:secret@");
        assert.equal(
          await messageOf(adapter.connect(`${url}chat?token=secret`, { handshakeTimeout: 100 })),
          `${server.url}chat?…: The opening handshake took longer than 100 ms: the other side has not answered the opening request`,
        );
      } finally {
        await server.stop();
      }
    },
  },
];

/** The errors of a socket about its peer's bytes, in either role. */
async function errorOf(
  adapter: NamesAdapter,
  role: "server" | "client",
  options: object,
  bytes: (masks: boolean) => Uint8Array,
  begin: (socket: WebSocket) => void = () => {},
): Promise<string> {
  const heard = async (socket: WebSocket): Promise<string> => {
    const error = once(socket, "error");
    begin(socket);
    return ((await error) as [ErrorEvent])[0].message;
  };
  if (role === "server") {
    let told!: Promise<string>;
    const server = adapter.listen({
      hostname: "127.0.0.1",
      ...options,
      websocket: {
        open: (socket) => {
          told = heard(socket);
        },
      },
    });
    await server.ready;
    const peer = await dialRaw(server.port, false);
    try {
      peer.write(requestHead());
      await peer.head();
      peer.write(bytes(true));
      return await told;
    } finally {
      peer.destroy();
      await server.stop({ force: true });
    }
  }
  let arrived!: (peer: RawPeer) => void;
  const opened = new Promise<RawPeer>((resolve) => {
    arrived = resolve;
  });
  const server = await listenRaw((peer) => {
    void (async () => {
      peer.write(await responseHead(await peer.head()));
      arrived(peer);
    })();
  }, false);
  try {
    const told = heard(await adapter.connect(server.url, options));
    (await opened).write(bytes(false));
    return await told;
  } finally {
    await server.stop();
  }
}

const limits: readonly (readonly [
  name: string,
  options: object,
  bytes: (masks: boolean) => Uint8Array,
  says: string,
  begin?: (socket: WebSocket) => void,
])[] = [
  [
    "a compressed message where no compression was agreed on",
    {},
    (masks) => encodeFrame({ opcode: TEXT, rsv: 4, payload: new Uint8Array(3) }, masks),
    "One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0 (the peer compressed, though no compression was agreed on)",
  ],
  [
    "a message that is too big",
    { maxMessageSize: 1000 },
    (masks) => encodeFrame({ opcode: BINARY, payload: new Uint8Array(1234) }, masks),
    "WebSocket frame length too large (maxMessageSize is 1000 bytes, and it has 1234 bytes)",
  ],
  [
    "a message that is too big for a stream",
    { maxStreamSize: 1000 },
    (masks) => encodeFrame({ opcode: BINARY, payload: new Uint8Array(1234) }, masks),
    "WebSocket frame length too large (maxStreamSize is 1000 bytes, and it has 1234 bytes)",
    (socket) => {
      const stream = socket.messages({ stream: true });
      stream.next().catch(() => {});
    },
  ],
  [
    "too many fragments",
    { maxFragments: 1 },
    (masks) =>
      Buffer.concat(
        [TEXT, 0].map((opcode) =>
          encodeFrame({ opcode, fin: false, payload: new Uint8Array(1) }, masks),
        ),
      ),
    "Message has more than 1 fragments (maxFragments)",
  ],
];

const violations: readonly Text[] = limits.flatMap(([name, options, bytes, says, begin]) =>
  (["server", "client"] as const).map((role): Text => ({
    name: `${name}, to a ${role}: the error says which limit, and how much it was`,
    run: async (adapter) => {
      assert.equal(await errorOf(adapter, role, options, bytes, begin), says);
    },
  })),
);

const uses: readonly Text[] = [
  {
    name: "what inflates to more than maxMessageSize says so",
    run: async (adapter) => {
      let told: Promise<unknown[]> | undefined;
      const server = adapter.listen({
        hostname: "127.0.0.1",
        perMessageDeflate: true,
        maxMessageSize: 5000,
        websocket: {
          open: (socket) => {
            told = once(socket, "error");
          },
        },
      });
      await server.ready;
      try {
        const socket = await adapter.connect(server.url, { perMessageDeflate: true });
        socket.send("x".repeat(100_000));
        await socket.closed;
        assert.equal(
          ((await told) as [ErrorEvent])[0].message,
          "WebSocket frame length too large (maxMessageSize is 5000 bytes, and it inflates to more)",
        );
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "the compatible constructors say it in faye-websocket's words alone",
    run: async (adapter) => {
      const server = http.createServer().on("upgrade", (request, socket: net.Socket, head) => {
        const ws = new adapter.WebSocket(request, socket, head, null, { maxLength: 10 });
        ws.on("error", ({ message }) => ws.emit("told", message));
        told = once(ws, "told");
      });
      let told: Promise<unknown[]> | undefined;
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      const { port } = server.address() as net.AddressInfo;
      const peer = await dialRaw(port, false);
      peer.write(requestHead());
      await peer.head();
      peer.write(encodeFrame({ opcode: TEXT, payload: new Uint8Array(11) }, true));
      assert.deepEqual(await told, ["WebSocket frame length too large"]);
      peer.destroy();
      server.close();
    },
  },
  {
    name: "close() before the opening emits close with its code before it returns, and no error: by ws: and HTTP/2",
    run: async (adapter) => {
      const peer = await listenRaw(() => {}, false);
      try {
        for (const http2 of [false, true]) {
          const client = new adapter.Client(peer.url, null, { http2 });
          const told: unknown[] = [];
          client.on("error", ({ message }) => told.push(message));
          client.on("close", ({ code, reason }) => told.push(code, reason, client.readyState));
          client.close(3001, "changed my mind");
          told.push("returned");
          assert.deepEqual(told, [3001, "changed my mind", 3, "returned"]);
          assert.equal((await client.closed).code, 3001);
        }
      } finally {
        await peer.stop();
      }
    },
  },
  {
    name: "broadcast() with swapped or wrong arguments says what it takes",
    run: async (adapter) => {
      const server = adapter.listen({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      try {
        const socket = await adapter.connect(server.url);
        for (const [sockets, got] of [
          ["x", /got a string: data comes second/],
          [server, /got a server: give its clients/],
          [socket, /got one socket: its own send\(\) is for that/],
          [undefined, /got undefined/],
          [new Uint8Array(2), /got \[object Uint8Array\]/],
        ] as const)
          assert.throws(
            () => adapter.broadcast(sockets as never, server.clients),
            (error: Error) =>
              error.name === "UsageError" &&
              error.message.startsWith("broadcast: expected (sockets, data, options)") &&
              got.test(error.message),
          );
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "EventSource, of either end, says what it takes and names the other",
    run: async ({ EventSource, EventSourceClient, eventSource }) => {
      for (const url of [
        "http://user:secret@127.0.0.1/?token=secret",
        new URL("http://127.0.0.1/"),
      ])
        assert.throws(
          () => new EventSource(url as never, undefined as never),
          (error: Error) =>
            error.name === "UsageError" &&
            /^new EventSource: expected \(request, response, options\).*new EventSourceClient\(url\), which EventSource\.Client is too$/.test(
              error.message,
            ) &&
            !error.message.includes("secret"),
        );
      assert.throws(
        () => new EventSource(undefined as never, undefined as never),
        /expected \(request, /,
      );
      assert.throws(
        () => eventSource("http://127.0.0.1/" as never),
        /^UsageError: eventSource: expected \(request, options\) with a fetch Request, got a URL; to read a stream, use new EventSourceClient\(url\)/,
      );
      for (const Client of [EventSourceClient, EventSource.Client])
        assert.throws(
          () => new Client({ headers: {} } as never),
          /expected a URL, got a request; to answer one, use new EventSource\(request, response\)/,
        );
    },
  },
  {
    name: "upgrade() and reject() with wrong arguments say what they take",
    run: async ({ upgrade, reject }) => {
      const request = { method: "GET", url: "/", headers: {} };
      for (const args of [
        [new net.Socket(), request],
        [request, Buffer.alloc(0), new net.Socket()],
        [request, new net.Socket(), { protocols: ["chat"] }],
        ["ws://127.0.0.1/"],
        [],
      ])
        assert.throws(
          () => (upgrade as (...all: unknown[]) => unknown)(...args),
          /^UsageError: upgrade: expected \(request, socket, head, options\) as the event "upgrade"/,
        );
      for (const args of [
        [{ status: 400 }, new net.Socket()],
        [new net.Socket()],
        [new net.Socket(), 400],
      ])
        assert.throws(
          () => (reject as (...all: unknown[]) => unknown)(...args),
          /^UsageError: reject: expected \(socket, \{ status, headers, body \}\)/,
        );
    },
  },
  {
    name: "serve() and listen() without options, and server.url before it listens, say what is missing",
    run: async ({ serve, listen }) => {
      for (const start of [serve, listen]) {
        for (const options of [undefined, null, 8080])
          assert.throws(
            () => start(options as never),
            /(serve|listen): expected options such as \{ port: 8080,/,
          );
        const server = start({ hostname: "127.0.0.1", websocket: {} });
        assert.throws(() => server.url, /await server\.ready/);
        await server.ready;
        assert.match(server.url, /^ws:/);
        await server.stop();
      }
    },
  },
  {
    name: "topics.subscribe() with swapped arguments says what comes first",
    run: async ({ topics }) => {
      assert.throws(
        () => topics().subscribe("room" as never, {} as never),
        /subscribe: expected a WebSocket or an EventSource of this library first, then a topic/,
      );
    },
  },
];

export const textCases: readonly Text[] = [...refusals, ...violations, ...uses];
