/**
 * `EventSource` beside the original: each scenario runs with faye-websocket 0.11.4 and with ours, over real sockets, and the bytes of the body, what
 * the calls returned and the order of events must be the same. `event-source.test.ts` has the intended differences.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { EventSource } from "../../src/index.ts";
import { exchange } from "../../../core/testing/server/event-sources.ts";
import { once, pause, served } from "./event-source.served.ts";

const faye: any = createRequire(import.meta.url)("faye-websocket").EventSource;

interface Seen {
  readonly head: string[];
  readonly body: string;
  readonly log: unknown[];
}

type Scenario = (source: any, log: unknown[]) => unknown;

async function seen(
  library: any,
  options: unknown,
  scenario: Scenario,
  request?: string,
): Promise<Seen> {
  const log: unknown[] = [];
  let ended!: Promise<unknown>;
  await using server = await served((incoming: IncomingMessage, response: ServerResponse) => {
    const source = new library(incoming, response, options);
    for (const type of ["open", "close"]) {
      source[`on${type}`] = (event: any) =>
        log.push([
          `on${type}`,
          source.readyState,
          source.writable,
          event.target === source,
          event.eventPhase,
          event.bubbles,
          event.cancelable,
        ]);
      source.addEventListener(type, (event: any) =>
        log.push([event.type, event.currentTarget === source]),
      );
    }
    ended = (async () => scenario(source, log))();
  });
  const { head, body } = await exchange(server.port, request);
  await ended;
  await pause(10);
  return { head: head.split("\r\n"), body: body.replaceAll(String(server.port), "PORT"), log };
}

const nasty = [
  "a",
  "",
  "a\nb",
  "a\rb",
  "a\r\nb",
  "\n",
  "\r\n\r\n",
  "a\n\rb",
  " lead",
  "ü😀",
  5,
  null,
  undefined,
  {},
  [1, 2],
  Buffer.from("buffer"),
  true,
  NaN,
];

const scenarios: [name: string, options: unknown, scenario: Scenario, request?: string][] = [
  [
    "data of all kinds",
    undefined,
    (source, log) => {
      for (const data of nasty) log.push(source.send(data));
      source.close();
    },
  ],
  [
    "events and ids",
    {},
    (source, log) => {
      log.push(
        source.send("a", { event: "e" }),
        source.send("b", { id: "i" }),
        source.send("c", { event: "e", id: 7 }),
        source.send("d", { event: "", id: "" }),
      );
      log.push(
        source.send("e", {}),
        source.send("f", null),
        source.send("g", { event: null, id: undefined }),
        source.send("h", { id: "0", event: "ü" }),
      );
      source.close();
    },
  ],
  [
    "states, events and returned values, from before open to after close",
    undefined,
    async (source, log) => {
      const calls = (): void =>
        void log.push([
          source.readyState,
          source.writable,
          source.send("x"),
          source.write("y"),
          source.ping(),
        ]);
      calls();
      await once(source, "open");
      calls();
      log.push(source.close(), source.close(), source.end(), source.end("z"));
      calls();
    },
  ],
  ["closed before open", undefined, (source, log) => void log.push(source.close())],
  [
    "properties",
    undefined,
    (source, log) => {
      log.push(
        source.url.replace(/^https?:/, ""),
        source.lastEventId,
        source.DEFAULT_PING,
        source.DEFAULT_RETRY,
        source.readable,
      );
      source.close();
    },
    "GET /p?q=1 HTTP/1.1\r\nHost: example.org:81\r\nLast-Event-ID: last one\r\nX-Forwarded-Proto: https\r\n\r\n",
  ],
  ["end with a message", undefined, (source) => source.end("bye")],
  ["end with an empty message", undefined, (source) => source.end("")],
  [
    "retry and ping in seconds",
    { retry: 0.5, ping: 0.05 },
    async (source) => {
      await pause(120);
      source.close();
    },
  ],
  ["retry with a fraction", { retry: 1.2345 }, (source) => source.close()],
  [
    "headers",
    { headers: { "X-Custom": 5, "x-empty": "", "X-Trimmed": "  a  ", "X-Not": undefined } },
    (source) => source.close(),
  ],
  ["unknown options", { colour: 5, "": 1 }, (source) => source.close()],
  [
    "a stream piped into it",
    undefined,
    async (source) => {
      const from = new PassThrough();
      from.pipe(source);
      from.write("one");
      await pause(20);
      from.end("two\nlines");
      await once(source, "close");
    },
  ],
  [
    "a large event says when to wait, and drain comes",
    undefined,
    async (source, log) => {
      log.push(source.send("x".repeat(5_000_000)));
      await once(source, "drain");
      log.push(["drain", source.send("y")]);
      source.close();
    },
  ],
  [
    "EventTarget",
    undefined,
    (source, log) => {
      const listener = (): void => void log.push("custom");
      source.addEventListener("custom", listener);
      source.dispatchEvent({ type: "custom" });
      source.removeEventListener("custom", listener);
      source.dispatchEvent({ type: "custom" });
      source.close();
    },
  ],
];

describe("the same as faye-websocket", () => {
  test.each(scenarios)("%s", async (_, options, scenario, request) => {
    const [theirs, ours] = [
      await seen(faye, options, scenario, request),
      await seen(EventSource, options, scenario, request),
    ];
    // How many pings a time brings, a busy machine decides.
    const once = ({ body }: Seen): string =>
      options !== null && typeof options === "object" && "ping" in options
        ? body.replace(/(?::\r\n\r\n)+/g, ":\r\n\r\n")
        : body;
    expect(once(ours)).toBe(once(theirs));
    expect(ours.log).toEqual(theirs.log);
    // Ours has a Date, and what keeps proxies from holding events back; names are compared without regard to case.
    const fields = ({ head: [, ...lines] }: Seen): string[] =>
      lines
        .map((line) =>
          line
            .replace(/^[^:]+: */, (name) => name.toLowerCase().trim())
            .replace(", no-transform", ""),
        )
        .filter((line) => !/^(?:date|x-accel-buffering):/.test(line))
        .sort();
    expect(fields(ours)).toEqual(fields(theirs));
    expect(ours.head[0]).toBe(theirs.head[0]);
  });

  test("isEventSource, but for parameters and case", () => {
    for (const method of ["GET", "POST", "HEAD", undefined]) {
      for (const accept of [
        "text/event-stream",
        "text/html, text/event-stream",
        "text/html ,text/event-stream,x/y",
        "*/*",
        "text/*",
        "",
        undefined,
      ]) {
        const request = { method, headers: accept === undefined ? {} : { accept } };
        expect(EventSource.isEventSource(request), JSON.stringify(request)).toBe(
          faye.isEventSource(request),
        );
      }
    }
  });

  test("old-style inheritance", async () => {
    function Sub(this: any, ...args: any[]): void {
      (EventSource as any).call(this, ...args);
    }
    Object.setPrototypeOf(Sub.prototype as object, EventSource.prototype);
    let source: any;
    await using server = await served((request, response) => {
      source = new (Sub as any)(request, response, { ping: 0 });
      source.end("sub");
    });
    expect((await exchange(server.port)).body).toBe("retry: 5000\r\n\r\ndata: sub\r\n\r\n");
    expect(source).toBeInstanceOf(EventSource);
  });
});
