import { describe, expect, test } from "vitest";
import { UsageError } from "../../../../src/violation.ts";
import { EventSourceClient } from "../../../../src/shell/sse/client/client.ts";
import { EventSourceErrorEvent } from "../../../../src/shell/sse/client/error-event.ts";
import { URL_GIVEN, World } from "./client-world.ts";

/** The events that a client dispatches, in order. */
function told(client: EventSourceClient, ...types: string[]): string[] {
  const log: string[] = [];
  client.on("open", () => log.push(`open ${client.readyState}`));
  client.on("error", ({ code }) => log.push(`${code} ${client.readyState}`));
  for (const type of ["message", ...types])
    client.on(type, ({ data, lastEventId }) => log.push(`${type} ${data} ${lastEventId}`));
  return log;
}

describe("the request", () => {
  test("is the standard's", async () => {
    const world = new World();
    world.client();
    const { url, init, headers } = await world.settled();
    expect(url).toBe(URL_GIVEN);
    expect(init).toMatchObject({
      mode: "cors",
      credentials: "same-origin",
      cache: "no-store",
      redirect: "follow",
    });
    expect(headers).toEqual({ accept: "text/event-stream", "cache-control": "no-cache" });
  });

  test("with what is asked for", async () => {
    const world = new World();
    world.client({
      headers: {
        authorization: "Bearer a",
        accept: "text/event-stream, application/json",
        "cache-control": "no-store",
      },
      withCredentials: true,
      lastEventId: "é",
    });
    const { init, headers } = await world.settled();
    expect(init.credentials).toBe("include");
    expect(headers).toEqual({
      authorization: "Bearer a",
      accept: "text/event-stream, application/json",
      "cache-control": "no-store",
      "last-event-id": "\u00c3\u00a9",
    });
  });

  test("is made by another fetch", async () => {
    const world = new World();
    const urls: string[] = [];
    world.client({
      fetch: (url, init) => {
        urls.push(url);
        return world.host.fetch(url, init);
      },
    });
    await world.settled();
    expect(urls).toEqual([URL_GIVEN]);
  });

  const refused: [name: string, url: string, options: object, error: unknown][] = [
    [
      "what is no URL",
      "/events",
      {},
      expect.objectContaining({ name: "SyntaxError", message: "/events is not an absolute URL" }),
    ],
    ["a field that cannot be sent", URL_GIVEN, { headers: { a: "b\nc" } }, expect.any(TypeError)],
    ["an option out of range", URL_GIVEN, { reconnectDelay: -1 }, expect.any(UsageError)],
  ];
  test.each(refused)("is not made for %s", async (_, url, options, error) => {
    const world = new World();
    expect(() => world.client(options, url)).toThrow(error as Error);
    await world.settled();
    expect(world.exchanges).toEqual([]);
  });
});

test("constants, on the class and on what it makes", () => {
  const client = new World().client();
  for (const holder of [EventSourceClient, client])
    expect([holder.CONNECTING, holder.OPEN, holder.CLOSED]).toEqual([0, 1, 2]);
});

test("a stream, lost and found again", async () => {
  const world = new World();
  const client = world.client({}, new URL(URL_GIVEN));
  const log = told(client, "b");
  expect([client.url, client.readyState, client.withCredentials]).toEqual([URL_GIVEN, 0, false]);
  const first = (await world.settled()).respond();
  await world.settled();
  expect([client.readyState, log.splice(0)]).toEqual([1, ["open 1"]]);
  first.send("id: 1\ndata: a\n\nevent: b\nda");
  await world.settled();
  first.send("ta: c\n\nretry: 50\n").end();
  await world.settled();
  expect([client.readyState, client.lastEventId, log.splice(0)]).toEqual([
    0,
    "1",
    ["message a 1", "b c 1", "stream-ended 0"],
  ]);
  expect(world.timers).toMatchObject([{ milliseconds: 50 }]);
  const second = await world.wind();
  expect(second.headers).toEqual({
    accept: "text/event-stream",
    "cache-control": "no-cache",
    "last-event-id": "1",
  });
  second.fail(new TypeError("fetch failed"));
  await world.settled();
  expect(log.splice(0)).toEqual(["connection-failed 0"]);
  client.reconnect();
  expect(world.timers).toEqual([]);
  (await world.settled()).respond({ status: 204 });
  await world.settled();
  expect([client.readyState, log]).toEqual([2, ["bad-status 2"]]);
  expect([world.exchanges.length, world.timers.length]).toEqual([3, 0]);
});

describe("events", () => {
  test("are the runtime's own, with the origin that redirects led to", async () => {
    const world = new World();
    const client = world.client();
    const events: Event[] = [];
    for (const type of ["open", "message", "x", "error"])
      client.addEventListener(type, (event: Event) => events.push(event));
    (await world.settled())
      .respond({}, "https://b.example:8443/elsewhere")
      .send("id:1\ndata:a\n\nevent:x\ndata:b\n\n")
      .end();
    await world.settled();
    const [open, message, named, error] = events;
    expect(open).toBeInstanceOf(Event);
    expect(message).toBeInstanceOf(MessageEvent);
    expect(message).toMatchObject({
      type: "message",
      data: "a",
      lastEventId: "1",
      origin: "https://b.example:8443",
      target: client,
    });
    expect(named).toMatchObject({ type: "x", data: "b", lastEventId: "1" });
    expect(error).toBeInstanceOf(EventSourceErrorEvent);
  });

  test("have the origin of the URL where the response does not tell its own", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const origins: string[] = [];
    client.onmessage = ({ origin }) => origins.push(origin);
    exchange.send("data:a\n\n");
    await world.settled();
    expect(origins).toEqual(["http://a.example"]);
  });

  test("of the stream may be called open and error", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const seen: unknown[] = [];
    client.onopen = client.onerror = (event: Event) =>
      seen.push(event.type, (event as MessageEvent).data);
    exchange.send("event:open\ndata:a\n\nevent:error\ndata:b\n\n");
    await world.settled();
    expect(seen).toEqual(["open", "a", "error", "b"]);
  });
});

describe("listeners", () => {
  test("on, once, off and the DOM's", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const seen: string[] = [];
    const gone = (): void => {
      seen.push("gone");
    };
    const object = {
      handleEvent: () => {
        seen.push("object");
      },
    };
    expect(
      client
        .on("message", gone)
        .once("message", () => seen.push("once"))
        .off("message", gone),
    ).toBe(client);
    client.addEventListener("message", object);
    client.removeEventListener("message", gone);
    exchange.send("data\n\ndata\n\n");
    await world.settled();
    expect(seen).toEqual(["once", "object", "object"]);
  });

  test("on… is called in its turn, which another keeps, and null gives up", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const seen: string[] = [];
    const next = async (): Promise<string[]> => {
      exchange.send("data\n\n");
      await world.settled();
      return seen.splice(0);
    };
    expect(client.onmessage).toBe(null);
    client.onmessage = () => seen.push("first");
    client.on("message", () => seen.push("listener"));
    expect(await next()).toEqual(["first", "listener"]);
    const second = function (this: unknown): void {
      seen.push(String(this === client));
    };
    client.onmessage = second;
    expect(client.onmessage).toBe(second);
    expect(await next()).toEqual(["true", "listener"]);
    client.onmessage = null;
    client.onmessage = "neither" as never;
    expect(client.onmessage).toBe(null);
    expect(await next()).toEqual(["listener"]);
    client.onmessage = () => seen.push("last");
    expect(await next()).toEqual(["listener", "last"]);
    expect([client.onopen, client.onerror]).toEqual([null, null]);
  });
});

describe("close()", () => {
  test("drops the request, and nothing comes after", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const log = told(client);
    client.onmessage = () => {
      client.close();
    };
    exchange.send("data:a\n\ndata:b\n\n");
    await world.settled();
    expect([client.readyState, exchange.aborted, log]).toEqual([2, true, ["message a "]]);
    client.close();
    client.reconnect();
    await world.settled();
    expect([world.exchanges.length, world.timers.length]).toEqual([1, 0]);
  });

  test("clears the timer", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    exchange.end();
    await world.settled();
    expect(world.timers.length).toBe(1);
    client.close();
    expect(world.timers.length).toBe(0);
  });

  test("comes from a signal", async () => {
    const world = new World();
    const abort = new AbortController();
    const { client, exchange } = await world.open({ signal: abort.signal });
    abort.abort();
    expect([client.readyState, exchange.aborted]).toEqual([2, true]);
  });

  test("comes from a signal that has aborted: nothing is asked", async () => {
    const world = new World();
    const client = world.client({ signal: AbortSignal.abort() });
    await world.settled();
    expect([client.readyState, world.exchanges]).toEqual([2, []]);
  });

  test.each([
    ["closed", 200],
    ["failed", 404],
  ])("a signal does not hold a client that has %s", async (_, status) => {
    const { signal } = new AbortController();
    const world = new World();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    }) as never;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    }) as never;
    const client = world.client({ signal });
    (await world.settled()).respond({ status });
    await world.settled();
    expect(listeners).toBe(status === 200 ? 1 : 0);
    if (status === 200) client.close();
    expect(listeners).toBe(0);
  });
});

describe("for await", () => {
  /** The events that a loop receives, and the code of the error that ends it. */
  async function loop(client: EventSourceClient): Promise<unknown[]> {
    const seen: unknown[] = [];
    try {
      for await (const { type, data } of client) seen.push(`${type} ${data}`);
    } catch (error) {
      seen.push((error as { code: unknown }).code);
    }
    return seen;
  }

  test("sees events of all types, over connections, until 204", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const looped = loop(client);
    exchange.send("data:a\n\nevent:b\ndata:c\n\n").end();
    await world.settled();
    (await world.wind()).respond().send("data:d\n\n").end();
    await world.settled();
    (await world.wind()).respond({ status: 204 });
    expect(await looped).toEqual(["message a", "b c", "message d"]);
    expect(await loop(client)).toEqual([]);
  });

  test("throws what ends the client, also to who comes later", async () => {
    const world = new World();
    const { client, exchange } = await world.open({ maxLineSize: 10 });
    const looped = loop(client);
    exchange.send("data:a\n\ndata:234567890\n\n");
    expect(await looped).toEqual(["message a", "line-too-big"]);
    expect(await loop(client)).toEqual(["line-too-big"]);
  });

  test("ends with close()", async () => {
    const world = new World();
    const { client } = await world.open();
    const looped = loop(client);
    client.close();
    expect(await looped).toEqual([]);
    expect(await loop(client)).toEqual([]);
  });

  test("left, closes the client", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    exchange.send("data:a\n\ndata:b\n\n");
    for await (const { data } of client) if (data === "a") break;
    expect([client.readyState, exchange.aborted]).toEqual([2, true]);
  });

  test("is not outrun: the slowest of its loops holds reading back", async () => {
    const world = new World();
    const { client, exchange } = await world.open();
    const chunk = "data\n\n".repeat(64);
    const log = told(client);
    const quick = client[Symbol.asyncIterator]();
    const slow = client[Symbol.asyncIterator]();
    const take = async (loop: typeof quick, count: number): Promise<void> => {
      for (let at = 0; at < count; at++) await loop.next();
    };
    for (let at = 0; at < 3; at++) exchange.send(chunk);
    await world.settled();
    expect(log.length).toBe(64);
    await take(quick, 1);
    await world.settled();
    expect(log.length).toBe(64);
    await take(slow, 1);
    await world.settled();
    expect(log.length).toBe(128);
    await slow.return?.();
    expect(client.readyState).toBe(2);
  });
});
