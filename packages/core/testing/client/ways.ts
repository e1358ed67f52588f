/** The ways of a client to its server, as a suite that every adapter runs over real sockets. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync } from "node:zlib";
import { certificates } from "./certificates.ts";
import { errors } from "./errors.ts";
import { byHttp2 } from "./http2.ts";
import { givingUp } from "./phases.ts";
import { echo, failure, TRUST, type Way, withAnswers, withProxy, withServer } from "./way.ts";

const through = [false, true].flatMap((viaTls) =>
  [false, true].map((secure): Way => ({
    name: `${secure ? "wss:" : "ws:"} through a proxy over ${viaTls ? "TLS" : "TCP"}, with its password and fields`,
    run: (adapter) =>
      withServer(adapter, secure, (url, port) =>
        withProxy({ secure: viaTls, slowly: viaTls }, async ({ origin, heads }) => {
          await echo(adapter, url, {
            ...TRUST,
            proxy: {
              origin: origin.replace("//", "//us%40er:p%C3%A4ss@"),
              headers: { "X-Who": "me" },
              tls: viaTls ? TRUST : null,
            },
          });
          const basic = Buffer.from("us@er:päss").toString("base64");
          assert.deepEqual(heads, [
            `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic ${basic}\r\nX-Who: me\r\n\r\n`,
          ]);
        }),
      ),
  })),
);

const refusals: readonly Way[] = [
  {
    name: "a proxy that refuses: its status, fields and body",
    run: (adapter) =>
      withProxy(
        {
          refuse: () =>
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 8\r\n\r\nwho else",
        },
        async ({ origin }) => {
          const error = await failure(adapter, "ws://example.invalid/chat", { proxy: { origin } });
          assert.deepEqual(
            [
              error.code,
              error.status,
              error.headers?.["proxy-authenticate"],
              error.body?.toString(),
            ],
            ["proxy-refused", 407, "Basic", "who else"],
          );
          assert.equal(
            error.message,
            "Can't establish a connection to the server at ws://example.invalid/chat: The proxy refused to connect to example.invalid:80: 407 Proxy Authentication Required",
          );
        },
      ),
  },
  {
    name: "a proxy whose refusal trickles: told within its time",
    run: (adapter) =>
      withProxy(
        {
          refuse: (_, socket) => {
            const timer = setInterval(() => socket.write("x"), 20);
            socket.on("close", () => {
              clearInterval(timer);
            });
            return "HTTP/1.1 503 Busy\r\n\r\n";
          },
        },
        async ({ origin }) => {
          const error = await failure(adapter, "ws://example.invalid/", { proxy: { origin } });
          assert.deepEqual([error.code, error.status], ["proxy-refused", 503]);
          assert.match(error.body!.toString(), /^x{5,}$/);
        },
      ),
  },
  {
    name: "a proxy that says nothing: handshakeTimeout",
    run: (adapter) =>
      withProxy({ refuse: () => "" }, async ({ origin }) => {
        const error = await failure(adapter, "ws://example.invalid/", {
          proxy: { origin },
          handshakeTimeout: 100,
        });
        assert.deepEqual(
          [error.code, error.message],
          [
            "handshake-timeout",
            `ws://example.invalid/: The opening handshake took longer than 100 ms: the proxy ${origin} has made no tunnel yet`,
          ],
        );
      }),
  },
  {
    name: "a proxy that hangs up",
    run: (adapter) =>
      withProxy(
        {
          refuse: (_, socket) => {
            socket.end();
            return "";
          },
        },
        async ({ origin }) => {
          const error = await failure(adapter, "ws://example.invalid/", { proxy: { origin } });
          assert.deepEqual([error.code, error.status], ["proxy-refused", undefined]);
          assert.match(error.message, /The proxy ended the connection before it answered/);
        },
      ),
  },
  {
    name: "a proxy that is not there",
    run: (adapter) =>
      withProxy({}, async ({ origin, stop }) => {
        await stop();
        const error = await failure(adapter, "ws://example.invalid/", {
          proxy: { origin: origin.replace("//", "//user:secret@") },
        });
        assert.equal(error.code, "ECONNREFUSED");
        assert.match(
          error.message,
          /^Network error: ws:\/\/example\.invalid\/: the proxy http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/s,
        );
        assert.doesNotMatch(error.message, /secret/);
        assert.equal(((error.cause as Error).cause as { code?: string }).code, "ECONNREFUSED");
      }).catch((error: unknown) => {
        if ((error as { code?: string }).code !== "ERR_SERVER_NOT_RUNNING") throw error;
      }),
  },
  {
    name: "a server that refuses: its status, fields and body; then close 1006",
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          socket.end(
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n4\r\n you\r\n0\r\n\r\n",
          );
        },
        async (url) => {
          const error = await failure(adapter, `${url}/`, {});
          assert.deepEqual(
            [error.code, error.status, error.headers?.["content-type"], error.body?.toString()],
            ["opening-refused", 403, "text/plain", "not you"],
          );
          const client = new adapter.Client(url);
          const events: unknown[] = [];
          await new Promise((resolve) => {
            client.on("error", (event) => {
              events.push([
                event.code,
                event.status,
                event.headers?.["content-type"],
                event.body?.toString(),
              ]);
            });
            client.on("close", ({ code }) => {
              resolve(events.push(code));
            });
          });
          assert.deepEqual(events, [["opening-refused", 403, "text/plain", "not you"], 1006]);
        },
      ),
  },
  {
    name: "a server that refuses at endless length: the first 64 KiB",
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          socket.write("HTTP/1.1 500 Oops\r\n\r\n");
          const more = (): void => {
            while (!socket.destroyed && socket.write("x".repeat(10_000)));
          };
          socket.on("drain", more);
          more();
        },
        async (url) => {
          const error = await failure(adapter, url, {});
          assert.deepEqual([error.status, error.body?.length], [500, 65_536]);
        },
      ),
  },
  {
    name: "a server whose refusal trickles: told when the time is up",
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          socket.write("HTTP/1.1 401 Unauthorized\r\n\r\n");
          const timer = setInterval(() => socket.write("x"), 20);
          socket.on("close", () => {
            clearInterval(timer);
          });
        },
        async (url) => {
          const error = await failure(adapter, url, { handshakeTimeout: 200 });
          assert.deepEqual([error.code, error.status], ["opening-refused", 401]);
          assert.match(error.body!.toString(), /^x+$/);
        },
      ),
  },
];

const redirects: readonly Way[] = [
  {
    name: "redirects are followed where asked for, and credentials stay",
    run: (adapter) =>
      withServer(adapter, false, async (there) => {
        const seen: string[] = [];
        const answer = (request: http.IncomingMessage, socket: net.Socket): void => {
          const { authorization, cookie, origin, "x-mine": mine } = request.headers;
          seen.push([request.url, authorization, cookie, origin, mine].join(" "));
          const location = request.url === "/a" ? "b?c=1" : there;
          socket.write(
            `HTTP/1.1 ${request.url === "/a" ? 307 : 302} Elsewhere\r\nLocation: ${location}\r\nContent-Length: 10\r\n\r\n`,
          );
        };
        await withAnswers(answer, async (url) => {
          const options = {
            headers: { Cookie: "a=1", "X-Mine": "yes" },
            origin: "https://example.com",
          };
          const from = url.replace("//", "//user:pass@");
          await echo(adapter, `${from}/a`, { ...options, followRedirects: true });
          assert.deepEqual(seen, [
            "/a Basic dXNlcjpwYXNz a=1 https://example.com yes",
            "/b?c=1 Basic dXNlcjpwYXNz a=1 https://example.com yes",
          ]);
          const error = await failure(adapter, `${from}/a`, { ...options, handshakeTimeout: 200 });
          assert.deepEqual(
            [error.code, error.status, error.headers?.location],
            ["opening-refused", 307, "b?c=1"],
          );
          const stopped = await failure(adapter, `${url}/a`, { followRedirects: { max: 1 } });
          assert.deepEqual([stopped.code, stopped.status], ["redirect-refused", 302]);
          assert.match(
            stopped.message,
            /as many redirects have been followed as the option followRedirects allows/,
          );
        });
      }),
  },
  {
    name: "one handshakeTimeout is for all redirects together",
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          setTimeout(() => {
            socket.end("HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
          }, 100);
        },
        async (url) => {
          const error = await failure(adapter, url, {
            followRedirects: true,
            handshakeTimeout: 250,
          });
          assert.equal(error.code, "handshake-timeout");
          assert.ok(
            error.message.startsWith(`${url}/: The opening handshake took longer than 250 ms: `),
            error.message,
          );
        },
      ),
  },
  {
    name: "to another origin neither Authorization nor cookies go",
    run: (adapter) => {
      const seen: string[] = [];
      return withAnswers(
        (request, socket) => {
          seen.push(
            [request.headers.authorization, request.headers.cookie, request.headers["x-mine"]].join(
              "|",
            ),
          );
          socket.end("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
        },
        (there) =>
          withAnswers(
            (_, socket) => {
              socket.end(
                `HTTP/1.1 301 x\r\nLocation: ${there.replace("ws://", "http://x:y@")}/\r\nContent-Length: 0\r\n\r\n`,
              );
            },
            async (url) => {
              await failure(adapter, url.replace("//", "//user:pass@"), {
                headers: { Cookie: "a=1", "X-Mine": "yes" },
                followRedirects: true,
              });
              await failure(adapter, url, {
                headers: { Authorization: "Bearer t", "Proxy-Authorization": "Basic x" },
                followRedirects: true,
              });
              assert.deepEqual(seen, ["||yes", "||"]);
            },
          ),
      );
    },
  },
];

/** A frame of a server's. */
const frameOf = (first: number, payload: Uint8Array): Buffer =>
  Buffer.concat([
    payload.length < 126
      ? Buffer.from([first, payload.length])
      : Buffer.from([first, 126, payload.length >> 8, payload.length & 255]),
    payload,
  ]);

const others: readonly Way[] = [
  {
    name: "all that a server sent compressed before it closed and hung up is told, and the close is clean",
    run: (adapter) => {
      const compressed = (data: Uint8Array): Uint8Array =>
        deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
      const frames = [
        frameOf(0xc1, compressed(Buffer.from("é".repeat(100_000)))),
        frameOf(0xc2, compressed(Buffer.alloc(200_000))),
        frameOf(0x88, Buffer.from([3, 232])),
      ];
      return withAnswers(
        (request, socket) => {
          const accept = createHash("sha1")
            .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
            .digest("base64");
          socket.write(
            `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n`,
          );
          socket.end(Buffer.concat(frames));
        },
        async (url) => {
          const client = new adapter.Client(url, null, { perMessageDeflate: true });
          const sizes: unknown[] = [];
          client.on("message", ({ data }) => {
            sizes.push((data as string | Buffer).length);
          });
          const { code, wasClean } = await client.closed;
          assert.deepEqual([...sizes, code, wasClean], [100_000, 200_000, 1000, true]);
        },
      );
    },
  },
  {
    name: "a Unix socket, by socketPath and by ws+unix:",
    run: async (adapter) => {
      const path = join(
        tmpdir(),
        `sansocket ${process.pid}-${Math.random().toString(36).slice(2)}.sock`,
      );
      const seen: unknown[] = [];
      await withAnswers(
        (request, socket) => {
          seen.push([request.url, request.headers.host]);
          socket.end("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
        },
        async () => {
          await failure(adapter, "ws://example.com/by/option", { socketPath: path });
          await failure(adapter, `ws+unix:${path}:/by/url?x=1`, {});
          assert.deepEqual(seen, [
            ["/by/option", "example.com"],
            ["/by/url?x=1", "localhost"],
          ]);
        },
        path,
      );
      assert.equal((await failure(adapter, `ws+unix:${path}:/`, {})).code, "ENOENT");
    },
  },
  ...[false, true].map((secure): Way => ({
    name: `a connection of the caller's, ${secure ? "with TLS over it" : "as it is"}`,
    run: (adapter) =>
      withServer(adapter, secure, async (url, port) => {
        await echo(adapter, url, { ...TRUST, socket: net.connect(port, "127.0.0.1") });
        const targets: unknown[] = [];
        await echo(adapter, url, {
          ...TRUST,
          createConnection: ({ host, port: at, protocol }) => {
            targets.push([host, at, protocol]);
            return net.connect(at, host);
          },
        });
        await echo(adapter, url, {
          ...TRUST,
          createConnection: ({ host, port: at }, callback) => {
            const socket = net.connect(at, host, () => {
              callback(null, socket);
            });
          },
        });
        await echo(adapter, url, {
          ...TRUST,
          createConnection: ({ host, port: at }) => Promise.resolve(net.connect(at, host)),
        });
        assert.deepEqual(targets, [["127.0.0.1", port, secure ? "wss:" : "ws:"]]);
        const error = await failure(adapter, url, {
          createConnection: () => {
            throw Object.assign(new Error("not today"), { code: "ETODAY" });
          },
        });
        assert.deepEqual(
          [error.code, error.message, (error.cause as Error).message],
          ["ETODAY", `Network error: ${url}: not today`, "not today"],
        );
      }),
  })),
  ...[false, true].map((secure): Way => ({
    name: `a connection of the caller's that is paused, ${secure ? "with TLS over it" : "as it is"}`,
    run: (adapter) =>
      withServer(adapter, secure, async (url, port) => {
        const socket = net.connect(port, "127.0.0.1");
        await new Promise((resolve) => {
          socket.once("connect", resolve);
        });
        socket.pause();
        await echo(adapter, url, { ...TRUST, socket });
      }),
  })),
  {
    name: "a connection of the caller's that has failed, or is closed: said in words",
    run: async (adapter) => {
      const failed = net.connect(1, "127.0.0.1").on("error", () => {});
      const closed = net.connect(1, "127.0.0.1").on("error", () => {});
      closed.destroy();
      await new Promise((resolve) => {
        failed.once("close", resolve);
      });
      for (const url of ["ws://127.0.0.1:1/", "wss://127.0.0.1:1/"]) {
        const error = await failure(adapter, url, { socket: failed });
        assert.match(
          error.message,
          /^Network error: wss?:\/\/127\.0\.0\.1:1\/: (.*ECONNREFUSED|The connection that was given is closed already)/,
        );
        assert.match(
          (await failure(adapter, url, { socket: closed })).message,
          /: The connection that was given is closed already$/,
        );
      }
    },
  },
  {
    name: "a signal gives up: error, then close 1006",
    run: (adapter) =>
      withAnswers(
        () => {},
        async (url) => {
          const controller = new AbortController();
          const client = new adapter.Client(url, null, { signal: controller.signal });
          const events: unknown[] = [];
          await new Promise((resolve) => {
            client.on("error", (event) => {
              events.push([event.message, event.error]);
            });
            client.on("close", ({ code }) => {
              resolve(events.push(code));
            });
            setTimeout(() => {
              controller.abort(new Error("too late"));
            }, 30);
          });
          assert.deepEqual(events, [
            [`Connecting to ${url} was given up: too late`, controller.signal.reason],
            1006,
          ]);
          assert.throws(
            () => new adapter.Client(url, null, { signal: controller.signal }),
            /too late/,
          );
        },
      ),
  },
];

/** All of them. */
export const ways: readonly Way[] = [
  ...through,
  ...refusals,
  ...redirects,
  ...others,
  ...givingUp,
  ...certificates,
  ...errors,
  ...byHttp2,
];
