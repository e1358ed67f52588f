import { equal, ok, pass, within } from "../../assertion.ts";
import type { ConnectOptions } from "../harness.ts";
import { responseHead, withRawServer } from "../../wire/line.ts";
import type { Head, RawPeer } from "../../wire/raw-peer.ts";
import { acceptFor } from "../../wire/frames.ts";
import type { Check, Requirement } from "./requirement.ts";

/** Lets the library's client ask, and looks at its request. */
function asks(
  look: (request: Head, peer: RawPeer, port: number) => void | Promise<void>,
  path = "",
  options: ConnectOptions = {},
): { client: Check } {
  return {
    client: (harness) =>
      withRawServer(harness, async (server, next) => {
        const connecting = harness.connect(server.url + path, options).catch(() => undefined);
        const peer = await next();
        const request = await peer.head("the request");
        await look(request, peer, server.port);
        peer.write(await responseHead(request));
        const socket = await within(connecting, "the client to open");
        socket?.terminate();
        peer.destroy();
      }),
  };
}

type Respond = (request: Head) => string | Promise<string>;

/** Answers the library's client, which must then open, or refuse to. */
function answered(
  respond: Respond,
  expected: "opens" | "refuses",
  options: ConnectOptions = {},
): { client: Check } {
  return {
    client: (harness) =>
      withRawServer(harness, async (server, next) => {
        const connecting = harness.connect(server.url, options);
        const outcome = connecting.then(
          () => "opens",
          () => "refuses",
        );
        const peer = await next();
        peer.write(await respond(await peer.head("the request")));
        equal(await within(outcome, "the client to decide"), expected, "the client");
        if (expected === "refuses") await peer.whenEnded("the client to end the stream");
        else (await connecting).terminate();
        peer.destroy();
      }),
  };
}

type Changes = Readonly<Record<string, string | undefined>>;
const opens = (changes: Changes, options?: ConnectOptions): { client: Check } =>
  answered((request) => responseHead(request, changes), "opens", options);
const refuses = (changes: Changes, options?: ConnectOptions): { client: Check } =>
  answered((request) => responseHead(request, changes), "refuses", options);
const refusesLine = (startLine: string): { client: Check } =>
  answered(
    (request) =>
      responseHead(
        request,
        { "Content-Length": startLine.includes(" 101") ? undefined : "0" },
        startLine,
      ),
    "refuses",
  );

const ACCEPT = "Sec-WebSocket-Accept";
const PROTOCOL = "Sec-WebSocket-Protocol";

/** The client's request: RFC 6455 §4.1. */
const requests: readonly Requirement[] = [
  {
    clause: "4.1",
    must: "the request is a GET of HTTP/1.1 for the resource name, with its query",
    ...asks(
      (request) => equal(request.startLine, "GET /chat/room?id=1&x=%20y HTTP/1.1", "request line"),
      "chat/room?id=1&x=%20y",
    ),
  },
  {
    clause: "4.1",
    must: "the resource name is / where the URL has no path",
    ...asks((request) => equal(request.startLine, "GET / HTTP/1.1", "request line")),
  },
  {
    clause: "4.1",
    must: "Host has the host and the port that is not the scheme's own, once",
    ...asks((request, _, port) => {
      equal(request.all("host").length, 1, "Host fields");
      ok(request.get("host")!.endsWith(`:${port}`), `Host is ${request.get("host")}`);
    }),
  },
  {
    clause: "4.1",
    must: "Upgrade has websocket, Connection has Upgrade, the version is 13, each once",
    ...asks((request) => {
      equal(
        request.all("upgrade").map((value) => value.toLowerCase()),
        ["websocket"],
        "Upgrade",
      );
      equal(
        request.all("connection").map((value) => value.toLowerCase()),
        ["upgrade"],
        "Connection",
      );
      equal(request.all("sec-websocket-version"), ["13"], "Sec-WebSocket-Version");
    }),
  },
  {
    clause: "4.1",
    must: "the key is 16 bytes in base64, once",
    ...asks((request) => {
      equal(request.all("sec-websocket-key").length, 1, "Sec-WebSocket-Key fields");
      ok(
        /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(request.get("sec-websocket-key")!),
        `the key is ${request.get("sec-websocket-key")}`,
      );
    }),
  },
  {
    clause: "4.1",
    must: "each connection has a key of its own",
    client: (harness) =>
      withRawServer(harness, async (server, next) => {
        const keys = new Set<string>();
        for (let at = 0; at < 20; at++) {
          const connecting = harness.connect(server.url).catch(() => undefined);
          const peer = await next();
          keys.add((await peer.head()).get("sec-websocket-key")!);
          peer.destroy();
          await within(connecting, "the client to give up");
        }
        equal(keys.size, 20, "different keys");
      }),
  },
  {
    clause: "4.1",
    must: "subprotocols are asked for in order of preference",
    ...asks(
      (request) =>
        equal(request.get("sec-websocket-protocol")?.split(/\s*,\s*/), ["b", "a"], PROTOCOL),
      "",
      { protocols: ["b", "a"] },
    ),
  },
  {
    clause: "4.1",
    must: "no subprotocol field is sent where none is asked for",
    ...asks((request) => equal(request.get("sec-websocket-protocol"), undefined, PROTOCOL)),
  },
  {
    clause: "4.1",
    must: "fields of the application's are sent beside",
    ...asks((request) => equal(request.get("x-mine"), "yes", "X-Mine"), "", {
      headers: { "X-Mine": "yes" },
    }),
  },
  {
    clause: "4.1",
    must: "nothing follows the request until the response has come",
    ...asks(async (_, peer) => {
      await pass(30);
      equal(peer.pending.length, 0, "bytes after the request");
    }),
  },
];

/** The client's check of the response: RFC 6455 §4.1. */
const responses: readonly Requirement[] = [
  { clause: "4.1", must: "a proper response opens", ...opens({}) },
  ...[
    "HTTP/1.1 200 OK",
    "HTTP/1.1 301 Moved Permanently",
    "HTTP/1.1 400 Bad Request",
    "HTTP/1.1 401 Unauthorized",
    "HTTP/1.1 503 Service Unavailable",
  ].map((line): Requirement => ({
    clause: "4.1",
    must: `${line.slice(9)} does not open, whatever its fields`,
    ...refusesLine(line),
  })),
  ...[
    "ICY 101 Switching",
    "HTTP/1.1 abc Switching",
    "HTTP/1.1 1010 Switching",
    "not HTTP at all",
  ].map((line): Requirement => ({
    clause: "4.1",
    must: `the status line "${line}" does not open`,
    ...refusesLine(line),
  })),
  {
    clause: "4.1",
    must: "a response without Upgrade does not open",
    ...refuses({ Upgrade: undefined }),
  },
  {
    clause: "4.1",
    must: "an Upgrade to something else does not open",
    ...refuses({ Upgrade: "h2c" }),
  },
  { clause: "4.1", must: "Upgrade is compared without case", ...opens({ Upgrade: "WebSocket" }) },
  {
    clause: "4.1",
    must: "a response without Connection does not open",
    ...refuses({ Connection: undefined }),
  },
  {
    clause: "4.1",
    must: "a Connection without the Upgrade token does not open",
    ...refuses({ Connection: "keep-alive" }),
  },
  {
    clause: "4.1",
    must: "Connection is a list: the Upgrade token among others will do",
    ...opens({ Connection: "keep-alive, Upgrade" }),
  },
  {
    clause: "4.1",
    must: "Connection is compared without case",
    ...opens({ Connection: "upgrade" }),
  },
  {
    clause: "4.1",
    must: "a response without an accept key does not open",
    ...refuses({ [ACCEPT]: undefined }),
  },
  { clause: "4.1", must: "an empty accept key does not open", ...refuses({ [ACCEPT]: "" }) },
  {
    clause: "4.1",
    must: "another request's accept key does not open",
    ...refuses({ [ACCEPT]: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }),
  },
  {
    clause: "4.1",
    must: "the client's own key as accept key does not open",
    ...answered(
      (request) => responseHead(request, { [ACCEPT]: request.get("sec-websocket-key") }),
      "refuses",
    ),
  },
  {
    clause: "4.1",
    must: "an accept key in other case does not open",
    ...answered(
      async (request) =>
        responseHead(request, {
          [ACCEPT]: flipCase(await acceptFor(request.get("sec-websocket-key")!)),
        }),
      "refuses",
    ),
  },
  {
    clause: "4.1",
    must: "space around the accept key is ignored",
    ...answered(
      async (request) =>
        responseHead(request, {
          [ACCEPT]: `  ${await acceptFor(request.get("sec-websocket-key")!)} \t`,
        }),
      "opens",
    ),
  },
  {
    clause: "4.1",
    must: "an extension that was not asked for does not open",
    ...refuses({ "Sec-WebSocket-Extensions": "x-unknown" }),
  },
  {
    clause: "4.1",
    must: "a subprotocol where none was asked for does not open",
    ...refuses({ [PROTOCOL]: "a" }),
  },
  {
    clause: "4.1",
    must: "a subprotocol that was not asked for does not open",
    ...refuses({ [PROTOCOL]: "c" }, { protocols: ["a", "b"] }),
  },
  {
    clause: "4.1",
    must: "a subprotocol in other case does not open",
    ...refuses({ [PROTOCOL]: "A" }, { protocols: ["a"] }),
  },
  {
    clause: "4.1",
    must: "two subprotocols at once do not open",
    ...refuses({ [PROTOCOL]: "a, b" }, { protocols: ["a", "b"] }),
  },
  {
    clause: "4.1",
    must: "one of the subprotocols asked for opens",
    ...opens({ [PROTOCOL]: "b" }, { protocols: ["a", "b"] }),
  },
  {
    clause: "4.1",
    must: "no subprotocol, although some were asked for, opens",
    ...opens({}, { protocols: ["a", "b"] }),
  },
  {
    clause: "4.1",
    must: "field names are compared without case",
    ...answered(
      async (request) =>
        (await responseHead(request)).replace(/^[A-Z][\w-]*:/gm, (name) => name.toLowerCase()),
      "opens",
    ),
  },
  {
    clause: "4.1",
    must: "fields that mean nothing here are ignored",
    ...opens({ Server: "test", Date: "Thu, 01 Jan 1970 00:00:00 GMT" }),
  },
];

function flipCase(text: string): string {
  const flipped = text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  return flipped;
}

/** The client's part of the opening: RFC 6455 §4.1. */
export const clientHandshake: readonly Requirement[] = [...requests, ...responses];
