import { once } from "node:events";
import net from "node:net";
import type ws from "ws";
import { acceptOf, type Library, pause, type Row } from "../scene.ts";
import { type Transcript, watch } from "../transcript.ts";

interface Case {
  readonly name: string;
  readonly options?: ws.ClientOptions & Record<string, unknown>;
  readonly protocols?: string | string[];
  /** The server's whole answer; `ACCEPT` stands for what the key asks for, `PORT` for its own port. */
  readonly answer?: string;
  /** Which requests are answered otherwise: by path. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly act?: (socket: ws, transcript: Transcript) => void;
  readonly differs?: string;
}

const GOOD =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n";
const good = (more = ""): string => `${GOOD}${more}\r\n`;

/** Has a client ask a server by hand, and notes both what it asked and what came of it. */
async function answer(library: Library, transcript: Transcript, asked: Case): Promise<void> {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as net.AddressInfo;
  const inWords = (value: string): string => value.replaceAll(String(port), "PORT");
  const sockets: net.Socket[] = [];
  listener.on("connection", (raw) => {
    sockets.push(raw);
    raw.on("error", () => {});
    let head = "";
    raw.setEncoding("latin1").on("data", (part) => {
      head += String(part);
      if (!head.includes("\r\n\r\n")) return;
      transcript.wire.push(
        ...inWords(head)
          .replace(/(Sec-WebSocket-Key: ).*/i, "$1KEY")
          .split("\r\n")
          .sort(),
      );
      const path = head.split(" ")[1]!;
      const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? "";
      head = "";
      const text = asked.answers?.[path] ?? asked.answer ?? good();
      raw.write(text.replace("ACCEPT", acceptOf(key)).replaceAll("PORT", String(port)), "latin1");
      if (text.startsWith("HTTP/1.1 200") || text === "") raw.end();
    });
  });
  let socket: ws | undefined;
  try {
    socket = new library(
      `ws://127.0.0.1:${port}${asked.path ?? "/"}`,
      asked.protocols ?? [],
      asked.options,
    );
  } catch (error) {
    transcript.note("throws", error);
  }
  if (socket !== undefined) await outcome(socket, transcript, asked, inWords);
  for (const raw of sockets) raw.destroy();
  await new Promise((resolve) => {
    listener.close(resolve);
  });
}

async function outcome(
  socket: ws,
  transcript: Transcript,
  asked: Case,
  inWords: (value: string) => string,
): Promise<void> {
  watch(transcript, socket as never, ["open", "close", "upgrade", "redirect", "message"]);
  const over = new Promise<void>((resolve) => {
    socket.on("open", () => {
      transcript.note("agreed", socket.protocol, socket.extensions, socket.readyState);
      setTimeout(resolve, 20);
    });
    socket.on("close", () => {
      resolve();
    });
  });
  socket.on("error", (error) => {
    transcript.note(
      "error",
      new (error.constructor as ErrorConstructor)(inWords(error.message)),
      (error as { code?: string }).code ?? "",
      socket.readyState,
    );
  });
  asked.act?.(socket, transcript);
  await Promise.race([over, pause(400)]);
  transcript.note("at last", socket.readyState, inWords(socket.url));
  socket.terminate();
  await pause(10);
}

const plain = (status: string, more = "", body = ""): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

const answers: readonly Case[] = [
  { name: "a plain answer" },
  { name: "no Upgrade", answer: GOOD.replace("Upgrade: websocket\r\n", "") + "\r\n" },
  { name: "another Upgrade", answer: good().replace("Upgrade: websocket", "Upgrade: h2c") },
  {
    name: "Upgrade in capitals",
    answer: good().replace("Upgrade: websocket", "Upgrade: WEBSOCKET"),
  },
  { name: "no accept", answer: good().replace("Sec-WebSocket-Accept: ACCEPT\r\n", "") },
  { name: "a wrong accept", answer: good().replace("ACCEPT", "AAAA") },
  { name: "a subprotocol nobody asked for", answer: good("Sec-WebSocket-Protocol: chat\r\n") },
  { name: "another subprotocol", protocols: "a", answer: good("Sec-WebSocket-Protocol: chat\r\n") },
  { name: "no subprotocol", protocols: "a" },
  { name: "the subprotocol", protocols: "a", answer: good("Sec-WebSocket-Protocol: a\r\n") },
  {
    name: "one of two subprotocols",
    protocols: ["a", "b"],
    answer: good("Sec-WebSocket-Protocol: b\r\n"),
  },
  {
    name: "an extension nobody asked for",
    options: { perMessageDeflate: false },
    answer: good("Sec-WebSocket-Extensions: foo\r\n"),
  },
  { name: "another extension", answer: good("Sec-WebSocket-Extensions: foo\r\n") },
  { name: "two extensions", answer: good("Sec-WebSocket-Extensions: permessage-deflate, foo\r\n") },
  { name: "extensions that do not parse", answer: good("Sec-WebSocket-Extensions: foo;\r\n") },
  { name: "permessage-deflate", answer: good("Sec-WebSocket-Extensions: permessage-deflate\r\n") },
  {
    name: "permessage-deflate without takeover",
    answer: good(
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n",
    ),
  },
  {
    name: "permessage-deflate with windows",
    answer: good(
      "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_max_window_bits=11\r\n",
    ),
  },
  {
    name: "a window without a number",
    answer: good("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
  },
  {
    name: "an unknown parameter",
    answer: good("Sec-WebSocket-Extensions: permessage-deflate; foo\r\n"),
  },
  {
    name: "a window beyond what was offered",
    options: { perMessageDeflate: { clientMaxWindowBits: 10 } },
    answer: good("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n"),
  },
  { name: "a message with the head", answer: good() + "\x81\x02hi" },
  { name: "200", answer: plain("200 OK", "", "page") },
  { name: "400", answer: plain("400 Bad Request") },
  { name: "401", answer: plain("401 Unauthorized") },
  { name: "426", answer: plain("426 Upgrade Required") },
  { name: "500", answer: plain("500 Internal Server Error") },
  { name: "302, which is not followed", answer: plain("302 Found", "Location: /new\r\n") },
  { name: "the end, without an answer", answer: "" },
  {
    name: "401 with a listener for it",
    answer: plain("401 Unauthorized", "", "why"),
    act: (socket, transcript) => {
      socket.on("unexpected-response", (_request, response) => {
        transcript.note("unexpected-response", response.statusCode);
        response.resume();
        response.on("end", () => {
          socket.close();
        });
      });
    },
  },
];

const redirects: readonly Case[] = [
  { name: "302 to a path", answers: { "/": plain("302 Found", "Location: /new\r\n") } },
  {
    name: "301 to a whole URL",
    answers: { "/": plain("301 Moved", "Location: ws://127.0.0.1:PORT/new?x=1\r\n") },
  },
  {
    name: "307 to an http URL",
    answers: { "/": plain("307 Temporary", "Location: http://127.0.0.1:PORT/new\r\n") },
  },
  {
    name: "two redirects",
    answers: {
      "/": plain("302 Found", "Location: /b\r\n"),
      "/b": plain("302 Found", "Location: /c\r\n"),
    },
  },
  {
    name: "more redirects than maxRedirects",
    options: { maxRedirects: 1 },
    answers: {
      "/": plain("302 Found", "Location: /b\r\n"),
      "/b": plain("302 Found", "Location: /c\r\n"),
    },
  },
  { name: "a redirect to nothing", answers: { "/": plain("302 Found", "Location: http://\r\n") } },
  {
    name: "a redirect to another scheme",
    answers: { "/": plain("302 Found", "Location: ftp://127.0.0.1/\r\n") },
  },
  {
    name: "a redirect with a fragment",
    answers: { "/": plain("302 Found", "Location: /new#top\r\n") },
  },
  {
    name: "304 with a location",
    answers: { "/": "HTTP/1.1 304 Not Modified\r\nLocation: /new\r\n\r\n" },
  },
  { name: "302 without a location", answers: { "/": plain("302 Found") } },
  {
    name: "a redirect with headers",
    options: { headers: { Authorization: "Basic x", Cookie: "a=b", "X-Own": "1" } },
    answers: { "/": plain("302 Found", "Location: /new\r\n") },
  },
].map((row) => ({ ...row, options: { followRedirects: true, ...(row as Case).options } }));

const requests: readonly Case[] = [
  { name: "without compression", options: { perMessageDeflate: false } },
  {
    name: "with windows",
    options: { perMessageDeflate: { serverMaxWindowBits: 10, clientMaxWindowBits: 9 } },
  },
  {
    name: "without takeover",
    options: {
      perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    },
  },
  {
    name: "without client_max_window_bits",
    options: { perMessageDeflate: { clientMaxWindowBits: false as never } },
  },
  { name: "with an origin", options: { origin: "https://a.example" } },
  { name: "by version 8", options: { protocolVersion: 8, origin: "https://a.example" } },
  { name: "with headers", options: { headers: { "X-Own": "1", Cookie: "a=b" } } },
  { name: "with a Host of its own", options: { headers: { Host: "other.example" } } },
  {
    name: "with two subprotocols",
    protocols: ["a", "b"],
    answer: good("Sec-WebSocket-Protocol: a\r\n"),
  },
  { name: "with auth", options: { auth: "user:pass" } },
  { name: "for a path with a query", path: "/a/b?c=d%20e&f" },
  {
    name: "with finishRequest",
    options: {
      finishRequest: (request) => {
        request.setHeader("X-Late", "yes");
        request.end();
      },
    },
  },
  {
    name: "with protocols among the options",
    options: { protocols: "a" } as never,
    answer: good("Sec-WebSocket-Protocol: a\r\n"),
  },
  {
    name: "and does not wait for the answer",
    options: { handshakeTimeout: 40 },
    answer: "HTTP/1.1 ",
  },
  {
    name: "and closes at once",
    act: (socket) => {
      socket.close();
    },
  },
  {
    name: "and terminates at once",
    act: (socket) => {
      socket.terminate();
    },
  },
  {
    name: "and closes on upgrade",
    act: (socket) => {
      socket.on("upgrade", () => {
        socket.close();
      });
    },
  },
  {
    name: "and terminates on upgrade",
    act: (socket) => {
      socket.on("upgrade", () => {
        socket.terminate();
      });
    },
  },
  { name: "for an invalid subprotocol", protocols: ["a b"] },
  { name: "for a subprotocol twice", protocols: ["a", "a"] },
  { name: "by version 12", options: { protocolVersion: 12 } },
];

const name =
  (prefix: string) =>
  (row: Case): Row => ({
    name: `${prefix}${row.name}`,
    ...(row.differs === undefined ? {} : { differs: row.differs }),
    run: (library, transcript) => answer(library, transcript, row),
  });

export const clientHandshake: readonly Row[] = [
  ...answers.map(name("a client is answered: ")),
  ...redirects.map(name("a client follows: ")),
  ...requests.map(name("a client asks ")),
];
