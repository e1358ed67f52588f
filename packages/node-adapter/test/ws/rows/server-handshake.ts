import { once } from "node:events";
import type http from "node:http";
import net from "node:net";
import type ws from "ws";
import type { WebSocketServer } from "ws";
import { KEY, type Library, pause, type Row } from "../scene.ts";
import type { Transcript } from "../transcript.ts";

interface Case {
  readonly name: string;
  readonly options?: object;
  /** Fields in place of the usual ones; `undefined` leaves one out. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly line?: string;
  /** Listens for more, or changes the server. */
  readonly prepare?: (server: WebSocketServer, transcript: Transcript) => void;
  readonly differs?: string;
}

const USUAL = {
  Host: "x",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": KEY,
};

function requestOf({ fields = {}, line = "GET /chat?room=1 HTTP/1.1" }: Case): string {
  const all = Object.entries({ ...USUAL, ...fields }).filter(([, value]) => value !== undefined);
  return `${line}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** Asks a server, and notes its answer as it came. */
async function ask(library: Library, transcript: Transcript, asked: Case): Promise<void> {
  const server = new library.WebSocketServer({ host: "127.0.0.1", port: 0, ...asked.options });
  asked.prepare?.(server, transcript);
  server.on("connection", (socket, request) => {
    transcript.note(
      "connection",
      socket.protocol,
      socket.extensions,
      socket.readyState,
      request.url,
    );
    socket.on("error", () => {});
  });
  await once(server, "listening");
  const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (part) => {
    answer += String(part);
  });
  socket.on("error", () => {});
  socket.write(requestOf(asked));
  for (
    let waited = 0;
    waited < 200 && !(answer.includes("\r\n\r\n") || socket.destroyed);
    waited += 5
  )
    await pause(5);
  await pause(25);
  transcript.wire.push(...answer.replace(/Date: .*\r\n/, "").split("\r\n"));
  transcript.wire.push(socket.readableEnded || socket.destroyed ? "ended" : "open");
  socket.destroy();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

const field = (
  name: string,
  header: string,
  value: string | undefined,
  more: Partial<Case> = {},
): Case => ({ name: `${name}`, fields: { [header]: value }, ...more });
const deflate = (
  name: string,
  offer: string,
  perMessageDeflate: object | boolean = true,
): Case => ({
  name: `an offer of ${name}`,
  fields: { "Sec-WebSocket-Extensions": offer },
  options: { perMessageDeflate },
});

const requests: readonly Case[] = [
  { name: "a plain request" },
  field("no key", "Sec-WebSocket-Key", undefined),
  field("a key that is too short", "Sec-WebSocket-Key", "abc="),
  field("a key of other characters", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!=="),
  field("no version", "Sec-WebSocket-Version", undefined),
  field("version 8", "Sec-WebSocket-Version", "8"),
  field("version 12", "Sec-WebSocket-Version", "12"),
  field("version 13 with a zero before it", "Sec-WebSocket-Version", "013"),
  field("a version that is no number", "Sec-WebSocket-Version", "x"),
  field("another protocol to upgrade to", "Upgrade", "h2c"),
  field("WebSocket in capitals", "Upgrade", "WEBSOCKET"),
  field("websocket among others", "Upgrade", "websocket, foo"),
  { name: "POST", line: "POST / HTTP/1.1" },
  { name: "HTTP/1.0", line: "GET / HTTP/1.0" },
  { name: "no upgrade at all", fields: { Connection: "close", Upgrade: undefined } },
];

const protocols: readonly Case[] = [
  field("one subprotocol", "Sec-WebSocket-Protocol", "chat"),
  field("two subprotocols", "Sec-WebSocket-Protocol", "chat, superchat"),
  field("two subprotocols without a space", "Sec-WebSocket-Protocol", "chat,superchat"),
  field("an empty subprotocol field", "Sec-WebSocket-Protocol", ""),
  field("a subprotocol twice", "Sec-WebSocket-Protocol", "chat, chat"),
  field("a subprotocol that is no token", "Sec-WebSocket-Protocol", "ch(at"),
  field("a comma at the end", "Sec-WebSocket-Protocol", "chat,"),
  field("handleProtocols chooses", "Sec-WebSocket-Protocol", "a, b", {
    options: { handleProtocols: (offered: Set<string>) => [...offered][1]! },
  }),
  field("handleProtocols declines", "Sec-WebSocket-Protocol", "a, b", {
    options: { handleProtocols: () => false },
  }),
  {
    name: "handleProtocols is not asked when nothing is offered",
    options: { handleProtocols: () => "never" },
  },
  field("handleProtocols sees the request", "Sec-WebSocket-Protocol", "a", {
    options: {
      handleProtocols: (_: Set<string>, request: http.IncomingMessage) => request.url!.slice(1, 5),
    },
  }),
];

const extensions: readonly Case[] = [
  field("an offer that is not wanted", "Sec-WebSocket-Extensions", "permessage-deflate"),
  deflate("permessage-deflate", "permessage-deflate"),
  deflate(
    "permessage-deflate with client_max_window_bits",
    "permessage-deflate; client_max_window_bits",
  ),
  deflate(
    "both without takeover",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  ),
  deflate("server_max_window_bits", "permessage-deflate; server_max_window_bits=10"),
  deflate("client_max_window_bits of 10", "permessage-deflate; client_max_window_bits=10"),
  deflate("an unknown extension", "foo"),
  deflate("an unknown extension and permessage-deflate", "foo; bar=1, permessage-deflate"),
  deflate("two alternatives", "permessage-deflate; server_max_window_bits=8, permessage-deflate", {
    serverMaxWindowBits: 10,
  }),
  deflate("an unknown parameter", "permessage-deflate; foo"),
  deflate(
    "a parameter twice",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
  ),
  deflate("a window that is out of range", "permessage-deflate; server_max_window_bits=7"),
  deflate("a window that is no number", "permessage-deflate; server_max_window_bits=abc"),
  deflate(
    "server_no_context_takeover with a value",
    "permessage-deflate; server_no_context_takeover=1",
  ),
  deflate("a field that does not parse", "permessage-deflate;"),
  deflate("an empty field", ""),
  deflate("quoted values", 'permessage-deflate; server_max_window_bits="11"'),
  deflate("permessage-deflate to a server without takeover", "permessage-deflate", {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
  }),
  deflate(
    "permessage-deflate to a server with windows",
    "permessage-deflate; client_max_window_bits",
    { serverMaxWindowBits: 11, clientMaxWindowBits: 12 },
  ),
  deflate("permessage-deflate to a server that must tell clients", "permessage-deflate", {
    clientMaxWindowBits: 12,
  }),
  deflate(
    "no takeover to a server that insists on it",
    "permessage-deflate; server_no_context_takeover",
    { serverNoContextTakeover: false },
  ),
  deflate("a window to a server that has none", "permessage-deflate; server_max_window_bits=10", {
    serverMaxWindowBits: false,
  }),
];

type Verified = (
  result: boolean,
  code?: number,
  message?: string,
  headers?: http.OutgoingHttpHeaders,
) => void;
const verify = (answer: (callback: Verified) => void): ws.ServerOptions => ({
  verifyClient: (_info: unknown, callback: Verified) => {
    answer(callback);
  },
});

const decisions: readonly Case[] = [
  { name: "verifyClient says yes", options: { verifyClient: () => true } },
  { name: "verifyClient says no", options: { verifyClient: () => false } },
  {
    name: "verifyClient with a callback says yes",
    options: verify((callback) => {
      callback(true);
    }),
  },
  {
    name: "verifyClient says yes later",
    options: verify((callback) => {
      setTimeout(callback, 10, true);
    }),
  },
  {
    name: "verifyClient with a callback says no",
    options: verify((callback) => {
      callback(false);
    }),
  },
  {
    name: "verifyClient says 403",
    options: verify((callback) => {
      callback(false, 403);
    }),
  },
  {
    name: "verifyClient says 404 and why",
    options: verify((callback) => {
      callback(false, 404, "not here");
    }),
  },
  {
    name: "verifyClient says 429 with headers",
    options: verify((callback) => {
      callback(false, 429, "slow down", { "Retry-After": 5 });
    }),
  },
  {
    name: "verifyClient sees origin and secure",
    fields: { Origin: "http://a.example" },
    options: {
      verifyClient: ((info: { origin: string; secure: boolean }) =>
        info.origin === "http://a.example" && !info.secure) as never,
    },
  },
  {
    name: "verifyClient sees the origin of version 8",
    fields: { "Sec-WebSocket-Version": "8", "Sec-WebSocket-Origin": "http://a.example" },
    options: {
      verifyClient: ((info: { origin: string }) => info.origin === "http://a.example") as never,
    },
  },
  { name: "path is right", options: { path: "/chat" } },
  { name: "path is wrong", options: { path: "/other" } },
  { name: "path with a query is not its path", options: { path: "/chat?room=1" } },
  {
    name: "shouldHandle says no",
    prepare: (server) => {
      server.shouldHandle = () => false;
    },
  },
  {
    name: "shouldHandle says yes where path says no",
    options: { path: "/other" },
    prepare: (server) => {
      server.shouldHandle = () => true;
    },
  },
  {
    name: "headers may be added",
    prepare: (server, transcript) => {
      server.on("headers", (headers, request) => {
        transcript.note("headers", headers, request.url);
        headers.push("Set-Cookie: a=b", "X-More: yes");
      });
    },
  },
  ...(
    ["Sec-WebSocket-Key", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"] as const
  ).map((header): Case => ({
    name: `wsClientError for ${header}`,
    fields: { [header]: "(" },
    prepare: (server, transcript) => {
      server.on("wsClientError", (error, socket, request) => {
        transcript.note("wsClientError", error, request.url);
        socket.end("HTTP/1.1 418 Teapot\r\n\r\n");
      });
    },
  })),
  {
    name: "wsClientError for POST",
    line: "POST / HTTP/1.1",
    prepare: (server, transcript) => {
      server.on("wsClientError", (error, socket) => {
        transcript.note("wsClientError", error);
        socket.destroy();
      });
    },
  },
];

export const serverHandshake: readonly Row[] = [
  ...requests,
  ...protocols,
  ...extensions,
  ...decisions,
].map((asked): Row => ({
  name: `a server is asked: ${asked.name}`,
  ...(asked.differs === undefined ? {} : { differs: asked.differs }),
  run: (library, transcript) => ask(library, transcript, asked),
}));
