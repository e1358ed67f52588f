import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  EventSource,
  jsonOf,
  openEventSource,
  textOf,
} from "../../../../src/shell/sse/server/event-source.ts";
import { readEventSourceOptions } from "../../../../src/shell/sse/server/options.ts";
import { openedSource } from "./event-source-story.ts";
import { settle, testRuntime } from "../../websocket/wired.ts";

describe("sending", () => {
  test("all that is sent in one turn leaves in one write", async () => {
    const { source, transport } = openedSource({ retry: 1 });
    expect([
      source.send("a", { event: "e", id: 0 }),
      source.write("b"),
      source.sendJSON({ c: 1 }, { retry: 2 }),
      source.comment("d"),
      source.ping(),
    ]).toEqual([true, true, true, true, true]);
    expect(transport.writes).toEqual([]);
    await settle();
    expect(transport.writes).toEqual([
      'retry: 1000\r\n\r\nevent: e\r\nid: 0\r\ndata: a\r\n\r\ndata: b\r\n\r\nretry: 2000\r\ndata: {"c":1}\r\n\r\n: d\r\n\r\n:\r\n\r\n',
    ]);
  });
  test("false when so much waits that it is better to wait for drain", async () => {
    const { source, transport } = openedSource();
    const drains: number[] = [];
    source.on("drain", () => drains.push(source.bufferedAmount));
    transport.holds = true;
    source.send("a");
    await settle();
    expect([
      source.send("b"),
      source.ping(),
      source.writableNeedDrain,
      source.bufferedAmount,
    ]).toEqual([false, false, true, 27]);
    transport.holds = false;
    transport.drain();
    expect([drains, source.send("c"), source.writableNeedDrain]).toEqual([[16], true, false]);
  });
  test("what may not be sent throws, and the rest is sent", async () => {
    const { source, transport } = openedSource();
    for (const options of [{ id: "1\n" }, { id: "\0" }, { event: "a\rdata: b" }, { retry: -1 }])
      expect(() => source.send("a", options)).toThrow(TypeError);
    expect(() => source.sendJSON(undefined)).toThrow("sendJSON: undefined has no JSON");
    source.send("b");
    await settle();
    expect(transport.text).toBe("data: b\r\n\r\n");
  });
  test("fields that an application puts on it are its own", async () => {
    const { source, transport } = openedSource();
    Object.assign(source, { url: "mine", signal: 1, lastEventId: "2" });
    expect([source.url, source.signal, source.lastEventId, source.send("a")]).toEqual([
      "mine",
      1,
      "2",
      true,
    ]);
    await settle();
    expect(transport.text).toBe("data: a\r\n\r\n");
  });
  test("end sends what is given", async () => {
    const { source, transport } = openedSource();
    source.end("bye");
    source.end("more");
    await settle();
    expect([transport.text, transport.calls]).toEqual(["data: bye\r\n\r\n", ["end"]]);
    const { source: other, transport: silent } = openedSource();
    other.end();
    expect([silent.text, silent.calls]).toEqual(["", ["end"]]);
  });
});

test.each<[string, unknown, string]>([
  ["a string", "a", "a"],
  ["a number", 5, "5"],
  ["null", null, "null"],
  ["undefined", undefined, "undefined"],
  ["an object", {}, "[object Object]"],
  ["a Buffer", Buffer.from("ü"), "ü"],
  ["bytes", new TextEncoder().encode("xü").subarray(1), "ü"],
  ["an ArrayBuffer", new TextEncoder().encode("a").buffer, "a"],
])("data: %s", (_, data, text) => expect(textOf(data)).toBe(text));

test("what has no JSON", () => {
  expect(jsonOf(null)).toBe("null");
  expect(() => jsonOf(() => {})).toThrow(TypeError);
});

describe("events", () => {
  test("open once the turn is over, then close: handler first, then listeners", async () => {
    const { source } = openedSource();
    const log: unknown[] = [];
    for (const type of ["open", "close"] as const) {
      source[`on${type}`] = (event) =>
        log.push(`on${event.type} ${source.readyState} ${source.writable}`);
      source.addEventListener(type, (event) => log.push([event.type, event.target === source]), {
        once: true,
      });
    }
    expect(source.readyState).toBe(0);
    await settle();
    expect([
      source.close(),
      source.close(),
      source.send("a"),
      source.ping(),
      source.comment("a"),
    ]).toEqual([true, false, false, false, false]);
    expect(log).toEqual(["onopen 1 true", ["open", true], "onclose 3 false", ["close", true]]);
  });
  test("closed before it was declared: no open", async () => {
    const { source } = openedSource();
    const log: string[] = [];
    source.on("open", () => log.push("open")).on("close", () => log.push("close"));
    source.close();
    await settle();
    expect([log, source.readyState]).toEqual([["close"], 3]);
  });
  test("no reader any more: closed, and close is told once listeners can have been added", async () => {
    const source = new EventSource();
    const log: string[] = [];
    openEventSource(source, {
      runtime: testRuntime(),
      bind: () => undefined,
      url: "",
      lastEventId: "",
      ...readEventSourceOptions({}),
    });
    expect([
      source.readyState,
      source.writable,
      source.send("a"),
      source.close(),
      source.bufferedAmount,
    ]).toEqual([3, false, false, false, 0]);
    source.on("open", () => log.push("open")).on("close", () => log.push("close"));
    await settle();
    expect(log).toEqual(["close"]);
  });
  test("an error that nobody listens to never throws; one that is listened to is told before close", async () => {
    const { source, transport } = openedSource();
    source.emit("error", new Error("nobody"));
    const log: unknown[] = [];
    source.onerror = ({ message, code }) => log.push([message, code]);
    source.on("error", ({ type }) => log.push(type)).on("close", () => log.push("close"));
    transport.listener.onGone(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    await settle();
    expect(log).toEqual([["reset", "ECONNRESET"], "error", "close"]);
  });
  test("a listener that throws: the error surfaces, the others are called", async () => {
    const { source, runtime } = openedSource();
    const log: string[] = [];
    const errors = [new Error("handler"), new Error("listener")];
    source.onopen = () => {
      throw errors[0]!;
    };
    source.on("open", () => {
      throw errors[1]!;
    });
    source.on("open", () => log.push("open"));
    source.on("close", () => log.push("close"));
    await settle();
    source.close();
    expect([runtime.reported, log]).toEqual([errors, ["open", "close"]]);
  });
  test("listeners are removed, also those of other kinds", async () => {
    const { source } = openedSource();
    const log: string[] = [];
    const listener = { handleEvent: () => log.push("open") };
    source.addEventListener("open", listener);
    source.removeEventListener("open", listener);
    source.dispatchEvent({ type: "custom" });
    await settle();
    expect(log).toEqual([]);
  });
});

describe("properties", () => {
  test("are those of the request, and its constants are on the class and on instances", () => {
    const { source } = openedSource({}, "42");
    expect([
      source.url,
      source.lastEventId,
      source.DEFAULT_PING,
      source.DEFAULT_RETRY,
      source.onopen,
    ]).toEqual(["http://host/path", "42", 10, 5, null]);
    expect([
      EventSource.CONNECTING,
      EventSource.OPEN,
      EventSource.CLOSED,
      source.CONNECTING,
      source.OPEN,
      source.CLOSED,
    ]).toEqual([0, 1, 3, 0, 1, 3]);
  });
});

describe("streams", () => {
  test("can be piped into it", async () => {
    const { source, transport } = openedSource();
    const from = new PassThrough();
    from.pipe(source as never);
    from.write("a\n");
    await settle();
    from.end("b");
    await settle();
    expect([transport.text, transport.calls]).toEqual([
      "data: a\ndata: \r\n\r\ndata: b\r\n\r\n",
      ["end"],
    ]);
  });
  test("a pipe waits while the reader does", async () => {
    const { source, transport } = openedSource();
    const from = new PassThrough();
    transport.holds = true;
    from.pipe(source as never);
    for (const text of ["1", "2", "3"]) {
      from.write(text);
      await settle();
    }
    expect(transport.text).toBe("data: 1\r\n\r\ndata: 2\r\n\r\n");
    transport.drain();
    await settle();
    expect(transport.writes[2]).toBe("data: 3\r\n\r\n");
  });
});

test("await using closes it", async () => {
  const { source } = openedSource();
  await source[Symbol.asyncDispose]();
  expect(source.readyState).toBe(3);
});

test("terminate drops it", async () => {
  const { source, transport } = openedSource();
  source.send("a");
  source.terminate();
  await settle();
  expect([transport.text, transport.calls, source.readyState]).toEqual(["", ["destroy"], 3]);
});
