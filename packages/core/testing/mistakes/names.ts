/** Names of options and handlers that there are not: every door says which one is meant. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import type { AdapterApi } from "../../src/node-compat/index.ts";
import type { broadcast, natsHistory, prepare, WebSocket } from "../../src/shell/index.ts";
import type { createTraceRing } from "../../src/trace/index.ts";
import type { Case } from "../harness/harnesses.ts";

/** The names of an adapter that this suite needs. */
export interface NamesAdapter extends Omit<AdapterApi, "connect"> {
  connect(url: string, options?: object): Promise<WebSocket>;
  readonly broadcast: typeof broadcast;
  readonly prepare: typeof prepare;
  readonly natsHistory: typeof natsHistory;
  readonly createTraceRing: typeof createTraceRing;
  recordTo(folder: string, options?: object): unknown;
}

type Door = readonly [
  name: string,
  wrong: Readonly<Record<string, unknown>>,
  meant: string,
  use: (adapter: NamesAdapter, options: never) => unknown,
];

const URL = "ws://127.0.0.1:9/";
const request = { method: "GET", url: "/", headers: {} };
const FETCHED = { url: "http://127.0.0.1/", headers: new Headers() };
const response = new http.ServerResponse(new http.IncomingMessage(new net.Socket()));

/** Calls that throw, or reject, before they connect, listen or write. */
const doors: readonly Door[] = [
  [
    "serve",
    { fech: () => {} },
    "fetch",
    (to, options: object) => to.serve({ websocket: {}, ...options }),
  ],
  [
    "serve",
    { protocol: "x" },
    "protocols",
    (to, options: object) => to.serve({ websocket: {}, ...options }),
  ],
  ["serve", { websockt: {} }, "websocket", (to, options) => to.serve(options)],
  [
    "serve",
    { host: "::1" },
    "hostname",
    (to, options: object) => to.serve({ websocket: {}, ...options }),
  ],
  [
    "serve: budget",
    { conections: 1 },
    "connections",
    (to, budget) => to.serve({ websocket: {}, budget }),
  ],
  [
    "serve: perMessageDeflate",
    { treshold: 1 },
    "perMessageDeflate.threshold",
    (to, perMessageDeflate) => to.serve({ websocket: {}, perMessageDeflate }),
  ],
  [
    "listen",
    { orgins: "*" },
    "origins",
    (to, options: object) => to.listen({ websocket: {}, ...options }),
  ],
  [
    "listen",
    { maxPayload: 1 },
    "maxMessageSize",
    (to, options: object) => to.listen({ websocket: {}, ...options }),
  ],
  ["listen: websocket", { mesage() {} }, "message", (to, websocket) => to.listen({ websocket })],
  ["listen: websocket", { disconnect() {} }, "close", (to, websocket) => to.listen({ websocket })],
  [
    "upgrade",
    { contxt: 1 },
    "context",
    (to, options) => to.upgrade(request, new net.Socket(), null, options),
  ],
  ["connect", { protocol: "x" }, "protocols", (to, options) => to.connect(URL, options)],
  [
    "connect",
    { folowRedirects: true },
    "followRedirects",
    (to, options) => to.connect(URL, options),
  ],
  [
    "connect: followRedirects",
    { maxx: 1 },
    "followRedirects.max",
    (to, followRedirects) => to.connect(URL, { followRedirects }),
  ],
  [
    "connect: proxy",
    { orgin: "http://p" },
    "proxy.origin",
    (to, proxy) => to.connect(URL, { proxy }),
  ],
  [
    "connect: reconnect",
    { maxDelai: 1 },
    "maxDelay",
    (to, reconnect) => to.connect(URL, { reconnect }),
  ],
  [
    "ReconnectingClient",
    { reconect: true },
    "reconnect",
    (to, options) => new to.ReconnectingClient(URL, options),
  ],
  [
    "Client",
    { pingIntervall: 1 },
    "pingInterval",
    (to, options) => new to.Client(URL, null, options),
  ],
  [
    "WebSocket, a client",
    { hedaers: {} },
    "headers",
    (to, options) => new to.WebSocket(URL, options),
  ],
  [
    "WebSocket, a server",
    { maxMesageSize: 1 },
    "maxMessageSize",
    (to, options) => new to.WebSocket(request, new net.Socket(), null, null, options),
  ],
  ["broadcast", { exept: [] }, "except", (to, options) => to.broadcast([], "x", options)],
  ["prepare", { compres: false }, "compress", (to, options) => to.prepare("x", options)],
  [
    "reject",
    { status: 400, header: {} },
    "headers",
    (to, answer) => {
      to.reject(new net.Socket(), answer);
    },
  ],
  ["channel", { histori: {} }, "history", (to, options) => to.channel(options)],
  ["channel: history", { sice: 1 }, "size", (to, history) => to.channel({ history })],
  ["topics", { presenceIntervall: 1 }, "presenceInterval", (to, options) => to.topics(options)],
  [
    "topics: publish",
    { exept: [] },
    "except",
    (to, options) => to.topics().publish("a", "x", options),
  ],
  ["eventSource", { retri: 1 }, "retry", (to, options) => to.eventSource(FETCHED, options)],
  [
    "new EventSource",
    { pings: 1 },
    "ping",
    (to, options) => new to.EventSource(response.req as never, response, options),
  ],
  [
    "EventSource.Client",
    { reconectDelay: 1 },
    "reconnectDelay",
    (to, options) => new to.EventSource.Client("http://127.0.0.1:9/", options),
  ],
  [
    "EventSourceClient",
    { withCredential: true },
    "withCredentials",
    (to, options) => new to.EventSourceClient("http://127.0.0.1:9/", options),
  ],
  [
    "EventSource: send",
    { evnt: "x" },
    "event",
    (to, options) => to.eventSource(FETCHED).source.send("x", options),
  ],
  [
    "channel: send",
    { rety: 1 },
    "retry",
    (to, options) => {
      to.channel().send("x", options);
    },
  ],
  ["clusterBackplane", { nam: "x" }, "name", (to, options) => to.clusterBackplane(options)],
  ["natsHistory", { prefx: "x" }, "prefix", (to, options) => to.natsHistory({} as never, options)],
  ["createTraceRing", { byts: 1 }, "bytes", (to, options) => to.createTraceRing(options)],
  [
    "recordTo",
    { fileBites: 1 },
    "fileBytes",
    (to, options) => to.recordTo("/nowhere/at/all", options),
  ],
];

/** The arguments of an open socket's own methods. */
const methods: readonly (readonly [
  name: string,
  wrong: Readonly<Record<string, unknown>>,
  meant: string,
  use: (socket: WebSocket, options: never) => unknown,
])[] = [
  ["send", { compres: false }, "compress", (socket, options) => socket.send("x", options)],
  ["sendJSON", { comprss: false }, "compress", (socket, options) => socket.sendJSON(1, options)],
  ["sendStream", { binry: true }, "binary", (socket, options) => socket.sendStream(["x"], options)],
  ["messages", { steam: true }, "stream", (socket, options) => socket.messages(options)],
];

const meaning = (meant: string): RegExp =>
  new RegExp(`; is ${meant.replaceAll(".", "\\.")} meant\\?`);

export const nameCases: readonly Case<NamesAdapter>[] = [
  ...doors.map(([name, wrong, meant, use]): Case<NamesAdapter> => ({
    name: `${name} refuses ${Object.keys(wrong).at(-1)!}: is ${meant} meant?`,
    run: async (adapter) => {
      await assert.rejects(async () => {
        await use(adapter, wrong as never);
      }, meaning(meant));
    },
  })),
  ...methods.map(([name, wrong, meant, use]): Case<NamesAdapter> => ({
    name: `socket.${name} refuses ${Object.keys(wrong)[0]!}: is ${meant} meant?`,
    run: async (adapter) => {
      const server = adapter.listen({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      try {
        const client = await adapter.connect(server.url);
        for (const socket of [client, ...server.clients])
          await assert.rejects(
            async () => {
              await use(socket, wrong as never);
            },
            (error: Error) => error.name === "UsageError" && meaning(meant).test(error.message),
          );
      } finally {
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "an acceptance with a name that there is not opens nothing, and says which is meant",
    run: async (adapter) => {
      let warned = "";
      const { emitWarning } = process;
      process.emitWarning = ((text: unknown) => {
        warned += String(text);
      }) as typeof process.emitWarning;
      const server = adapter.listen({
        hostname: "127.0.0.1",
        websocket: { upgrade: () => ({ contxt: 1 }) as never },
      });
      await server.ready;
      try {
        await assert.rejects(adapter.connect(server.url), { status: 500 });
        assert.match(warned, /got \{ contxt \}; is context meant\?/);
      } finally {
        process.emitWarning = emitWarning;
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "new EventSource ignores what is like none of its options, as faye-websocket does; eventSource() does not",
    run: async (adapter) => {
      const options = { colour: "red" } as never;
      assert.throws(
        () => adapter.eventSource(FETCHED, options),
        /eventSource: there is no "colour"; there are headers, /,
      );
      const { source } = adapter.eventSource(FETCHED);
      assert.ok(source.send("x", options));
      source.close();
      const server = http.createServer((got, answer) => {
        new adapter.EventSource(got, answer, options).end("made");
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      try {
        const { port } = server.address() as net.AddressInfo;
        assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /data: made/);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  },
];
