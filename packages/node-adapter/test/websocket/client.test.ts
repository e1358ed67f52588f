/** Where the client differs from faye-websocket's by intent, and what it refuses. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RawPeer } from "@sansocket/core/testing";
import { acceptKeyOf } from "../server/accept-key.ts";
import { nextClose } from "../server/by-hand.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { type Client, type ClientOptions, WebSocket } from "../../src/index.ts";

let server: net.Server;
let accepted: net.Socket[];

beforeEach(async () => {
  accepted = [];
  server = net.createServer((socket) => accepted.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

const portOf = (listener: net.Server): number => (listener.address() as net.AddressInfo).port;
const pause = (milliseconds = 30): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Dialled {
  readonly client: Client;
  readonly peer: RawPeer;
  /** The request's fields. */
  field(name: string): string | undefined;
  readonly startLine: string;
}

/** A client whose request has come. */
async function dialled(
  options?: ClientOptions,
  url = "ws://127.0.0.1:PORT/",
  protocols?: string[],
): Promise<Dialled> {
  const client = new WebSocket.Client(
    url.replace("PORT", String(portOf(server))),
    protocols,
    options,
  );
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const peer = new RawPeer(socket, false);
  const head = await peer.head();
  return { client, peer, field: (name) => head.get(name), startLine: head.startLine };
}

/** One that is open. */
async function open(options?: ClientOptions, connection = "Upgrade"): Promise<Dialled> {
  const all = await dialled(options);
  const { client, peer } = all;
  const opened = once(client, "open");
  peer.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: ${connection}\r\nSec-WebSocket-Accept: ${acceptKeyOf(all.field("sec-websocket-key")!)}\r\n\r\n`,
  );
  await opened;
  return all;
}

const bad: [name: string, make: () => unknown, message: RegExp][] = [
  [
    "an option nobody knows",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, { nonsense: 1 } as never),
    /^Unrecognized option: nonsense$/,
  ],
  [
    "a size that is none",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, { maxLength: -1 }),
    /maxMessageSize/,
  ],
  [
    "a ping that is no time",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, { ping: -5 }),
    /ping/,
  ],
  [
    "extensions",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        extensions: [{}],
      } as never),
    /extension/,
  ],
  [
    "a proxy",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        proxy: { origin: "socks://proxy" },
      }),
    /^proxy.origin: expected an http: or https: URL, got "socks:\/\/proxy"$/,
  ],
  [
    "a proxy's header with a line break",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        proxy: { origin: "http://proxy", headers: { "X-A": "a\nb" } },
      }),
    /X-A/,
  ],
  [
    "an origin with a line break",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, { origin: "a\r\nb" }),
    /Origin/,
  ],
  [
    "redirects that are none",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        followRedirects: { max: -1 },
      }),
    /^followRedirects/,
  ],
  [
    "two ways at once",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        proxy: { origin: "http://proxy" },
        socketPath: "/x",
      }),
    /^proxy and socketPath: only one/,
  ],
  [
    "a header with a line break",
    () =>
      new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, {
        headers: { "X-A": "a\r\nb: c" },
      }),
    /X-A/,
  ],
  [
    "a subprotocol that is no token",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, ["a b"]),
    /protocols/,
  ],
  [
    "a URL with another scheme",
    () => new WebSocket.Client(`http://127.0.0.1:${portOf(server)}/`),
    /is not a valid WebSocket URL$/,
  ],
  [
    "no URL",
    () => new WebSocket.Client(undefined as never),
    /^undefined is not a valid WebSocket URL$/,
  ],
  [
    "options that are none",
    () => new WebSocket.Client(`ws://127.0.0.1:${portOf(server)}/`, null, 5 as never),
    /options/,
  ],
];
test.each(bad)("throws before any socket exists: %s", async (_, make, message) => {
  expect(make).toThrow(message);
  await pause();
  expect(accepted).toHaveLength(0);
});

test("what is passed as undefined, null or empty is as if it were not", async () => {
  const { client } = await dialled({
    headers: undefined,
    extensions: [],
    proxy: null,
    tls: undefined,
    ca: null,
    net: undefined,
    maxLength: 0,
    ping: 0,
  });
  expect(client.readyState).toBe(0);
  client.close();
});

test("the net option works, and the caller's objects are not written to", async () => {
  const given = Object.freeze({ localAddress: "127.0.0.2" });
  const secure = Object.freeze({});
  const options = Object.freeze({ net: given, tls: secure });
  const { client } = await dialled(options);
  expect(accepted[0]!.remoteAddress).toBe("127.0.0.2");
  client.terminate();
});

test("wss: with ca, or tls.ca", async () => {
  const secure = tls
    .createServer(localhost, (socket) => {
      accepted.push(socket);
    })
    .listen(0, "127.0.0.1");
  await once(secure, "listening");
  for (const options of [{ ca: authority }, { tls: { ca: authority } }]) {
    const client = new WebSocket.Client(`wss://localhost:${portOf(secure)}/`, null, options);
    const [socket] = (await once(secure, "secureConnection")) as [tls.TLSSocket];
    const head = await new RawPeer(socket, false).head();
    expect([head.get("host"), socket.servername, client.url]).toEqual([
      `localhost:${portOf(secure)}`,
      "localhost",
      `wss://localhost:${portOf(secure)}/`,
    ]);
    client.terminate();
  }
  const untrusting = new WebSocket.Client(`wss://localhost:${portOf(secure)}/`);
  const errors: string[] = [];
  const closed = nextClose(untrusting);
  untrusting.onerror = (event) => {
    errors.push(event.message);
  };
  expect((await closed)[0]).toBe(1006);
  expect(errors[0]).toMatch(/^Network error: wss:\/\/localhost:\d+\/: /);
  secure.close();
});

const users: [name: string, userinfo: string, sent: string][] = [
  ["decoded", "us%40er:p%3Aw%C3%BC", "us@er:p:wü"],
  ["a user alone", "user", "user:"],
  ["what cannot be decoded, as it is", "100%25%:x", "100%25%:x"],
];
test.each(users)("userinfo is sent as Basic authentication: %s", async (_, userinfo, sent) => {
  const { client, field } = await dialled({}, `ws://${userinfo}@127.0.0.1:PORT/`);
  expect(Buffer.from(field("authorization")!.replace("Basic ", ""), "base64").toString()).toBe(
    sent,
  );
  client.terminate();
});

test("a URL object is taken", async () => {
  const { client, startLine } = await dialled({}, "ws://127.0.0.1:PORT/a?b#c");
  expect(startLine).toBe("GET /a?b HTTP/1.1");
  const other = new WebSocket.Client(new URL(`ws://127.0.0.1:${portOf(server)}/object`));
  expect(other.url).toBe(`ws://127.0.0.1:${portOf(server)}/object`);
  for (const socket of [client, other]) socket.terminate();
});

test("Connection: keep-alive, Upgrade is accepted from a server", async () => {
  const { client } = await open({}, "keep-alive, Upgrade");
  expect(client.readyState).toBe(1);
});

test("a masked frame from a server ends the connection: 1002", async () => {
  const { client, peer } = await open();
  const closed = nextClose(client);
  peer.send({ opcode: 1, payload: "a", masked: true });
  expect((await peer.frame()).opcode).toBe(8);
  peer.end();
  expect((await closed).slice(0, 2)).toEqual([
    1002,
    "Received masked frame but masking is forbidden",
  ]);
});

test("a server that never answers is given up after handshakeTimeout", async () => {
  const { client } = await dialled({ handshakeTimeout: 40 });
  const errors: unknown[] = [];
  const closed = nextClose(client);
  client.onerror = (event) => {
    errors.push(event.code);
  };
  expect(await closed).toEqual([1006, "", false]);
  expect(errors).toEqual(["handshake-timeout"]);
});

test("a server that hangs up before it answers: 1006, and no error", async () => {
  const { client, peer } = await dialled();
  const errors: unknown[] = [];
  const closed = nextClose(client);
  client.onerror = (event) => {
    errors.push(event);
  };
  peer.end();
  expect(await closed).toEqual([1006, "", false]);
  expect(errors).toEqual([]);
});

test("a refusal can be looked at: statusCode and headers", async () => {
  const { client, peer } = await dialled();
  const closed = nextClose(client);
  expect([client.statusCode, client.headers]).toEqual([undefined, undefined]);
  peer.write(
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n",
  );
  expect(await closed).toEqual([1006, "", false]);
  expect(client.statusCode).toBe(401);
  expect(Object.entries(client.headers!)).toEqual([
    ["www-authenticate", "Basic"],
    ["__proto__", "x"],
    ["content-length", "0"],
  ]);
});

test("errors name the URL, and carry their cause and its code", async () => {
  const port = portOf(server);
  server.close();
  const client = new WebSocket.Client(`ws://127.0.0.1:${port}/x`);
  const seen: unknown[] = [];
  const closed = nextClose(client);
  client.onerror = (event) => {
    seen.push(event.message, event.code, (event.error as Error).message);
  };
  await closed;
  expect(seen).toEqual([
    `Network error: ws://127.0.0.1:${port}/x: connect ECONNREFUSED 127.0.0.1:${port} (nothing listens there; is the server up, and the port right?)`,
    "ECONNREFUSED",
    `connect ECONNREFUSED 127.0.0.1:${port}`,
  ]);
});

test("a modern subclass works, and is a WebSocket too", async () => {
  class Chat extends WebSocket.Client {
    override onopen = (): void => {
      this.send("from the handler");
    };
  }
  const chat = new Chat(`ws://127.0.0.1:${portOf(server)}/`);
  expect([
    chat instanceof Chat,
    chat instanceof WebSocket.Client,
    chat instanceof WebSocket,
    Chat.CLOSED,
  ]).toEqual([true, true, true, 3]);
  chat.terminate();
});
