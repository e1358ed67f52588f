/** Sentences of the guide to event streams, the server's side. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import { Readable } from "node:stream";
import type { EventSource } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { besideHttp, type GuideAdapter, type Sentence } from "./sentence.ts";

/** Runs `use` with a stream on a request of `node:http`, and the reader's response. */
async function withStream(
  adapter: GuideAdapter,
  options: object,
  use: (source: EventSource, answer: Response, port: number) => Promise<void>,
  prepare: (response: http.ServerResponse) => void = () => {},
): Promise<void> {
  let source: EventSource | undefined;
  const server = http.createServer((request, response) => {
    prepare(response);
    source = new adapter.EventSource(request, response, options);
    source.comment("open"); // Bun holds the head back until there is a body
  });
  await besideHttp(server, async (port) => {
    const answer = await fetch(`http://127.0.0.1:${port}/events?a=1`, {
      headers: { Accept: "text/event-stream", "Last-Event-ID": "7" },
    });
    await use(source!, answer, port);
  });
}

/** The lines of a stream that are neither comments nor its retry. */
const linesOf = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).filter((line) => line !== "" && !/^(?::|retry)/.test(line));

const heads: readonly Sentence[] = [
  {
    name: "event stream: header fields that are set already stay, and so does a Cache-Control of the application",
    run: async (adapter) => {
      const first = (response: http.ServerResponse): void => {
        response.setHeader("X-A", "1");
      };
      await withStream(
        adapter,
        {},
        async (source, { headers }) => {
          const names = ["x-a", "content-type", "x-accel-buffering", "cache-control"];
          assert.deepEqual(
            names.map((name) => headers.get(name)),
            ["1", "text/event-stream", "no", "no-cache, no-store, no-transform"],
          );
          source.terminate();
        },
        first,
      );
      await withStream(
        adapter,
        {},
        async (source, { headers }) => {
          assert.equal(headers.get("cache-control"), "private");
          source.terminate();
        },
        (response) => response.setHeader("Cache-Control", "private"),
      );
    },
  },
  {
    name: "event stream: url, lastEventId, readyState, writable, signal; all of them change when it closes",
    run: (adapter) =>
      withStream(adapter, {}, async (source, answer, port) => {
        const state = (): unknown[] => [source.readyState, source.writable, source.signal.aborted];
        assert.deepEqual(
          [source.url, source.lastEventId],
          [`http://127.0.0.1:${port}/events?a=1`, "7"],
        );
        assert.deepEqual(state(), [1, true, false]);
        source.close();
        await within(answer.text(), "the end");
        await eventually(() => source.readyState === 3, "the close");
        assert.deepEqual(state(), [3, false, true]);
        assert.equal(source.send("late"), false);
      }),
  },
  {
    name: "event stream: an AbortSignal closes it, and await using waits for it",
    run: async (adapter) => {
      const leaving = new AbortController();
      await withStream(adapter, { signal: leaving.signal }, async (source, answer) => {
        leaving.abort();
        await within(answer.text(), "the end");
        await eventually(() => source.readyState === 3, "the close");
      });
      await withStream(adapter, {}, async (source, answer) => {
        const { asyncDispose } = Symbol as unknown as { readonly asyncDispose: symbol };
        const { [asyncDispose]: dispose } = source as unknown as Record<
          symbol,
          () => Promise<void>
        >;
        await within(Promise.all([dispose!.call(source), answer.text()]), "the disposal");
        assert.equal(source.readyState, 3);
      });
    },
  },
];

const sends: readonly Sentence[] = [
  {
    name: "event stream: bytes are read as UTF-8, other values as text; CR, LF and CR LF arrive as LF",
    run: (adapter) =>
      withStream(adapter, {}, async (source, answer) => {
        source.send(Buffer.from("é"));
        source.send(5);
        source.send("a\rb\nc\r\nd", { event: "lines", id: "1" });
        source.sendJSON({ a: [1] });
        source.close();
        assert.deepEqual(linesOf(await within(answer.text(), "the stream")).sort(), [
          ...["data: 5", "data: a", "data: b", "data: c", "data: d", 'data: {"a":[1]}'],
          ...["data: é", "event: lines", "id: 1"],
        ]);
      }),
  },
  {
    name: "event stream: sendAll() takes iterables, async or not: an item with data is an event, any other is data",
    run: (adapter) =>
      withStream(adapter, {}, async (source, answer) => {
        await source.sendAll(["one", { data: "two", event: "word" }]);
        const later = async function* (): AsyncGenerator<unknown> {
          yield "three";
          await pass(1);
          yield { data: "four", id: "4" };
        };
        await source.sendAll(later());
        source.close();
        const lines = linesOf(await within(answer.text(), "the stream"));
        assert.deepEqual(
          lines.filter((line) => line.startsWith("data")),
          ["data: one", "data: two", "data: three", "data: four"],
        );
        assert.ok(lines.includes("event: word") && lines.includes("id: 4"));
      }),
  },
  {
    name: "event stream: what is piped into it becomes an event for each chunk, and ends it",
    run: (adapter) =>
      withStream(adapter, {}, async (source, answer) => {
        Readable.from(["one", "two"]).pipe(source as unknown as NodeJS.WritableStream);
        const lines = linesOf(await within(answer.text(), "the stream"));
        assert.deepEqual(lines, ["data: one", "data: two"]);
        await eventually(() => source.readyState === 3, "the close");
      }),
  },
  {
    name: "event stream: isEventSource reads Node's requests and the Fetch standard's, and only GET",
    run: async ({ EventSource }) => {
      const is = (request: object): boolean => EventSource.isEventSource(request as never);
      const accept = "text/html, text/event-stream;q=0.9";
      for (const method of ["GET", "POST"]) {
        assert.equal(is({ method, headers: { accept } }), method === "GET");
        assert.equal(is({ method, headers: new Headers({ accept }) }), method === "GET");
      }
      assert.equal(is({ method: "GET", headers: { accept: "text/html" } }), false);
      assert.equal(is({ method: "GET", headers: new Headers() }), false);
    },
  },
];

/** A stream of `eventSource()`, and all that it has written. */
function made(
  { eventSource }: GuideAdapter,
  lastEventId = "",
  options = {},
): { readonly source: EventSource; text(): Promise<string> } {
  const headers = new Headers(lastEventId === "" ? {} : { "Last-Event-ID": lastEventId });
  const { source, response } = eventSource({ url: "http://a/", headers }, options);
  return { source, text: () => within(response.text(), "the stream") };
}
const dataOf = async (text: Promise<string>): Promise<string[]> =>
  linesOf(await text).flatMap((line) => /^data: (.*)/.exec(line)?.[1] ?? []);

const channels: readonly Sentence[] = [
  {
    name: "channel: a client that returns gets the last size events that had an id, after its own, and leaves when it closes",
    run: async (adapter) => {
      const channel = adapter.channel({ history: { size: 2 } });
      for (const id of ["1", "2", "3"]) channel.send(`event ${id}`, { id });
      channel.send("without an id");
      const [two, one, fresh] = ["2", "1", ""].map((id) => made(adapter, id));
      for (const { source } of [two!, one!, fresh!]) channel.add(source);
      assert.equal(channel.size, 3);
      channel.send("now");
      channel.close();
      const got = await Promise.all([two!, one!, fresh!].map(({ text }) => dataOf(text())));
      assert.deepEqual(got, [["event 3", "now"], ["event 2", "event 3", "now"], ["now"]]);
      await eventually(() => channel.size === 0, "the channel to be empty");
    },
  },
  {
    name: "channel: since is asked for what the history has not; events meanwhile wait, and none goes out twice",
    run: async (adapter) => {
      const asked: string[] = [];
      let answer!: (events: { data: string; id: string }[]) => void;
      const channel = adapter.channel({
        history: {
          size: 2,
          since: (id) => {
            asked.push(id);
            return id === "away" ? undefined : new Promise((resolve) => (answer = resolve));
          },
        },
      });
      for (const id of ["3", "4"]) channel.send(`event ${id}`, { id });
      const [back, away] = [made(adapter, "1"), made(adapter, "away")];
      channel.add(back.source).add(away.source);
      await eventually(() => asked.length === 2, "since");
      channel.send("event 5", { id: "5" });
      answer(["2", "3", "4", "5"].map((id) => ({ data: `event ${id}`, id })));
      await pass(20);
      channel.close();
      assert.deepEqual(asked, ["1", "away"]);
      assert.deepEqual(await dataOf(back.text()), ["event 2", "event 3", "event 4", "event 5"]);
      assert.deepEqual(await dataOf(away.text()), ["event 3", "event 4", "event 5"]);
    },
  },
  {
    name: "channel: all get events in the same order, also one that a slow client's listener sends as it is dropped",
    run: async (adapter) => {
      const channel = adapter.channel();
      const slow = made(adapter, "", { maxBufferedBytes: 1000 });
      const other = made(adapter);
      channel.add(slow.source).add(other.source);
      let code: unknown;
      slow.source.on("error", (event: { readonly code: unknown }) => {
        code = event.code;
        channel.send("somebody left");
      });
      slow.text().catch(() => {});
      channel.send("x".repeat(200_000));
      channel.send("y".repeat(200_000));
      await eventually(() => code !== undefined, "the slow one to be dropped");
      assert.equal(code, "output-overflow");
      channel.close();
      const got = (await dataOf(other.text())).map((data) => data.slice(0, 8));
      assert.equal(got.filter((data) => data === "somebody").length, 1);
      assert.ok(got.indexOf("somebody") > 0);
    },
  },
];

export const eventStreamSentences: readonly Sentence[] = [...heads, ...sends, ...channels];
