/** The option `record`, at every door. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  Client,
  connect,
  createTraceRing,
  EventSource,
  EventSourceClient,
  eventSource,
  explain,
  listen,
  replay,
  serve,
  type TraceRing,
  upgrade,
  WebSocket,
} from "../src/index.ts";
import * as ws from "../src/ws.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

const textOf = (ring: TraceRing): string => Buffer.concat(ring.pieces()).toString();

/** A plain HTTP server, and where it listens. */
async function httpServer(
  type: "request" | "upgrade",
  listener: (...args: any[]) => void,
): Promise<string> {
  const server = http.createServer();
  server.on(type, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(
    () => server.close(),
    () => {
      server.closeAllConnections();
    },
  );
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Connects, has one message echoed, and closes. */
async function converse(url: string, record?: TraceRing): Promise<void> {
  const socket = await connect(url, record === undefined ? {} : { record });
  socket.send("hello");
  await once(socket, "message");
  socket.close(1000);
  await socket.closed;
}

const echo = {
  message: (socket: any, data: any) => {
    socket.send(data);
  },
};

/** Each door with a ring: what it records is the kind that is named. */
const doors: Record<string, [kind: string, use: (record: TraceRing) => Promise<void>]> = {
  "new WebSocket": [
    "websocket-server",
    async (record) => {
      const host = await httpServer("upgrade", (request, socket, head) => {
        const ws = new WebSocket(request, socket, head, [], { record });
        ws.on("message", ({ data }) => ws.send(data));
      });
      await converse(`ws://${host}`);
    },
  ],
  upgrade: [
    "websocket-server",
    async (record) => {
      const host = await httpServer("upgrade", (request, socket, head) => {
        const ws = upgrade(request, socket, head, { record });
        ws.on("message", ({ data }) => ws.send(data));
      });
      await converse(`ws://${host}`);
    },
  ],
  serve: [
    "websocket-server",
    async (record) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", record, websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      await converse(server.url);
    },
  ],
  listen: [
    "websocket-server",
    async (record) => {
      const server = listen({ port: 0, hostname: "127.0.0.1", record, websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      await converse(server.url);
    },
  ],
  connect: [
    "websocket-client",
    async (record) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      await converse(server.url, record);
    },
  ],
  "new WebSocket with a URL": [
    "websocket-client",
    async (record) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      const client = new WebSocket(server.url, [], { record });
      client.on("open", () => client.send("hello"));
      await once(client, "message");
      client.close();
      await client.closed;
    },
  ],
  "the server of ws": [
    "websocket-server",
    async (record) => {
      const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1", record });
      undo.push(() => server.close());
      server.on("connection", (socket) => {
        socket.on("message", (data, isBinary) => {
          socket.send(data, { binary: isBinary });
        });
      });
      await once(server, "listening");
      await converse(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    },
  ],
  "the client of ws": [
    "websocket-client",
    async (record) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      const client = new ws.WebSocket(server.url, { record });
      client.on("open", () => {
        client.send("hello", () => {});
      });
      await once(client, "message");
      client.close(1000);
      await once(client, "close");
    },
  ],
  "new Client": [
    "websocket-client",
    async (record) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", websocket: echo });
      undo.push(() => server.stop());
      await server.ready;
      const client = new Client(server.url, [], { record });
      client.on("open", () => client.send("hello"));
      await once(client, "message");
      client.close();
      await once(client, "close");
    },
  ],
  "new EventSource": [
    "event-stream-server",
    async (record) => {
      const host = await httpServer("request", (request, response) => {
        const source = new EventSource(request, response, { record });
        source.send("hello");
        source.close();
      });
      await (await fetch(`http://${host}`)).text();
    },
  ],
  eventSource: [
    "event-stream-server",
    async (record) => {
      const { response, source } = eventSource(new Request("http://localhost"), { record });
      source.send("hello");
      source.close();
      await response.text();
    },
  ],
  "new EventSourceClient": [
    "event-stream-client",
    async (record) => {
      const host = await httpServer("request", (_, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.end("data: hello\n\n");
      });
      const client = new EventSourceClient(`http://${host}`, { record });
      await once(client, "message");
      client.close();
    },
  ],
};

describe.each(Object.entries(doors))("%s", (_, [kind, use]) => {
  test(`records a ${kind}, which replays`, async () => {
    const ring = createTraceRing();
    await use(ring);
    const results = replay(textOf(ring));
    expect(results.map(({ trace }) => trace.head.kind)).toEqual([kind]);
    for (const { difference, stopped, actions } of results) {
      expect({ difference, stopped }).toEqual({ difference: undefined, stopped: undefined });
      expect(actions).toBeGreaterThan(2);
    }
    expect(textOf(ring)).toContain("hello");
    expect(explain(textOf(ring))).toHaveLength(1);
  });
});

test.each([["folder"], [{}], [{ write() {} }]])("record: %j is refused at once", (record: any) => {
  expect(() => serve({ port: 0, record, websocket: {} })).toThrow("record: expected a trace sink");
  expect(() => listen({ port: 0, record, websocket: {} })).toThrow("record: expected a trace sink");
  expect(() => new Client("ws://localhost", [], { record })).toThrow(
    "record: expected a trace sink",
  );
  expect(() => new ws.WebSocket("ws://localhost", { record })).toThrow(
    "record: expected a trace sink",
  );
  expect(() => new ws.WebSocketServer({ noServer: true, record })).toThrow(
    "record: expected a trace sink",
  );
  expect(() => eventSource(new Request("http://localhost"), { record })).toThrow(
    "record: expected a trace sink",
  );
  expect(() => new EventSourceClient("http://localhost", { record })).toThrow(
    "record: expected a trace sink",
  );
});
