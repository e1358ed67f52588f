/** The client with servers that are not of its suite: better-sse, and this package's own. */
import { createChannel, createSession } from "better-sse";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EventSource, EventSourceClient, type EventSourceMessage } from "@sansocket/node-adapter";

const cleanups: (() => void)[] = [];
afterEach(() => {
  cleanups.splice(0).forEach((clean) => {
    clean();
  });
});

async function serve(answer: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function connect(...args: ConstructorParameters<typeof EventSourceClient>): EventSourceClient {
  const client = new EventSource.Client(...args);
  cleanups.push(() => {
    client.close();
  });
  return client;
}

/** The next `count` events, as `[type, data, lastEventId]`. */
async function take(events: AsyncIterator<EventSourceMessage>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) {
    const { value } = (await events.next()) as IteratorYieldResult<EventSourceMessage>;
    taken.push([value.type, value.data, value.lastEventId]);
  }
  return taken;
}

test("EventSource.Client is this class", () => expect(EventSource.Client).toBe(EventSourceClient));

test("better-sse: a session, and a channel", async () => {
  const channel = createChannel();
  const { url } = await serve((request, response) => {
    void createSession(request, response, { retry: 10 }).then((session) => {
      session.push({ text: "two\nlines" }, "greeting", "1").push("…", "message", "2");
      channel.register(session);
    });
  });
  const events = connect(url)[Symbol.asyncIterator]();
  expect(await take(events, 2)).toEqual([
    ["greeting", '{"text":"two\\nlines"}', "1"],
    ["message", '"…"', "2"],
  ]);
  while (channel.sessionCount === 0) await new Promise(setImmediate);
  channel.broadcast("all", "news", { eventId: "3" });
  expect(await take(events, 1)).toEqual([["news", '"all"', "3"]]);
});

test("better-sse: a session that ends is found again, and hears where the client stopped", async () => {
  const lastIds: string[] = [];
  const { url } = await serve((request, response) => {
    void createSession(request, response, { retry: 10, trustClientEventId: true }).then(
      (session) => {
        lastIds.push(session.lastId);
        session.push(lastIds.length, "message", `id-${lastIds.length}`);
        response.end();
      },
    );
  });
  const events = connect(url)[Symbol.asyncIterator]();
  expect(await take(events, 3)).toEqual([
    ["message", "1", "id-1"],
    ["message", "2", "id-2"],
    ["message", "3", "id-3"],
  ]);
  expect(lastIds.slice(0, 3)).toEqual(["", "id-1", "id-2"]);
});

test("our own server: types, ids in UTF-8, all line ends, and its `retry`", async () => {
  const lastIds: unknown[] = [];
  const { url } = await serve((request, response) => {
    const source = new EventSource(request, response, { retry: 0.02 });
    lastIds.push(source.lastEventId);
    source.send("one\r\ntwo\rthree\n", { event: "lines", id: "é" });
    source.send("last");
    source.close();
  });
  const events = connect(url)[Symbol.asyncIterator]();
  expect(await take(events, 3)).toEqual([
    ["lines", "one\ntwo\nthree\n", "é"],
    ["message", "last", "é"],
    ["lines", "one\ntwo\nthree\n", "é"],
  ]);
  expect(lastIds.slice(0, 2)).toEqual(["", "é"]);
});

test("what a listener throws is an uncaught exception, and costs no event", async () => {
  const { url } = await serve((request, response) => {
    new EventSource(request, response).send("a");
  });
  const listeners = process.listeners("uncaughtException");
  const error = new Error("thrown by a listener");
  process.removeAllListeners("uncaughtException");
  try {
    const caught = new Promise((resolve) => process.once("uncaughtException", resolve));
    const client = connect(url);
    const seen: string[] = [];
    client
      .on("message", () => {
        throw error;
      })
      .on("message", ({ data }) => seen.push(data));
    expect(await caught).toBe(error);
    expect(seen).toEqual(["a"]);
  } finally {
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});
