/** The suite of `eventSource` and `channel` on every runtime's own HTTP server. */
import type { ChannelOptions, EventChannel } from "../../shell/sse/server/channel.ts";
import type { EventSource } from "../../shell/sse/server/event-source.ts";
import type { EventSourceFunction } from "../../shell/sse/server/fetch.ts";
import type { EventSourceOptions } from "../../shell/sse/server/options.ts";
import { equal, eventually, ok, within } from "../assertion.ts";

/** The parts that an adapter's test supplies. */
export interface EventStreamHarness {
  readonly eventSource: EventSourceFunction;
  readonly channel: (options?: ChannelOptions) => EventChannel;
  /** A client. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Starts a server whose requests are answered by `handler`. */
  serve(
    handler: (request: Request) => Response,
  ): Promise<{ readonly url: string; stop(): unknown }>;
}

/** One thing that an event stream must do. */
export interface EventStreamBehaviour {
  readonly name: string;
  run(harness: EventStreamHarness): Promise<void>;
}

/** A server that answers with event streams, and what reads them. */
class Scene {
  readonly sources: EventSource[] = [];
  private readonly harness: EventStreamHarness;
  private readonly options: EventSourceOptions;
  private server!: { readonly url: string; stop(): unknown };

  constructor(harness: EventStreamHarness, options: EventSourceOptions) {
    this.harness = harness;
    this.options = options;
  }

  async start(begin: (source: EventSource) => void): Promise<void> {
    this.server = await this.harness.serve((request) => {
      const { response, source } = this.harness.eventSource(request, this.options);
      this.sources.push(source);
      begin(source);
      return response;
    });
  }

  async read(headers: Record<string, string> = {}): Promise<Reading> {
    const leaving = new AbortController();
    const response = await within(
      this.harness.fetch(`${this.server.url}/events?a=1`, {
        headers: { accept: "text/event-stream", ...headers },
        signal: leaving.signal,
      }),
      "the response",
    );
    return new Reading(response, leaving);
  }

  async head(): Promise<{ status: number; type: string | null; text: string }> {
    const response = await within(
      this.harness.fetch(`${this.server.url}/events`, { method: "HEAD" }),
      "the response",
    );
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await within(response.text(), "the end"),
    };
  }

  async stop(): Promise<void> {
    for (const source of this.sources) source.close();
    await this.server.stop();
  }
}

class Reading {
  readonly response: Response;
  private readonly leaving: AbortController;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private text = "";

  constructor(response: Response, leaving: AbortController) {
    this.response = response;
    this.leaving = leaving;
    this.reader = response.body!.getReader();
  }

  /** Reads until all of `expected` has come, and no more. */
  async hears(expected: string): Promise<void> {
    while (this.text.length < expected.length && (await this.more()));
    equal(this.text, expected, "the stream");
    this.text = "";
  }

  /** Reads until all of `expected` has come. More may have come with it. */
  async begins(expected: string): Promise<void> {
    while (this.text.length < expected.length && (await this.more()));
    equal(this.text.slice(0, expected.length), expected, "the stream");
  }

  async ends(): Promise<void> {
    equal(await this.more(), false, "more after the end");
  }

  /** Reads and forgets, until `size` characters have come. */
  async skip(size: number): Promise<void> {
    let read = 0;
    while (read < size && (await this.more())) {
      read += this.text.length;
      this.text = "";
    }
  }

  leave(): void {
    this.reader.closed.catch(() => {});
    this.leaving.abort();
  }

  private async more(): Promise<boolean> {
    const { done, value } = await within(this.reader.read(), "more of the stream");
    if (value !== undefined) this.text += this.decoder.decode(value, { stream: true });
    return !done;
  }
}

/** Runs a scene, and stops its server whatever happens. */
const scene =
  (
    begin: (source: EventSource) => void,
    run: (scene: Scene) => Promise<void>,
    options: EventSourceOptions = { retry: 0, ping: 0 },
  ) =>
  async (harness: EventStreamHarness): Promise<void> => {
    const one = new Scene(harness, options);
    await one.start(begin);
    try {
      await run(one);
    } finally {
      await one.stop();
    }
  };

const nothing = (): void => {};

/** The suite. */
export const eventStreamContract: readonly EventStreamBehaviour[] = [
  {
    name: "each event arrives when it is sent, and the end when it is closed",
    run: scene(
      (source) => {
        source.send("first", { id: 0 });
      },
      async (server) => {
        const reading = await server.read({ "last-event-id": "41" });
        const [source] = server.sources;
        await reading.hears("retry: 2000\r\n\r\nid: 0\r\ndata: first\r\n\r\n");
        const { headers, status } = reading.response;
        equal(
          [
            status,
            ...["content-type", "cache-control", "x-accel-buffering", "x-a"].map((name) =>
              headers.get(name),
            ),
          ],
          [200, "text/event-stream", "no-cache, no-store, no-transform", "no", "1"],
          "the head",
        );
        equal(
          [source!.readyState, source!.lastEventId, new URL(source!.url).search],
          [1, "41", "?a=1"],
          "the source",
        );
        source!.send("ü\n😀");
        await reading.hears("data: ü\ndata: 😀\r\n\r\n");
        source!.close();
        await reading.ends();
      },
      { retry: 2, ping: 0, headers: { "X-A": "1" } },
    ),
  },
  {
    name: "the head arrives before there is an event, and pings after it",
    run: scene(nothing, async (server) => (await server.read()).begins(":\r\n\r\n".repeat(3)), {
      retry: 0,
      ping: 0.05,
    }),
  },
  {
    name: "the reader leaves: closed, its signal aborts, and what is sent is told to stop",
    run: scene(nothing, async (server) => {
      const reading = await server.read();
      const source = server.sources[0]!;
      const { signal } = source;
      const log: string[] = [];
      for (const type of ["error", "close"]) source.on(type, () => log.push(type));
      let stopped = false;
      const all = source.sendAll(
        (async function* () {
          try {
            for (let at = 0; ; at++) {
              yield at;
              await new Promise((resolve) => {
                setTimeout(resolve, 10);
              });
            }
          } finally {
            stopped = true;
          }
        })(),
      );
      await reading.begins(":\r\n\r\ndata: 0\r\n\r\n");
      reading.leave();
      equal(await within(all, "sendAll"), false, "all was sent");
      await eventually(() => stopped, "the iterable to be told");
      equal(
        [source.readyState, signal.aborted, source.send("late")],
        [3, true, false],
        "the source",
      );
      equal(log, ["close"], "events"); // to leave is no error
    }),
  },
  {
    name: "HEAD is answered by the head alone, and leaves nothing open",
    run: scene(
      (source) => {
        source.send("a");
      },
      async (server) => {
        const { status, type, text } = await server.head();
        equal(
          [status, type, text, server.sources[0]!.readyState],
          [200, "text/event-stream", "", 3],
          "the answer, and the source",
        );
      },
    ),
  },
  {
    name: "a reader that does not read is waited for, and drain says when to go on",
    run: scene(
      nothing,
      async (server) => {
        const reading = await server.read();
        const source = server.sources[0]!;
        const block = "x".repeat(65_536);
        let sent = 0;
        let drained = false;
        for (let full = 0; full < 20; sent++) {
          if (source.send(block)) full = 0;
          else full++;
          await new Promise((resolve) => {
            setTimeout(resolve, full > 0 ? 5 : 0);
          });
          ok(sent < 2000, "nothing said that the reader does not read");
        }
        source.on("drain", () => {
          drained = true;
        });
        await reading.skip(sent * (block.length + 10));
        await eventually(() => drained, "drain");
        ok(source.writable, "closed");
      },
      { retry: 0, ping: 0, maxBufferedBytes: 1e9 },
    ),
  },
  {
    name: "a reader that is too slow is dropped",
    run: scene(
      nothing,
      async (server) => {
        const reading = await server.read();
        const source = server.sources[0]!;
        const log: string[] = [];
        source.on("error", ({ code }) => log.push(code ?? "")).on("close", () => log.push("close"));
        for (let sent = 0; source.writable; sent++) {
          source.send("x".repeat(65_536));
          await new Promise((resolve) => {
            setTimeout(resolve, 1);
          });
          ok(sent < 2000, "never dropped");
        }
        equal(log, ["output-overflow", "close"], "events");
        reading.leave();
      },
      { retry: 0, ping: 0, maxBufferedBytes: 1_000_000 },
    ),
  },
  {
    name: "a channel sends to all, and what was missed to who comes back",
    async run(harness) {
      const room = harness.channel({ history: { size: 10 } });
      await scene(
        (source) => {
          room.add(source);
        },
        async (server) => {
          const readers = [await server.read(), await server.read()];
          for (const id of [1, 2, 3]) room.send(id, { id });
          const all = [1, 2, 3].map((id) => `id: ${id}\r\ndata: ${id}\r\n\r\n`);
          for (const reading of readers) await reading.hears(`:\r\n\r\n${all.join("")}`);
          readers[0]!.leave();
          await eventually(() => room.size === 1, "the reader to be missed");
          const back = await server.read({ "last-event-id": "1" });
          await back.hears(`:\r\n\r\n${all.slice(1).join("")}`);
          room.close();
          await back.ends();
          equal(room.size, 0, "readers");
        },
      )(harness);
    },
  },
];
