import { describe, expect, test, vi } from "vitest";
import { EventSource } from "../../../../src/shell/sse/server/event-source.ts";
import { eventSourceFor, isEventSource } from "../../../../src/shell/sse/server/fetch.ts";
import { settle, testRuntime } from "../../websocket/wired.ts";

const eventSource = eventSourceFor(testRuntime());
const request = (init?: RequestInit): Request =>
  new Request("http://host/path?a=1", { headers: { accept: "text/event-stream" }, ...init });

describe("an event stream as a Response", () => {
  test("what is sent is its body", async () => {
    const { response, source } = eventSource(
      request({ headers: { "last-event-id": "\u00c3\u00bc" } }),
    );
    expect([
      source instanceof EventSource,
      source.url,
      source.lastEventId,
      source.readyState,
    ]).toEqual([true, "http://host/path?a=1", "ü", 0]);
    source.send("a");
    source.end("b");
    expect(await response.text()).toBe("retry: 5000\r\n\r\ndata: a\r\n\r\ndata: b\r\n\r\n");
    expect([response.status, ...response.headers]).toEqual([
      200,
      ["cache-control", "no-cache, no-store, no-transform"],
      ["content-type", "text/event-stream"],
      ["x-accel-buffering", "no"],
    ]);
  });
  test("headers take the place of its own", () => {
    const { response } = eventSource(request(), {
      headers: [
        ["Cache-Control", "private"],
        ["Set-Cookie", ["a=1", "b=2"]],
        ["X-A", 1],
      ],
    });
    expect([...response.headers]).toEqual([
      ["cache-control", "private"],
      ["content-type", "text/event-stream"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-a", "1"],
      ["x-accel-buffering", "no"],
    ]);
  });
  test("cancelling the body is the reader leaving", async () => {
    const { response, source } = eventSource(request());
    const log: string[] = [];
    source.on("open", () => log.push("open")).on("close", () => log.push("close"));
    await settle();
    await response.body!.cancel();
    expect([log, source.readyState, source.send("a")]).toEqual([["open", "close"], 3, false]);
  });
  test("HEAD is answered by the head alone: closed from the beginning", async () => {
    const { response, source } = eventSource(request({ method: "HEAD" }), {
      headers: { "X-A": 1 },
    });
    const log: string[] = [];
    source.on("open", () => log.push("open")).on("close", () => log.push("close"));
    expect([
      source.readyState,
      source.send("a"),
      response.body,
      response.headers.get("content-type"),
      response.headers.get("x-a"),
    ]).toEqual([3, false, null, "text/event-stream", "1"]);
    await settle();
    expect(log).toEqual(["close"]);
  });
  test("the defaults are those of the prototype, which an application may change", async () => {
    EventSource.prototype.DEFAULT_RETRY = 1;
    try {
      const { response, source } = eventSource(request());
      source.close();
      expect(await response.text()).toBe("retry: 1000\r\n\r\n");
    } finally {
      EventSource.prototype.DEFAULT_RETRY = 5;
    }
  });
  test("where a server gives up what is quiet, pings come sooner, unless they are asked for", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const set = vi.spyOn(globalThis, "setTimeout");
      const hasty = eventSourceFor(testRuntime(), 5);
      for (const make of [eventSource, hasty])
        for (const options of [{}, { ping: 10 }, { ping: 2 }])
          make(request(), options).source.close();
      expect(set.mock.calls.map(([, time]) => time)).toEqual([
        10_000, 10_000, 2000, 5000, 10_000, 2000,
      ]);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });
  test("the signal of the request may be given as an option", async () => {
    const controller = new AbortController();
    const asked = request({ signal: controller.signal });
    const { source } = eventSource(asked, { signal: asked.signal });
    await settle();
    controller.abort();
    expect([source.readyState, asked.signal.aborted]).toEqual([3, true]); // Node forgets to abort the signal of a request that is collected: this one lives
  });
  test("without retry, an empty comment goes first: runtimes hold the head back until there is a body", async () => {
    const { response, source } = eventSource(
      { url: "http://host/", headers: new Headers() },
      { retry: 0 },
    );
    source.end("a");
    expect(await response.text()).toBe(":\r\n\r\ndata: a\r\n\r\n");
  });
  test("send says when to wait, and drain when to go on", async () => {
    const { response, source } = eventSource(request(), { retry: 0 });
    const reader = response.body!.getReader();
    await reader.read();
    await settle();
    source.send("x".repeat(20_000));
    await settle();
    expect([source.send("y"), source.writableNeedDrain]).toEqual([false, true]);
    const drained = new Promise<void>((resolve) => {
      source.once("drain", resolve);
    });
    await reader.read();
    await drained;
    expect(source.send("z")).toBe(true);
  });
  test("what is not accepted throws", () =>
    expect(() => eventSource(request(), { headers: { "x-a": "\n\n€" } })).toThrow(TypeError));
});

test.each<[string, Parameters<typeof isEventSource>[0], boolean]>([
  ["a Request", request(), true],
  ["a Request for a page", request({ headers: { accept: "text/html" } }), false],
  ["a POST", request({ method: "POST" }), false],
  ["Node's", { method: "GET", headers: { accept: "text/html, text/event-stream;q=0.9" } }, true],
  ["Node's without Accept", { method: "GET", headers: {} }, false],
  [
    "Node's with a field called get",
    { method: "GET", headers: { get: "x", accept: "text/event-stream" } },
    true,
  ],
  ["without a method", { headers: {} }, false],
])("isEventSource: %s", (_, given, is) => expect(isEventSource(given)).toBe(is));
