/** The channels of `node:diagnostics_channel`, over real sockets. `examples/observing.mjs` shows them on all three runtimes. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import {
  broadcast,
  channel,
  connect,
  EventSource,
  eventSource,
  prepare,
  serve,
  topics,
  type WebSocketHandlers,
} from "../src/index.ts";
import { SOURCE } from "../../core/src/shell/sse/server/event-source.ts";
import { SESSION } from "../../core/src/shell/websocket/websocket.ts";
import { WebSocket as WsWebSocket, WebSocketServer } from "../src/ws.ts";

type Message = Readonly<Record<string, any>>;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Writes down what comes by channels until the test has ended. */
const listen = (...names: string[]) => listenTo("websocket", names);

function listenTo(kind: "websocket" | "eventsource", names: readonly string[]) {
  const heard: { name: string; message: Message }[] = [];
  for (const name of names) {
    const listener = (message: unknown): void =>
      void heard.push({ name, message: message as Message });
    subscribe(`sansocket:${kind}:${name}`, listener);
    ends.push(() => unsubscribe(`sansocket:${kind}:${name}`, listener));
  }
  return heard;
}

async function serving(websocket: Partial<WebSocketHandlers<any>>, options: object = {}) {
  const server = serve({ websocket, hostname: "127.0.0.1", ...options });
  await server.ready;
  ends.push(() => server.stop({ force: true }));
  return server;
}

test("an opening, frames, pings and a closing, of both sides", async () => {
  const heard = listen("open", "close", "ping", "pong", "frame_sent", "frame_received");
  const server = await serving({ message: (socket, data) => socket.send(`re ${String(data)}`) });
  const client = await connect(server.url);
  const answer = new Promise((resolve) => client.once("message", resolve));
  client.send("hello");
  await answer;
  await new Promise<void>((resolve) => client.ping("p", () => resolve()));
  client.close(4000, "done");
  await client.closed;
  await expect.poll(() => heard.filter(({ name }) => name === "close").length).toBe(2);
  const of = (isClient: boolean): string[] =>
    heard
      .filter(({ message }) => (message.websocket === client) === isClient)
      .map(({ name, message: { opcode, payload, length, code, reason, wasClean } }) => {
        if (name.startsWith("frame"))
          return `${name} ${opcode} ${length} ${opcode === 8 ? "" : String(Buffer.from(payload))}`;
        return `${name} ${code ?? String(payload === undefined ? "" : Buffer.from(payload))} ${reason ?? ""} ${wasClean ?? ""}`.trim();
      });
  expect(of(true)).toEqual([
    "open",
    "frame_sent 1 5 hello",
    "frame_received 1 8 re hello",
    "frame_sent 9 1 p",
    "frame_received 10 1 p",
    "pong p",
    "frame_sent 8 6 ",
    "frame_received 8 6 ",
    "close 4000 done true",
  ]);
  expect([...of(false)].sort()).toEqual(
    [
      "open",
      "frame_received 1 5 hello",
      "frame_sent 1 8 re hello",
      "frame_received 9 1 p",
      "ping p",
      "frame_sent 10 1 p",
      "frame_received 8 6 ",
      "frame_sent 8 6 ",
      "close 4000 done true",
    ].sort(),
  );
  const opened = heard.find(
    ({ name, message }) => name === "open" && message.websocket === client,
  )!;
  expect(opened.message).toMatchObject({
    address: "127.0.0.1",
    protocol: "",
    extensions: "",
    handshakeResponse: { status: 101, headers: { upgrade: "websocket" } },
  });
});

test("every way of sending: broadcast, prepared, in pieces, compressed", async () => {
  const heard = listen("frame_sent");
  const server = await serving(
    {
      open: (socket) => void broadcast([socket], "to all"),
      message: (socket) => socket.send(prepare("made before")),
    },
    { perMessageDeflate: { threshold: 0 } },
  );
  const client = await connect(server.url, { perMessageDeflate: { threshold: 0 } });
  await client.sendStream(["in ", "pieces"]);
  client.send("x".repeat(100));
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(5);
  const frames = heard.filter(({ message }) => message.websocket === client);
  expect(
    frames
      .slice(0, -1)
      .map(({ message }) => String(Buffer.from(message.payload)))
      .join(""),
  ).toBe("in pieces");
  expect(frames.at(-1)!.message).toMatchObject({ opcode: 1, fin: true, compressed: true });
  expect(frames.at(-1)!.message.length).toBeLessThan(50);
});

test("errors, with the socket they are of, and openings that fail", async () => {
  const heard = listen("socket_error", "close", "open");
  const server = await serving({ upgrade: () => ({ status: 401 }) });
  await expect(connect(server.url)).rejects.toThrow("401");
  await expect
    .poll(() => heard.map(({ name }) => name).filter((name) => name === "close").length)
    .toBe(2);
  const failed = heard.find(({ name }) => name === "socket_error")!;
  expect([failed.message.error.code, failed.message.websocket.url]).toEqual([
    "opening-refused",
    server.url,
  ]);
  await expect(connect("ws://127.0.0.1:1/")).rejects.toThrow("ECONNREFUSED");
  expect(heard.at(-2)!.message.error.code).toBe("ECONNREFUSED");
  expect(heard.some(({ name }) => name === "open")).toBe(false);
});

test("sockets of the API of ws", async () => {
  const heard = listen("open", "close", "frame_received");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  ends.push(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket: any) => socket.send("hi"));
  const client = new WsWebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}/`);
  client.on("message", () => client.close());
  await new Promise((resolve) => client.once("close", resolve));
  const own = heard.filter(({ message }) => message.websocket === client).map(({ name }) => name);
  expect(own).toEqual(["open", "frame_received", "frame_received", "close"]);
});

test("where nobody subscribes to frames, nothing stands on their way", async () => {
  listen("open", "close", "ping");
  const server = await serving({});
  const client = await connect(server.url);
  expect((client as any)[SESSION].driver.observer).toBe(undefined);
  listen("frame_sent");
  const other = await connect(server.url);
  expect((other as any)[SESSION].driver.observer).not.toBe(undefined);
});

describe("event streams", () => {
  const STREAM = ["open", "close", "socket_error", "event_sent", "event_received"];

  /** Serves streams, at `/` and by `fetch` at `/fetch`; `/none` answers 204. */
  async function streaming(use: (source: EventSource) => void, options: object = {}) {
    const http = createServer((request, response) => {
      if (request.url === "/none") return void response.writeHead(204).end();
      use(new EventSource(request, response, { ping: 0, retry: 0.001, ...options }));
    });
    await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
    ends.push(() => void (http.close(), http.closeAllConnections()));
    return `http://127.0.0.1:${(http.address() as { port: number }).port}/`;
  }

  const clientOf = (url: string, options: object = {}) => {
    const client = new EventSource.Client(url, options);
    ends.push(() => client.close());
    return client;
  };

  test("events of every way of sending: alone, of a channel, of a topic, by fetch", async () => {
    const heard = listenTo("eventsource", [...STREAM, "comment_sent", "comment_received"]);
    const room = channel();
    const rooms = topics({ history: { size: 5 } });
    const url = await streaming((source) => {
      room.add(source);
      rooms.subscribe(source, "news");
      source.send("€\ntwo lines", { event: "own", id: "7" });
      source.comment("a comment");
      room.send("to all", { event: "channel" });
      rooms.publish("news", "of a topic");
    });
    const client = clientOf(url);
    await expect.poll(() => heard.filter(({ name }) => name === "event_received").length).toBe(3);
    client.close();
    await expect.poll(() => heard.filter(({ name }) => name === "close").length).toBe(2);
    const of = (isClient: boolean) =>
      heard
        .filter(({ message }) => (message.eventsource === client) === isClient)
        .map(({ name, message: { type = "", data = "", text = "", wasClean = "" } }) =>
          [name.replace(/_.*/, ""), type, data, text, wasClean].join(" ").trim(),
        );
    const events = ["event own €\ntwo lines", "comment   a comment", "event channel to all"];
    expect(of(false)).toEqual(["open", ...events, "event message of a topic", "close    false"]);
    expect(of(true)).toEqual(["open", ...events, "event message of a topic", "close    true"]);
    expect(heard.find(({ name }) => name === "open")!.message).toMatchObject({
      address: "127.0.0.1",
      lastEventId: "",
    });

    const { source, response } = eventSource(new Request("http://localhost/"));
    source.send("by fetch");
    source.close();
    await response.text();
    const own = heard.filter(({ message }) => message.eventsource === source);
    expect(own.map(({ name, message }) => message.data ?? name)).toEqual([
      "open",
      "by fetch",
      "close",
    ]);
  });

  test("a client that comes back, and one that is told to stay away; a limit that the first bytes exceed", async () => {
    const heard = listenTo("eventsource", STREAM);
    let count = 0;
    const url = await streaming((source) => {
      source.send(`${++count}`, { id: `${count}` });
      if (count === 1) source.close();
    });
    const client = clientOf(url);
    await expect.poll(() => client.lastEventId).toBe("2");
    client.close();
    client.close();
    const none = clientOf(`${url}none`);
    await expect.poll(() => none.readyState).toBe(2);
    const of = (source: object) =>
      heard
        .filter(({ message }) => message.eventsource === source)
        .map(({ name, message: { lastEventId = "", error, wasClean = "" } }) =>
          `${name} ${lastEventId}${error?.code ?? ""}${wasClean}`.trim(),
        );
    expect(of(client)).toEqual([
      "open",
      "event_received 1",
      "socket_error stream-ended",
      "open 1",
      "event_received 2",
      "close true",
    ]);
    expect(of(none)).toEqual(["socket_error bad-status", "close true"]);

    let slow: EventSource | undefined;
    const other = await streaming((source) => (slow ??= source), { maxBufferedBytes: 5 });
    clientOf(other);
    await expect.poll(() => slow !== undefined).toBe(true);
    await expect
      .poll(() => of(slow!))
      .toEqual(["open", "socket_error output-overflow", "close false"]);
  });

  test("where nobody subscribes to events, nothing reads them", async () => {
    listenTo("eventsource", ["open", "close"]);
    const sources: EventSource[] = [];
    const url = await streaming((source) => sources.push(source));
    clientOf(url);
    await expect.poll(() => sources.length).toBe(1);
    listenTo("eventsource", ["event_sent"]);
    clientOf(url);
    await expect.poll(() => sources.length).toBe(2);
    expect(sources.map((source) => (source[SOURCE] as any).tap !== undefined)).toEqual([
      false,
      true,
    ]);
  });
});
