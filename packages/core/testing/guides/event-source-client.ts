/** Sentences of the guide to the client of event streams. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { besideHttp, type GuideAdapter, type Sentence } from "./sentence.ts";

/** An answer of the server: its status, its body, and what the request was. */
interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  /** Whether the stream stays open. */
  readonly stays?: boolean;
}
type Client = InstanceType<GuideAdapter["EventSourceClient"]>;

/** Runs `use` beside a server that gives `answers` in turn, and the last of them again and again. */
async function answering(
  answers: readonly Answer[],
  use: (url: string, requests: http.IncomingHttpHeaders[]) => Promise<void>,
): Promise<void> {
  const requests: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    const {
      status = 200,
      type = "text/event-stream",
      body = "",
      stays = false,
    } = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push(request.headers);
    response.writeHead(status, status === 204 ? {} : { "Content-Type": type });
    if (body !== "" || stays) response.write(body === "" ? ":\n\n" : body);
    if (!stays) response.end();
  });
  await besideHttp(server, (port) => use(`http://127.0.0.1:${port}/`, requests));
}

/** The data of the events that a loop gives, and the code of its error. */
async function looped(source: Client): Promise<readonly [data: string[], code: unknown]> {
  const data: string[] = [];
  try {
    for await (const event of source) data.push(event.data);
  } catch (error) {
    return [data, (error as { readonly code: unknown }).code];
  }
  return [data, undefined];
}

const endings: readonly Sentence[] = [
  {
    name: "event source client: a loop has all connections' events, and ends with 204",
    run: ({ EventSourceClient }) =>
      answering(
        [{ body: "data: one\n\n" }, { body: "data: two\n\n" }, { status: 204 }],
        async (url, requests) => {
          const source = new EventSourceClient(url, { reconnectDelay: 1 });
          assert.deepEqual(await within(looped(source), "the loop"), [["one", "two"], undefined]);
          assert.equal(source.readyState, source.CLOSED);
          await pass(20);
          assert.equal(requests.length, 3);
        },
      ),
  },
  ...(
    [
      ["bad-status", [{ status: 500 }], {}],
      ["bad-content-type", [{ type: "text/html" }], {}],
      ["line-too-big", [{ body: `data: ${"x".repeat(100)}`, stays: true }], { maxLineSize: 50 }],
      [
        "event-too-big",
        [{ body: "data: 1234567890\n".repeat(10), stays: true }],
        { maxEventSize: 50 },
      ],
    ] as const
  ).map(([code, answers, options]): Sentence => ({
    name: `event source client: ${code} closes it, and the loop throws it`,
    run: ({ EventSourceClient }) =>
      answering(answers, async (url) => {
        const source = new EventSourceClient(url, options);
        const errors: unknown[] = [];
        source.on("error", ({ error }) => errors.push((error as { code: string }).code));
        assert.deepEqual(await within(looped(source), "the loop"), [[], code]);
        assert.equal(source.readyState, source.CLOSED);
        assert.deepEqual(errors, [code]);
      }),
  })),
  {
    name: "event source client: close() and leaving a loop close without an event, also in the middle of a chunk",
    run: ({ EventSourceClient }) =>
      answering([{ body: "data: one\n\ndata: two\n\n", stays: true }], async (url) => {
        const source = new EventSourceClient(url);
        const told: string[] = [];
        for (const type of ["message", "error"] as const)
          source.on(type, (event) => {
            told.push(type === "message" ? (event as { data: string }).data : type);
            source.close();
          });
        await eventually(() => source.readyState === source.CLOSED, "the close");
        await pass(20);
        assert.deepEqual(told, ["one"]);
        const left = new EventSourceClient(url);
        for await (const { data } of left) {
          assert.equal(data, "one");
          break;
        }
        assert.equal(left.readyState, left.CLOSED);
      }),
  },
];

const returns: readonly Sentence[] = [
  {
    name: "event source client: sends the last complete event's id, also of one without data; not one with control characters",
    run: ({ EventSourceClient }) =>
      answering(
        [
          { body: "id: é1\ndata: one\n\nid: 2\n\nid: cut\ndata: cut" },
          { body: "data: two\n\nid: a\u0001b\n\n" },
          { status: 204 },
        ],
        async (url, requests) => {
          const source = new EventSourceClient(url, { reconnectDelay: 1 });
          const ids: string[] = [];
          source.on("message", ({ lastEventId }) => ids.push(lastEventId));
          await within(looped(source), "the loop");
          assert.deepEqual(
            requests.map((headers) => headers["last-event-id"]),
            [undefined, "2", undefined],
          );
          assert.deepEqual(ids, ["é1", "2"]);
        },
      ),
  },
  {
    name: "event source client: begins at lastEventId, sends its headers each time, and stays away no longer than reconnect() says",
    run: ({ EventSourceClient }) =>
      answering([{ body: "retry: 60000\n\n" }, { status: 204 }], async (url, requests) => {
        const source = new EventSourceClient(url, { lastEventId: "7", headers: { "X-A": "1" } });
        let errors = 0;
        source.on("error", () => errors++);
        await eventually(() => errors === 1, "the end of the stream");
        assert.equal(source.readyState, source.CONNECTING);
        assert.equal(source.lastEventId, "7");
        source.reconnect();
        await eventually(() => source.readyState === source.CLOSED, "204");
        assert.deepEqual(
          requests.map((headers) => [
            ...["last-event-id", "x-a", "accept", "cache-control"].map((name) => headers[name]),
          ]),
          Array(2).fill(["7", "1", "text/event-stream", "no-cache"]),
        );
      }),
  },
  {
    name: "event source client: reconnectStatuses are tried again, and a signal closes it without an event",
    run: ({ EventSourceClient }) =>
      answering(
        [{ status: 503 }, { body: "data: one\n\n", stays: true }],
        async (url, requests) => {
          const leaving = new AbortController();
          const source = new EventSourceClient(url, {
            reconnectStatuses: [503],
            reconnectDelay: 1,
            backoff: 2,
            jitter: 0.5,
            signal: leaving.signal,
          });
          const told: string[] = [];
          source.on("error", ({ error }) => told.push((error as { code: string }).code));
          source.on("message", ({ data }) => told.push(data));
          await eventually(() => told.length === 2, "the event");
          leaving.abort();
          assert.equal(source.readyState, source.CLOSED);
          await pass(20);
          assert.deepEqual(told, ["bad-status", "one"]);
          assert.equal(requests.length, 2);
        },
      ),
  },
  {
    name: "event source client: where nobody listens, connection-failed, and it tries again",
    run: async ({ EventSourceClient }) => {
      let port = 0;
      await besideHttp(http.createServer(), async (own) => void (port = own));
      const source = new EventSourceClient(`http://127.0.0.1:${port}/`, { reconnectDelay: 1 });
      const codes: unknown[] = [];
      source.on("error", ({ error }) => codes.push((error as { code: string }).code));
      await eventually(() => codes.length >= 2, "two attempts");
      assert.equal(source.readyState, source.CONNECTING);
      source.close();
      assert.deepEqual(codes.slice(0, 2), ["connection-failed", "connection-failed"]);
    },
  },
];

export const eventSourceClientSentences: readonly Sentence[] = [...endings, ...returns];
