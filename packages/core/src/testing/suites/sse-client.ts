/** What `EventSource.Client` must do in every runtime, against real servers. The rules themselves are tested without sockets. */
import type { EventSourceClient } from "../../shell/sse/client/client.ts";
import type { EventSourceClientOptions } from "../../shell/sse/client/options.ts";
import type { FetchLike } from "../../shell/sse/client/request.ts";
import { equal, eventually, ok, pass, within } from "../assertion.ts";

/** What a server is asked: the part of `node:http`'s request that the tests use. */
export interface StreamRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How it answers: the part of `node:http`'s response that the tests use. */
export interface StreamResponse {
  writeHead(status: number, headers?: Readonly<Record<string, string>>): unknown;
  /** `false` where so much waits that the writer should. */
  write(text: string): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  once(type: "close" | "drain", listener: () => void): unknown;
}

/** A server that listens. */
export interface StreamServer {
  readonly port: number;
  /** Stops listening and drops what is still connected. */
  stop(): Promise<void>;
}

/** What an adapter's test supplies. */
export interface EventSourceClientHarness {
  readonly Client: new (url: string, options?: EventSourceClientOptions) => EventSourceClient;
  /** The runtime's own. */
  readonly fetch: FetchLike;
  /** Starts a server on 127.0.0.1. @param port 0: any */
  serve(
    answer: (request: StreamRequest, response: StreamResponse) => void,
    port?: number,
  ): Promise<StreamServer>;
}

/** One thing that a client must do. */
export interface EventSourceClientBehaviour {
  readonly name: string;
  run(harness: EventSourceClientHarness): Promise<void>;
}

type Answer = (request: StreamRequest, response: StreamResponse) => void;

const STREAM = { "Content-Type": "text/event-stream" };

/** A client, its server, and what it tells as it tells it. */
class Scene {
  readonly log: string[] = [];
  readonly requests: StreamRequest[] = [];
  readonly url: string;
  readonly client: EventSourceClient;
  server: StreamServer;

  private constructor(
    { Client }: EventSourceClientHarness,
    server: StreamServer,
    requests: StreamRequest[],
    options: EventSourceClientOptions,
  ) {
    this.server = server;
    this.requests = requests;
    this.url = `http://127.0.0.1:${server.port}/events`;
    this.client = new Client(this.url, { reconnectDelay: 20, ...options });
    this.client
      .on("open", () => this.log.push("open"))
      .on("error", ({ code }) => this.log.push(code));
    this.client.on("message", ({ data, lastEventId }) => this.log.push(`${data} ${lastEventId}`));
  }

  /** Runs `work` with a client of `answer`, and cleans up. */
  static async with(
    harness: EventSourceClientHarness,
    answer: Answer,
    work: (scene: Scene) => Promise<void>,
    options: EventSourceClientOptions = {},
  ): Promise<void> {
    const requests: StreamRequest[] = [];
    const server = await harness.serve((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    const scene = new Scene(harness, server, requests, options);
    try {
      await work(scene);
    } finally {
      scene.client.close();
      await scene.server.stop();
    }
  }

  until(...expected: string[]): Promise<void> {
    return eventually(() => this.log.join() === expected.join(), expected.join()).catch(() => {
      equal(this.log, expected, "what was told");
    });
  }
}

/** Answers with `texts` in turn, one each request, and keeps the last stream open. */
const inTurn =
  (...texts: string[]): Answer =>
  (_, response) => {
    response.writeHead(200, STREAM);
    const text = texts.shift() ?? "";
    if (texts.length === 0) response.write(text || ":\n");
    else response.end(text);
  };

const streams: readonly EventSourceClientBehaviour[] = [
  {
    name: "asks for an event stream, with the fields it was given",
    run: (harness) =>
      Scene.with(
        harness,
        inTurn("data:a\n\n"),
        async ({ requests, log, ...scene }) => {
          await eventually(() => log.length === 2, "an event");
          const [{ url, headers }] = requests as [StreamRequest];
          equal(
            [
              url,
              headers["accept"],
              headers["cache-control"],
              headers["x-token"],
              headers["last-event-id"],
            ],
            ["/events", "text/event-stream", "no-cache", "42", undefined],
            "the request",
          );
          equal([log.join(), scene.client.readyState], ["open,a ", 1], "what was told");
        },
        { headers: { "X-Token": "42" } },
      ),
  },
  {
    name: "opens before the first event comes",
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write(":\n");
        },
        (scene) => scene.until("open"),
      ),
  },
  {
    name: "reads a large event of all kinds of characters, in whatever pieces it comes",
    run: async (harness) => {
      const data = "aé水😀".repeat(100_000);
      await Scene.with(harness, inTurn(`data:${data}\nid:x\n\n`), (scene) =>
        scene.until("open", `${data} x`),
      );
    },
  },
  {
    name: "follows redirects, and tells where the stream is from",
    run: async (harness) => {
      const target = await harness.serve(inTurn("data:a\n\n"));
      const origins: string[] = [];
      await Scene.with(
        harness,
        (_, response) => {
          response.writeHead(307, { Location: `http://127.0.0.1:${target.port}/` });
          response.end();
        },
        async ({ client, url }) => {
          client.on("message", ({ origin }) => origins.push(origin));
          await eventually(() => origins.length === 1, "an event");
          equal(
            [client.url, origins[0]],
            [url, `http://127.0.0.1:${target.port}`],
            "URL and origin",
          );
        },
      ).finally(() => target.stop());
    },
  },
  {
    // CVE-2022-1650 of npm eventsource: they went wherever a redirect led.
    name: "credentials stay at their origin when a redirect leads away from it; other fields, and the id, go along",
    run: async (harness) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const asked: StreamRequest[] = [];
        const target = await harness.serve((request, response) => {
          asked.push(request);
          inTurn("data:a\n\n")(request, response);
        });
        await Scene.with(
          harness,
          (_, response) => {
            response.writeHead(status, { Location: `http://127.0.0.1:${target.port}/` });
            response.end();
          },
          async ({ requests }) => {
            await eventually(() => asked.length > 0, "the redirect to be followed");
            const fields = [requests[0]!, asked[0]!].map(({ headers }) =>
              ["authorization", "cookie", "x-a", "last-event-id"].map((name) => headers[name]),
            );
            equal(
              fields,
              [
                ["Bearer secret", "session=secret", "1", "4"],
                [undefined, undefined, "1", "4"],
              ],
              `the fields at both, after ${status}`,
            );
          },
          {
            headers: { Authorization: "Bearer secret", Cookie: "session=secret", "X-A": "1" },
            lastEventId: "4",
          },
        ).finally(() => target.stop());
      }
    },
  },
];

const endings: readonly EventSourceClientBehaviour[] = [
  {
    name: "connects again when a stream ends, with the id of the last event in UTF-8",
    run: (harness) =>
      Scene.with(harness, inTurn("id: é水\ndata:a\n\n", "data:b\n\n"), async (scene) => {
        await scene.until("open", "a é水", "stream-ended", "open", "b é水");
        // A server reads field values as ISO 8859-1.
        equal(
          scene.requests[1]?.headers["last-event-id"],
          "\u00c3\u00a9\u00e6\u00b0\u00b4",
          "Last-Event-ID",
        );
      }),
  },
  {
    name: "connects again when a stream breaks off, and drops the event that was cut",
    run: (harness) => {
      let first = true;
      return Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write("id:1\ndata:a\n\nid:2\ndata:b\n");
          if (first) setTimeout(() => response.destroy(), 50);
          first = false;
        },
        async (scene) => {
          await scene.until("open", "a 1", "stream-lost", "open", "a 1");
          equal(scene.requests[1]?.headers["last-event-id"], "1", "Last-Event-ID");
        },
      );
    },
  },
  {
    name: "finds a server again that was killed and restarted",
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          response.write("id:7\ndata:a\n\n");
        },
        async (scene) => {
          await scene.until("open", "a 7");
          await scene.server.stop();
          await eventually(
            () => scene.log.filter((entry) => entry === "connection-failed").length > 1,
            "attempts that fail",
          );
          equal(scene.client.readyState, 0, "readyState");
          scene.log.length = 0;
          const asked: unknown[] = [];
          scene.server = await harness.serve(({ headers }, response) => {
            asked.push(headers["last-event-id"]);
            inTurn("data:b\n\n")({ headers }, response);
          }, scene.server.port);
          await eventually(() => scene.log.includes("b 7"), "an event of the new server");
          equal(asked, ["7"], "Last-Event-ID");
        },
      ),
  },
  ...(
    [
      [204, {}, "bad-status"],
      [500, STREAM, "bad-status"],
      [200, { "Content-Type": "text/plain" }, "bad-content-type"],
    ] as const
  ).map(([status, headers, code]): EventSourceClientBehaviour => ({
    name: `is closed for good by ${status} with ${"Content-Type" in headers ? headers["Content-Type"] : "nothing"}`,
    run: (harness) =>
      Scene.with(
        harness,
        (_, response) => {
          response.writeHead(status, headers);
          response.end();
        },
        async (scene) => {
          await scene.until(code);
          await pass(60);
          equal(
            [scene.client.readyState, scene.requests.length],
            [2, 1],
            "readyState and requests",
          );
        },
      ),
  })),
];

const pressure: readonly EventSourceClientBehaviour[] = [
  {
    name: "drops the connection when it is closed, or its signal aborts",
    run: async (harness) => {
      for (const how of ["close", "signal"]) {
        const abort = new AbortController();
        let left = false;
        await Scene.with(
          harness,
          (_, response) => {
            response.once("close", () => {
              left = true;
            });
            response.writeHead(200, STREAM);
            response.write("data:a\n\n");
          },
          async (scene) => {
            await scene.until("open", "a ");
            if (how === "close") scene.client.close();
            else abort.abort();
            await eventually(() => left, "the server to see it leave");
            equal(
              [scene.client.readyState, scene.log.length],
              [2, 2],
              "readyState and what was told",
            );
          },
          { signal: abort.signal },
        );
      }
    },
  },
  {
    name: "drops the connection though its fetch does not hear the signal",
    run: async (harness) => {
      let left = false;
      await Scene.with(
        harness,
        (_, response) => {
          response.once("close", () => {
            left = true;
          });
          response.writeHead(200, STREAM);
          response.write("data:a\n\n");
        },
        async (scene) => {
          await scene.until("open", "a ");
          scene.client.close();
          await eventually(() => left, "the server to see it leave");
        },
        { fetch: (url, init) => harness.fetch(url, { ...init, signal: null }) },
      );
    },
  },
  {
    name: "reads no faster than the loop that takes the events",
    run: async (harness) => {
      const event = `data:${"x".repeat(16_384)}\n\n`;
      const MOST = 4000; // 64 MiB in all: more than lies between two sockets
      let written = 0;
      await Scene.with(
        harness,
        (_, response) => {
          response.writeHead(200, STREAM);
          const write = (): void => {
            while (written < MOST) {
              written++;
              if (!response.write(event)) return void response.once("drain", write);
            }
            response.end();
          };
          write();
        },
        async ({ client }) => {
          const events = client[Symbol.asyncIterator]();
          let before = -1;
          await within(
            (async () => {
              while (before !== written) {
                before = written;
                await pass(300);
              }
            })(),
            "the server to be held back",
            30_000,
          );
          ok(written < MOST, `the server should wait, but has written all of ${MOST} events`);
          for (let at = 0; at < MOST; at++)
            equal((await within(events.next(), `event ${at}`)).done, false, "done");
          await events.return?.();
        },
      );
    },
  },
];

/** Every behaviour of the client. No test framework is needed to run them. */
export const eventSourceClientContract: readonly EventSourceClientBehaviour[] = [
  ...streams,
  ...endings,
  ...pressure,
];
