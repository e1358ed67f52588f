/** How applications and sockets meet: who owns a socket, what `upgrade` decides, what a wrong use is answered. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import type { EventSourceConstructor, ServeOptions } from "../../src/node-compat/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import type { Case } from "../harness/harnesses.ts";
import { raw, statusOf, warningsOf } from "../harness/by-hand.ts";
import { ownerCases } from "./owners.ts";
import type { SocketsAdapter } from "./sockets.ts";

/** The names of an adapter that this suite needs. */
export interface DoorsAdapter extends SocketsAdapter {
  readonly EventSource: EventSourceConstructor;
}

type Doors = Case<DoorsAdapter>;

/** Runs `use` with a server by `serve` or `listen`. */
async function serving(
  adapter: DoorsAdapter,
  by: "serve" | "listen",
  options: Partial<ServeOptions>,
  use: (port: number, url: string) => Promise<void>,
): Promise<void> {
  const server = adapter[by]({ hostname: "127.0.0.1", websocket: {}, ...options });
  await server.ready;
  try {
    await use(server.port, server.url);
  } finally {
    await server.stop({ force: true });
  }
}

const decisions = (["serve", "listen"] as const).flatMap((by): Doors[] => [
  ...(
    [
      [false, 403],
      [null, 500],
      [{ ok: false }, 500],
      [401, 500],
      ["no", 500],
      [true, 500],
      [[], 500],
    ] as const
  ).map(([decision, status]): Doors => ({
    name: `${by}: upgrade that returns ${JSON.stringify(decision)} opens nothing: ${status}`,
    run: async (adapter) => {
      let opened = 0;
      const warnings = await warningsOf(() =>
        serving(
          adapter,
          by,
          {
            websocket: {
              upgrade: (() => decision) as never,
              open: () => {
                opened++;
              },
            },
          },
          async (port) => {
            assert.equal(await statusOf(port), status);
          },
        ),
      );
      assert.equal(opened, 0);
      if (status === 500)
        assert.match(warnings.join(), /upgrade: expected nothing or .* to accept/);
    },
  })),
  {
    name: `${by}: upgrade hands its context to the other handlers; the socket has its request`,
    run: async (adapter) => {
      const seen: unknown[] = [];
      const server = adapter[by]({
        hostname: "127.0.0.1",
        path: "/chat",
        websocket: {
          upgrade: async (request) => {
            await pass(1);
            return { context: { user: request.cookies["user"]!.toUpperCase() } };
          },
          open: (socket) => {
            socket.send(socket.context.user);
          },
          message: (socket) => {
            seen.push(
              socket.context.user,
              socket.request?.url?.pathname,
              socket.request?.cookies["b"],
              socket.remoteAddress,
            );
          },
          close: (socket) => {
            seen.push(socket.context.user);
          },
        },
      });
      assert.throws(() => server.url, /await server.ready/);
      await server.ready;
      assert.equal(server.url, `ws://127.0.0.1:${server.port}/chat`);
      const socket = await adapter.connect(server.url, {
        headers: [
          ["Cookie", "user=ann"],
          ["Cookie", "b=2"],
        ],
      });
      assert.equal((await once(socket, "message"))[0].data, "ANN");
      socket.send("x");
      socket.close();
      await socket.closed;
      await eventually(() => seen.length === 5, "all handlers");
      assert.deepEqual(seen, ["ANN", "/chat", undefined, "127.0.0.1", "ANN"]);
      await server.stop();
    },
  },
  {
    name: `${by}: two Cookie fields are joined by a semicolon`,
    run: (adapter) => {
      let cookie: string | undefined;
      return serving(
        adapter,
        by,
        {
          websocket: {
            upgrade: ({ headers }) => {
              cookie = headers.get("cookie");
            },
          },
        },
        async (port) => {
          await raw(port, requestHead({ Cookie: "a=1\r\nCookie: b=2" }), 200);
          assert.equal(cookie, "a=1; b=2");
        },
      );
    },
  },
  {
    name: `${by}: an opening with a body is refused with 400`,
    run: (adapter) =>
      serving(adapter, by, {}, async (port) => {
        for (const field of [{ "Content-Length": "5" }, { "Transfer-Encoding": "chunked" }])
          assert.equal(await statusOf(port, field as never), 400);
        assert.equal(await statusOf(port, { "Content-Length": "0" }), 101);
      }),
  },
  {
    name: `${by}: a refused origin is heard of, once`,
    run: async (adapter) => {
      const warnings = await warningsOf(() =>
        serving(adapter, by, {}, async (port) => {
          for (let at = 0; at < 3; at++)
            assert.equal(await statusOf(port, { Origin: "https://evil.example" }), 403);
        }),
      );
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /https:\/\/evil\.example may not connect/);
    },
  },
  {
    name: `${by}: origins with a star stand for one label`,
    run: (adapter) =>
      serving(adapter, by, { origins: ["https://*.example.com"] }, async (port) => {
        const statuses: number[] = [];
        for (const origin of [
          "https://a.example.com",
          "https://example.com",
          "https://a.b.example.com",
          "http://a.example.com",
          "https://.example.com",
          "https://aexample.com",
        ])
          statuses.push(await statusOf(port, { Origin: origin }));
        assert.deepEqual(statuses, [101, 403, 403, 403, 403, 403]);
        for (const wrong of [
          "https://*",
          "https://*.com",
          "https://a.*.com",
          "https://*a.example.com",
        ])
          assert.throws(
            () => adapter[by]({ origins: [wrong], websocket: {} }),
            /origins: expected entries/,
          );
      }),
  },
  {
    name: `${by}: stop({ code, reason }) says another code than 1001`,
    run: async (adapter) => {
      const server = adapter[by]({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      const socket = await adapter.connect(server.url);
      assert.throws(() => server.stop({ code: 1005 }), /Close code must be/);
      assert.throws(
        () => server.stop({ forse: true } as never),
        /stop: there is no "forse"; is force meant\?/,
      );
      await server.stop({ code: 1012, reason: "back at once" });
      const { code, reason } = await socket.closed;
      assert.deepEqual([code, reason], [1012, "back at once"]);
    },
  },
]);

const mistakes: readonly Doors[] = [
  {
    name: "unknown handlers are refused with the nearest right name",
    run: async ({ serve, listen }) => {
      for (const start of [serve, listen]) {
        for (const [wrong, right] of [
          ["mesage", "message"],
          ["connection", "open"],
          ["onmessage", "message"],
          ["disconnect", "close"],
        ] as const) {
          assert.throws(
            () => start({ websocket: { [wrong]() {} } as never }),
            new RegExp(`there is no handler "${wrong}"; is ${right} meant\\?`),
          );
        }
        assert.throws(
          () => (start as unknown as () => void)(),
          /(serve|listen): expected options such as/,
        );
      }
    },
  },
  {
    name: "upgrade() with swapped arguments says what it takes",
    run: async ({ upgrade }) => {
      assert.throws(
        () => upgrade(new net.Socket() as never, { headers: {} } as never),
        /upgrade: expected \(request, socket, head, options\)/,
      );
      assert.throws(
        () => upgrade(undefined as never, undefined as never),
        /upgrade: expected \(request, socket, head, options\)/,
      );
    },
  },
  {
    name: "a client's header that is the handshake's own is refused by connect(), and dropped by the compatible constructor",
    run: (adapter) =>
      serving(adapter, "listen", {}, async (_, url) => {
        for (const name of [
          "Sec-WebSocket-Key",
          "sec-websocket-version",
          "Upgrade",
          "Connection",
          "Host",
          "Sec-WebSocket-Protocol",
        ]) {
          await assert.rejects(adapter.connect(url, { headers: { [name]: "x" } }), {
            name: "UsageError",
            message: new RegExp(`header ${name}: is the handshake's own`),
          });
        }
        const client = new adapter.Client(url, [], { headers: { "Sec-WebSocket-Key": "x" } });
        await client.opened;
        client.terminate();
      }),
  },
  {
    name: "426 says which setting of nginx keeps Upgrade",
    run: (adapter) =>
      serving(adapter, "serve", {}, async (port) => {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        assert.equal(response.status, 426);
        assert.match(await response.text(), /proxy[^]*proxy_set_header Upgrade \$http_upgrade/);
      }),
  },
];

const answers: readonly Doors[] = [
  ...(["read", "locked"] as const).map((state): Doors => ({
    name: `fetch that returns a Response that is ${state} already: 500, and the error handler hears why`,
    run: async (adapter) => {
      const errors: string[] = [];
      const used = new Response("once");
      if (state === "read") await used.text();
      else used.body!.getReader();
      await serving(
        adapter,
        "serve",
        {
          fetch: () => used,
          error: (error) => {
            errors.push(String(error));
            return new Response("sorry", { status: 500 });
          },
        },
        async (port) => {
          const response = await fetch(`http://127.0.0.1:${port}/`);
          assert.deepEqual([response.status, await response.text()], [500, "sorry"]);
          assert.match(
            errors.join(),
            state === "read"
              ? /has been read already/
              : /is locked to a reader already|has been read already/,
          );
        },
      );
    },
  })),
  {
    name: "a request body that is cancelled neither ends the answer nor aborts request.signal",
    run: async (adapter) => {
      let aborted: boolean | undefined;
      const fetchHandler = async (request: Request): Promise<Response> => {
        await request.body!.cancel();
        await pass(50);
        aborted = request.signal.aborted;
        request.signal.addEventListener("abort", () => {
          aborted = true;
        });
        return new Response("enough");
      };
      await serving(adapter, "serve", { fetch: fetchHandler }, async (port) => {
        const answer = await raw(
          port,
          `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n${"x".repeat(100_000)}`,
        );
        assert.match(answer, /^HTTP\/1.1 200 [^]*enough/);
        assert.equal(aborted, false);
      });
    },
  },
  {
    name: "POST with Upgrade: h2c is an ordinary request, body and all",
    run: (adapter) =>
      serving(
        adapter,
        "serve",
        { fetch: async (request) => new Response(`${request.method} ${await request.text()}`) },
        async (port) => {
          const fields =
            "Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
          assert.match(
            await raw(port, `POST / HTTP/1.1\r\n${fields}Content-Length: 4\r\n\r\nbody`),
            /^HTTP\/1.1 200 [^]*POST body/,
          );
          assert.match(
            await raw(port, `GET / HTTP/1.1\r\n${fields}\r\n`),
            /^HTTP\/1.1 200 [^]*GET /,
          );
        },
      ),
  },
  {
    name: "an upgrade that is pipelined behind a request is answered behind it",
    run: (adapter) =>
      serving(
        adapter,
        "serve",
        {
          fetch: async () => {
            await pass(150);
            return new Response("first");
          },
        },
        async (port) => {
          const answer = await raw(
            port,
            `GET / HTTP/1.1\r\nHost: a\r\n\r\n${requestHead({})}`,
            1000,
          );
          // Bun 1.4 takes an opening that is pipelined for an ordinary request.
          assert.match(answer, /^HTTP\/1.1 200 [^]*first[^]*HTTP\/1.1 (?:101 |200 [^]*first)/);
        },
      ),
  },
];

/** Openings that name their target by a whole URL, and those by HTTP/2 that have a body. */
const targets: readonly Doors[] = [
  ...(["serve", "listen"] as const).map((by): Doors => ({
    name: `${by}: an opening may name a whole URL: path, url and query are those in it`,
    run: (adapter) => {
      const seen: unknown[] = [];
      const websocket: ServeOptions["websocket"] = {
        upgrade: ({ target, url }) => void seen.push(target, url?.search),
        open: (socket) => void seen.push(socket.url, socket.request?.target),
      };
      return serving(adapter, by, { path: "/chat", websocket }, async (port) => {
        const head = requestHead(
          { Host: `127.0.0.1:${port}` },
          `GET http://127.0.0.1:${port}/chat?x=1 HTTP/1.1`,
        );
        assert.match(await raw(port, head, 500), /^HTTP\/1.1 101/);
        await eventually(() => seen.length === 4, "the socket");
        const target = "/chat?x=1";
        assert.deepEqual(seen, [target, "?x=1", `ws://127.0.0.1:${port}${target}`, target]);
      });
    },
  })),
  {
    name: "HTTP/2: an opening with Content-Length is refused with 400, and the session lives",
    run: (adapter) =>
      serving(adapter, "serve", { http2: true }, async (port, url) => {
        const session = http2.connect(`http://127.0.0.1:${port}`);
        const answer = new Promise<unknown>((resolve, reject) => {
          session.once("error", reject).once("remoteSettings", () => {
            session
              .request({
                ":method": "CONNECT",
                ":protocol": "websocket",
                ":path": "/",
                ":scheme": "http",
                ":authority": `127.0.0.1:${port}`,
                "sec-websocket-version": "13",
                "content-length": "5",
              })
              .once("response", (fields) => {
                resolve(fields[":status"]);
              })
              .once("error", reject);
          });
        });
        assert.equal(await within(answer, "the answer"), 400);
        const socket = await adapter.connect(url, { session });
        assert.equal(socket.readyState, socket.OPEN);
        socket.terminate();
        session.destroy();
      }),
  },
];

/** All of it. */
export const doorCases: readonly Doors[] = [
  ...ownerCases,
  ...decisions,
  ...mistakes,
  ...answers,
  ...targets,
];
