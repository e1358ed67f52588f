/** Clients that go by HTTP/2: sessions that are shared, refused, lost, and what is done where there are none. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { eventually } from "../../src/testing/assertion.ts";
import { failure, TRUST, type Way } from "./way.ts";
import type { Adapter } from "../harness/harnesses.ts";
import { certificate } from "../harness/raw-streams.ts";

interface Own {
  readonly url: string;
  readonly port: number;
  /** The sessions there are. */
  readonly sessions: Set<http2.ServerHttp2Session>;
  /** How many there were, ever. */
  readonly count: () => number;
}

type OnStream = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;
const open: OnStream = (stream) => {
  stream.respond({ ":status": 200 });
};

/** Runs `use` with a server of the test's own. */
async function withStreams(
  onStream: OnStream,
  use: (own: Own) => Promise<void>,
  settings: http2.Settings = { enableConnectProtocol: true },
): Promise<void> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer({ settings });
  let count = 0;
  server.on("session", (session) => {
    count++;
    sessions.add(
      session
        .on("close", () => {
          sessions.delete(session);
        })
        .on("error", () => {}),
    );
  });
  server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    onStream(
      stream.on("error", () => {}),
      headers,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  try {
    await use({ url: `ws://127.0.0.1:${port}/`, port, sessions, count: () => count });
  } finally {
    server.close();
    for (const session of sessions) session.destroy();
  }
}

/** A relay that a test can stop without an event at either end. */
async function withRelay(
  port: number,
  use: (url: string, freeze: () => void) => Promise<void>,
): Promise<void> {
  const sockets = new Set<net.Socket>();
  let isFrozen = (_: net.Socket): boolean => false;
  const relay = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(
        from
          .on("error", () => {})
          .on("close", () => {
            if (!isFrozen(near)) to.destroy();
          }),
      );
      from.on("data", (bytes) => {
        if (!isFrozen(near)) to.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => {
    relay.listen(0, "127.0.0.1", resolve);
  });
  const freeze = (): void => {
    const now = new Set(sockets);
    isFrozen = (socket) => now.has(socket);
  };
  try {
    await use(`ws://127.0.0.1:${(relay.address() as net.AddressInfo).port}/`, freeze);
  } finally {
    for (const socket of sockets) socket.destroy();
    relay.close();
  }
}

const closedBy = async (
  adapter: Adapter,
  url: string,
  act: (own: Own) => void,
  own: Own,
): Promise<unknown> => {
  const socket = await adapter.connect(url, { http2: true });
  act(own);
  const { code, wasClean } = await socket.closed;
  return [code, wasClean];
};

const shared: readonly Way[] = [
  {
    name: "a hundred sockets at once go by one session, each with its own messages",
    run: async (adapter) => {
      const by = new Set<string>();
      const server = adapter.serve({
        hostname: "127.0.0.1",
        http2: true,
        protocols: ["chat"],
        perMessageDeflate: true,
        websocket: {
          upgrade: (request) => {
            by.add(`${request.httpVersion} ${request.protocol}`);
          },
          message: (socket, data) => {
            socket.send(data);
          },
        },
      });
      await server.ready;
      const sockets = await Promise.all(
        Array.from({ length: 100 }, () =>
          adapter.connect(server.url, {
            http2: true,
            protocols: ["chat"],
            perMessageDeflate: true,
          }),
        ),
      );
      const echoes = await Promise.all(
        sockets.map(
          (socket, at) =>
            new Promise((resolve) => {
              socket.on("message", ({ data }) => {
                resolve(data === `${at} `.repeat(5000));
              });
              socket.send(`${at} `.repeat(5000));
            }),
        ),
      );
      assert.ok(echoes.every(Boolean));
      assert.deepEqual(
        [
          [...by],
          sockets[99]!.protocol,
          sockets[99]!.statusCode,
          sockets[99]!.extensions.startsWith("permessage-deflate"),
        ],
        [["2.0 websocket"], "chat", 200, true],
      );
      await server.stop();
      assert.deepEqual(
        await Promise.all(sockets.map(async ({ closed }) => (await closed).code)),
        sockets.map(() => 1001),
      );
    },
  },
  {
    name: "what a session has no room for goes by more",
    run: (adapter) =>
      withStreams(
        open,
        async ({ url, count }) => {
          await Promise.all([1, 2, 3, 4, 5].map(() => adapter.connect(url, { http2: true })));
          assert.equal(count(), 3);
        },
        { enableConnectProtocol: true, maxConcurrentStreams: 2 },
      ),
  },
  {
    name: "a server that leaves some of a session's streams without a word: more sessions, within the time of one opening",
    run: (adapter) => {
      const taken = new Map<unknown, number>();
      let silent = 0;
      return withStreams(
        (stream) => {
          const count = (taken.get(stream.session) ?? 0) + 1;
          taken.set(stream.session, count);
          if (count <= 2) open(stream, {});
          else silent++;
        },
        async ({ url, count }) => {
          const options = { http2: true, handshakeTimeout: 1500 };
          const all = await Promise.all([1, 2, 3, 4, 5].map(() => adapter.connect(url, options)));
          assert.equal(count(), 3);
          // And now it is known: the next ones need not find out.
          const before = silent;
          all.push(await adapter.connect(url, options), await adapter.connect(url, options));
          assert.equal(silent, before);
          assert.equal(count(), 4);
          for (const socket of all) socket.terminate();
        },
      );
    },
  },
  {
    name: "a server that is slow, but does answer: its first answer counts, and the session is used again",
    run: (adapter) => {
      const cancelled: number[] = [];
      let streams = 0;
      return withStreams(
        (stream) => {
          const which = ++streams;
          stream.on("close", () => cancelled.push(which));
          if (which === 1 || which > 3) open(stream, {});
          else if (which === 2) setTimeout(() => open(stream, {}), 400); // the third is never answered
        },
        async ({ url, count }) => {
          const options = { http2: true, handshakeTimeout: 600 };
          const first = await adapter.connect(url, options);
          const second = await adapter.connect(url, options);
          await eventually(() => cancelled.length > 0, "the other stream's end");
          assert.deepEqual([cancelled, count()], [[3], 2]);
          const third = await adapter.connect(url, options);
          assert.deepEqual([third.statusCode, count()], [200, 2]);
          for (const socket of [first, second, third]) socket.terminate();
        },
      );
    },
  },
  {
    name: "a server that allows no stream at all: said in words",
    run: (adapter) =>
      withStreams(
        open,
        async ({ url, count }) => {
          assert.match(
            (await failure(adapter, url, { http2: true })).message,
            /The server takes no streams: it allows none at a time$/,
          );
          assert.equal(count(), 1);
        },
        { enableConnectProtocol: true, maxConcurrentStreams: 0 },
      ),
  },
  {
    name: "a session that has gone without a word carries nobody: another is made",
    run: (adapter) =>
      withStreams(open, ({ port, count }) =>
        withRelay(port, async (url, freeze) => {
          const first = await adapter.connect(url, { http2: true });
          first.terminate();
          await first.closed;
          await new Promise((resolve) => {
            setTimeout(resolve, 50);
          });
          freeze();
          const [second, third] = await Promise.all([
            adapter.connect(url, { http2: true }),
            adapter.connect(url, { http2: true }),
          ]);
          assert.deepEqual([second.statusCode, third.statusCode, count()], [200, 200, 2]);
        }),
      ),
  },
  {
    name: "a session that the server drops when it is idle carries nobody: another is made",
    run: (adapter) =>
      withStreams(open, async ({ url, sessions, count }) => {
        const first = await adapter.connect(url, { http2: true });
        for (const session of sessions)
          session.on("ping", () => {
            session.destroy();
          });
        first.terminate();
        await first.closed;
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
        assert.equal((await adapter.connect(url, { http2: true })).statusCode, 200);
        assert.equal(count(), 2);
      }),
  },
  ...(
    [
      "refuses the next stream",
      "ends the session at the next stream",
      "goes away at the next stream",
    ] as const
  ).map((how, way): Way => ({
    name: `a session that was there before and ${how}: another is asked`,
    run: (adapter) => {
      let streams = 0;
      return withStreams(
        (stream) => {
          if (++streams !== 3) open(stream, {});
          else if (way === 0) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
          else if (way === 1) stream.session!.destroy();
          else stream.session!.goaway(0, 1);
        },
        async ({ url, count }) => {
          const first = await adapter.connect(url, { http2: true });
          const second = await adapter.connect(url, { http2: true });
          if (way === 0) first.terminate(); // refused by an idle session, or by one in use
          assert.deepEqual([count(), second.readyState], [1, 1]);
          const third = await adapter.connect(url, { http2: true });
          assert.equal(third.statusCode, 200);
          for (const socket of [first, second, third]) socket.terminate();
        },
      );
    },
  })),
  {
    name: "a session that is well is used again",
    run: (adapter) =>
      withStreams(open, async ({ url, count }) => {
        for (let again = 0; again < 3; again++) {
          const socket = await adapter.connect(url, { http2: true });
          socket.terminate();
          await socket.closed;
          await new Promise((resolve) => {
            setTimeout(resolve, 20);
          });
        }
        assert.equal(count(), 1);
      }),
  },
];

const lost: readonly Way[] = [
  {
    name: "a stream that is reset is lost: 1006, and the session lives",
    run: (adapter) =>
      withStreams(
        (stream) => {
          open(stream, {});
          stream.on("data", () => {
            stream.close(http2.constants.NGHTTP2_CANCEL);
          });
        },
        async ({ url, sessions, count }) => {
          const socket = await adapter.connect(url, { http2: true });
          socket.send("x");
          assert.equal((await socket.closed).code, 1006);
          await adapter.connect(url, { http2: true });
          assert.deepEqual([sessions.size, count()], [1, 1]);
        },
      ),
  },
  {
    name: "a stream that is refused: said in words, with its cause",
    run: (adapter) =>
      withStreams(
        (stream) => {
          stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        },
        async ({ url }) => {
          const error = await failure(adapter, url, { http2: true });
          assert.match(error.message, /REFUSED_STREAM/);
          assert.ok(error.cause instanceof Error);
        },
      ),
  },
  {
    name: "the session's loss, and GOAWAY with an error, are the loss of all its sockets: 1006",
    run: (adapter) =>
      withStreams(open, async (own) => {
        assert.deepEqual(
          await closedBy(
            adapter,
            own.url,
            ({ sessions }) => {
              for (const session of sessions) session.destroy();
            },
            own,
          ),
          [1006, false],
        );
        assert.deepEqual(
          await closedBy(
            adapter,
            own.url,
            ({ sessions }) => {
              for (const session of sessions)
                session.destroy(undefined, http2.constants.NGHTTP2_INTERNAL_ERROR);
            },
            own,
          ),
          [1006, false],
        );
      }),
  },
  {
    name: "GOAWAY without an error lets sockets live; the next goes by another session",
    run: (adapter) =>
      withStreams(
        (stream) => {
          open(stream, {});
          stream.pipe(stream);
        },
        async ({ url, sessions, count }) => {
          const first = await adapter.connect(url, { http2: true });
          for (const session of sessions) session.goaway(0);
          await new Promise((resolve) => {
            setTimeout(resolve, 50);
          });
          assert.equal((await adapter.connect(url, { http2: true })).readyState, 1);
          assert.deepEqual([first.readyState, count()], [1, 2]);
        },
      ),
  },
];

/** A server that speaks HTTP/2 and HTTP/1.1 on one port, and allows no extended CONNECT. */
async function withoutConnect(use: (url: string) => Promise<void>): Promise<void> {
  const server = http2.createSecureServer({ ...certificate, allowHTTP1: true });
  server.on("upgrade", (request, socket) => {
    socket.end(
      `HTTP/1.1 403 x\r\nContent-Length: ${request.httpVersion.length}\r\n\r\n${request.httpVersion}`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`wss://127.0.0.1:${(server.address() as net.AddressInfo).port}/`);
  } finally {
    server.close();
  }
}

const fallbacks: readonly Way[] = [
  {
    name: "by HTTP/1.1 where HTTP/2 is spoken and extended CONNECT not allowed: by TLS",
    run: (adapter) =>
      withoutConnect(async (url) => {
        const error = await failure(adapter, url, { ...TRUST, http2: true });
        assert.deepEqual([error.status, error.body?.toString()], [403, "1.1"], error.message);
      }),
  },
  ...[false, true].map((secure): Way => ({
    name: `by HTTP/1.1 where that alone is spoken: ${secure ? "by TLS" : "in the clear"}`,
    run: async (adapter) => {
      for (const start of [adapter.serve, adapter.listen]) {
        const server = start({
          hostname: "127.0.0.1",
          ...(secure ? { tls: certificate } : {}),
          websocket: {},
        });
        await server.ready;
        const sockets = await Promise.all(
          [1, 2, 3].map(() => adapter.connect(server.url, { ...TRUST, http2: true })),
        );
        assert.deepEqual(
          sockets.map(({ statusCode }) => statusCode),
          [101, 101, 101],
        );
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "a session of the caller's is used, and stays; where it allows no extended CONNECT, it is HTTP/1.1 by another connection",
    run: async (adapter) => {
      const server = adapter.serve({
        hostname: "127.0.0.1",
        http2: true,
        websocket: {
          message: (socket, data) => {
            socket.send(data);
          },
        },
      });
      await server.ready;
      const session = http2.connect(server.url.replace("ws", "http"));
      const sockets = await Promise.all(
        [1, 2, 3].map(() => adapter.connect(server.url, { session })),
      );
      for (const socket of sockets) {
        socket.close();
        assert.equal((await socket.closed).wasClean, true);
      }
      assert.equal((await adapter.connect(server.url, { session })).statusCode, 200);
      session.destroy();
      assert.match(
        (await failure(adapter, server.url, { session })).message,
        /The HTTP\/2 session is closed/,
      );
      await server.stop({ force: true });
      await withoutConnect(async (url) => {
        const other = http2.connect(url.replace("wss", "https"), TRUST);
        assert.equal((await failure(adapter, url, { ...TRUST, session: other })).status, 403);
        assert.equal(other.destroyed, false);
        other.destroy();
      });
    },
  },
];

export const byHttp2: readonly Way[] = [...shared, ...lost, ...fallbacks];
