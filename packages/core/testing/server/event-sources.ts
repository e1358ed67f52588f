/** `EventSource` on a runtime's `node:http` and `node:http2`, as a suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { EventSource } from "../../src/shell/index.ts";
import type { EventSourceConstructor } from "../../src/node-compat/index.ts";
import { eventually } from "../../src/testing/assertion.ts";
import type { Case } from "../harness/harnesses.ts";

/** The names of an adapter that this suite needs. */
export interface EventSourceAdapter {
  readonly EventSource: EventSourceConstructor;
}

type Handle = (request: any, response: any) => void;

async function within(
  server: http.Server | http2.Http2Server,
  stop: () => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    stop();
    await closed;
  }
}

function served(handle: Handle, use: (port: number) => Promise<void>): Promise<void> {
  const server = http.createServer(handle);
  return within(
    server,
    () => {
      server.closeAllConnections();
    },
    use,
  );
}

function served2(handle: Handle, use: (port: number) => Promise<void>): Promise<void> {
  const server = http2.createServer(handle);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  return within(
    server,
    () => {
      for (const session of sessions) session.destroy();
    },
    use,
  );
}

const HEAD = "GET /events?a=1 HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n";

/** Sends a request by hand, and reads to the end. */
export function exchange(
  port: number,
  head = `${HEAD}\r\n`,
): Promise<{ head: string; body: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    net
      .connect(port, "127.0.0.1")
      .on("error", reject)
      .setEncoding("utf8")
      .on("data", (chunk: string) => {
        text += chunk;
      })
      .on("end", () => {
        const end = text.indexOf("\r\n\r\n");
        resolve({ head: text.slice(0, end), body: text.slice(end + 4) });
      })
      .write(head);
  });
}

/** Runs `use` with a stream, and a socket that reads it by hand. */
async function withStream(
  { EventSource }: EventSourceAdapter,
  options: object,
  use: (source: EventSource, socket: net.Socket, response: http.ServerResponse) => Promise<void>,
): Promise<void> {
  let source: EventSource | undefined;
  let response!: http.ServerResponse;
  await served(
    (request, answer) => {
      response = answer;
      source = new EventSource(request, answer, options);
    },
    async (port) => {
      const socket = net.connect(port, "127.0.0.1").on("error", () => {});
      socket.pause().write(`${HEAD}\r\n`);
      await eventually(() => source !== undefined, "a stream");
      await use(source!, socket, response);
      socket.destroy();
    },
  );
}

/** All of it. */
export const eventSources: readonly Case<EventSourceAdapter>[] = [
  {
    name: "head and events, as they are written",
    run: ({ EventSource }) =>
      served(
        (request, response) => {
          assert.equal(EventSource.isEventSource(request), true);
          response.setHeader("X-Framework", "yes");
          const source = new EventSource(request, response, {
            headers: { "X-Mine": "1" },
            retry: 2,
          });
          assert.deepEqual(
            [source.lastEventId, source.url.replace(/^http:\/\/.*?\//, "/")],
            ["7", "/events?a=1"],
          );
          source.send("multi\nline", { event: "e", id: 8 });
          source.ping();
          source.end("last");
        },
        async (port) => {
          const { head, body } = await exchange(port, `${HEAD}Last-Event-ID: 7\r\n\r\n`);
          assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
          for (const field of [
            /\r\nContent-Type: text\/event-stream/i,
            /\r\nX-Framework: yes/i,
            /\r\nX-Mine: 1/i,
            /\r\nCache-Control: no-cache, no-store, no-transform/i,
          ])
            assert.match(head, field);
          assert.equal(
            body,
            "retry: 2000\r\n\r\nevent: e\r\nid: 8\r\ndata: multi\ndata: line\r\n\r\n:\r\n\r\ndata: last\r\n\r\n",
          );
        },
      ),
  },
  {
    // A browser's request may come before the page's answer is known to have left.
    name: "a request that comes while the one before it is still being answered",
    run: ({ EventSource }) =>
      served(
        (request, response) => {
          if (request.url === "/page")
            setTimeout(() => {
              response.end("page");
            }, 50);
          else new EventSource(request, response).end("a");
        },
        async (port) => {
          const { body } = await exchange(
            port,
            `GET /page HTTP/1.1\r\nHost: here\r\n\r\n${HEAD}\r\n`,
          );
          assert.match(body, /page/);
          assert.match(body, /text\/event-stream[^]*retry: 5000\r\n\r\ndata: a\r\n\r\n$/i);
        },
      ),
  },
  {
    name: "over HTTP/2",
    run: ({ EventSource }) =>
      served2(
        (request, response) => {
          const source = new EventSource(request, response);
          source.send("a", { id: 1 });
          setTimeout(() => {
            source.end("b");
          }, 20);
        },
        async (port) => {
          const session = http2.connect(`http://127.0.0.1:${port}`);
          const stream = session.request({ ":path": "/events", accept: "text/event-stream" });
          let body = "";
          stream.setEncoding("utf8").on("data", (text: string) => {
            body += text;
          });
          const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
          await once(stream, "end");
          assert.deepEqual(
            [headers[":status"], headers["content-type"], body],
            [
              200,
              "text/event-stream",
              "retry: 5000\r\n\r\nid: 1\r\ndata: a\r\n\r\ndata: b\r\n\r\n",
            ],
          );
          session.destroy();
        },
      ),
  },
  {
    name: "no field is injected by event or id",
    run: (adapter) =>
      withStream(adapter, {}, async (source) => {
        for (const evil of ["a\ndata: evil", "a\rdata: evil", "a\0"]) {
          assert.throws(() => source.send("x", { event: evil }), TypeError);
          assert.throws(() => source.send("x", { id: evil }), TypeError);
        }
      }),
  },
  {
    name: "back-pressure, then drain",
    run: (adapter) =>
      withStream(adapter, {}, async (source, socket) => {
        let sent = 0;
        while (source.send("x".repeat(100_000)) && sent++ < 500)
          await new Promise((resolve) => {
            setTimeout(resolve, 1);
          });
        assert.ok(source.bufferedAmount > 0);
        const drained = once(source, "drain");
        socket.resume();
        await drained;
        assert.equal(source.send("z"), true);
      }),
  },
  {
    name: "a reader that is too slow is dropped at maxBufferedBytes",
    run: (adapter) =>
      withStream(adapter, { maxBufferedBytes: 1_000_000 }, async (source) => {
        const told: unknown[] = [];
        source.on("error", ({ code }) => told.push(code)).on("close", () => told.push("close"));
        for (let sent = 0; source.writable && sent < 2000; sent++) {
          source.send("x".repeat(50_000));
          if (sent % 10 === 0)
            await new Promise((resolve) => {
              setTimeout(resolve, 0);
            });
        }
        await eventually(() => told.length === 2, "the end");
        assert.deepEqual(told, ["output-overflow", "close"]);
      }),
  },
  ...(
    [
      [
        "ends",
        (socket) => {
          socket.end();
        },
      ],
      [
        "resets",
        (socket) => {
          socket.resetAndDestroy();
        },
      ],
    ] as [string, (socket: net.Socket) => void][]
  ).map(([name, leave]): Case<EventSourceAdapter> => ({
    name: `a client that ${name} closes it`,
    run: (adapter) =>
      withStream(adapter, {}, async (source, socket) => {
        await once(socket.resume(), "data");
        const closed = once(source, "close");
        leave(socket);
        await closed;
        assert.deepEqual([source.readyState, source.send("a")], [3, false]);
      }),
  })),
  {
    name: "a response that is destroyed on our side closes it",
    run: (adapter) =>
      withStream(adapter, { ping: 0.01 }, async (source, _, response) => {
        const closed = once(source, "close");
        response.destroy();
        await closed;
        assert.deepEqual([source.readyState, source.ping()], [3, false]);
      }),
  },
  {
    name: "HEAD is answered by the head alone",
    run: ({ EventSource }) =>
      served(
        (request, response) => {
          new EventSource(request, response);
        },
        async (port) => {
          const { head, body } = await exchange(
            port,
            "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          );
          assert.match(head, /\r\nContent-Type: text\/event-stream/i);
          assert.equal(body, "");
        },
      ),
  },
  {
    name: "HEAD over HTTP/2, whose stream is not writable from the beginning, is answered too",
    run: ({ EventSource }) =>
      served2(
        (request, response) => {
          new EventSource(request, response);
        },
        async (port) => {
          const session = http2.connect(`http://127.0.0.1:${port}`);
          const stream = session.request({ ":method": "HEAD", ":path": "/events" }).resume();
          const ended = once(stream, "end");
          const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
          await ended;
          assert.deepEqual(
            [headers[":status"], headers["content-type"]],
            [200, "text/event-stream"],
          );
          session.destroy();
        },
      ),
  },
  {
    name: "a response whose head is written stays the caller's",
    run: ({ EventSource }) =>
      served(
        (request, response) => {
          response.writeHead(200);
          assert.throws(() => new EventSource(request, response), /its head is written already/);
          response.end("mine");
        },
        async (port) => {
          assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "mine");
        },
      ),
  },
  {
    name: "the client of this library reads it, and comes back where it was",
    run: ({ EventSource }) => {
      const ids: string[] = [];
      return served(
        (request, response) => {
          const source = new EventSource(request, response, { retry: 0.01 });
          ids.push(source.lastEventId);
          source.send(`event ${ids.length}`, { id: ids.length });
          source.end();
        },
        async (port) => {
          const client = new EventSource.Client(`http://127.0.0.1:${port}/`);
          const told: unknown[] = [];
          client
            .on("message", ({ data }) => {
              told.push(data);
            })
            .on("error", () => {});
          await eventually(() => told.length >= 3, "three events");
          client.close();
          assert.deepEqual(
            [told.slice(0, 3), ids.slice(0, 3)],
            [
              ["event 1", "event 2", "event 3"],
              ["", "1", "2"],
            ],
          );
        },
      );
    },
  },
  {
    name: "the client says why no response came",
    run: async ({ EventSource }) => {
      const free = net.createServer().listen(0, "127.0.0.1");
      await once(free, "listening");
      const { port } = free.address() as net.AddressInfo;
      free.close();
      await once(free, "close");
      for (const [url, why] of [
        [`http://127.0.0.1:${port}/`, /^No response came: .*(ECONNREFUSED|Connection refused)/],
        ["http://no-such-host.invalid/", /^No response came: .*(ENOTFOUND|EAI_AGAIN|dns error)/],
      ] as const) {
        const client = new EventSource.Client(url);
        const [event] = (await once(client, "error")) as [{ message: string; code: string }];
        client.close();
        assert.match(event.message, why);
        assert.doesNotMatch(event.message, /fetch failed/);
        assert.equal(event.code, "connection-failed");
      }
    },
  },
];
