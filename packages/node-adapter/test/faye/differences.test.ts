/** Where ours differs from faye-websocket 0.11.4 by intent, both beside each other: rows of docs/migrating-from-faye-websocket.md. */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { RawPeer } from "@sansocket/core/testing";
import { WebSocket } from "../../src/index.ts";
import { pause } from "../server/by-hand.ts";
import { DraftClient } from "../websocket/draft-client.ts";
import { libraries, once as next, original } from "./scene.ts";
import { opening } from "../server/raw.ts";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server's socket of `library`, with a peer by hand that has asked with `request`. */
async function served(
  library: any,
  { request = opening(), options }: { request?: string; options?: unknown } = {},
): Promise<{ ws: any; peer: RawPeer; log: unknown[] }> {
  const server = http.createServer().listen(0, "127.0.0.1");
  const log: unknown[] = [];
  await once(server, "listening");
  const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const peer = new RawPeer(socket, true);
  cleanups.push(() => {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  peer.write(request);
  const [incoming, stream, head] = (await once(server, "upgrade")) as [unknown, unknown, unknown];
  const ws = new library(incoming, stream, head, null, options);
  ws.on("error", (event: any) => log.push(["error", event.message]));
  ws.on("message", (event: any) => log.push(["message", event.data]));
  ws.on("close", (event: any) => log.push(["close", event.code, event.reason]));
  return { ws, peer, log };
}

async function opened(library: any, options?: unknown): ReturnType<typeof served> {
  const scene = await served(library, { options });
  await scene.peer.head();
  return scene;
}

/** A client of `library`, with a server by hand that answers with `answer`; and what it asked. */
async function asked(
  library: any,
  answer: string,
  options?: unknown,
): Promise<{ client: any; request: string; log: unknown[] }> {
  const server = net.createServer().listen(0, "127.0.0.1");
  const log: unknown[] = [];
  await once(server, "listening");
  cleanups.push(() => server.close());
  const client = new library.Client(
    `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}/`,
    null,
    options,
  );
  client.on("error", (event: any) => log.push(["error", event.message]));
  client.on("close", (event: any) => log.push(["close", event.code, event.reason]));
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  socket.end(answer);
  await next(client, "close");
  return { client, request: bytes.toString("latin1"), log };
}

test("pause() holds the next message already", async () => {
  const heard = await Promise.all(
    [original, WebSocket].map(async (library) => {
      const { ws, peer, log } = await opened(library);
      ws.pause();
      for (const payload of ["a", "b"]) {
        peer.send({ opcode: TEXT, payload });
        await pause();
      }
      const held = [...log];
      ws.resume();
      await pause();
      return [held, log];
    }),
  );
  const both = [
    ["message", "a"],
    ["message", "b"],
  ];
  expect(heard).toEqual([
    [[["message", "a"]], both],
    [[], both],
  ]);
});

const malformed: [
  name: string,
  payload: Uint8Array,
  faye: unknown[],
  code: number,
  message: string,
][] = [
  [
    "a code that may not be sent",
    Buffer.concat([Uint8Array.of(3, 0xed), Buffer.from("r")]),
    ["close", 1002, "r"],
    1002,
    "Received close frame with an invalid code: 1005",
  ],
  ["one byte", Uint8Array.of(3), ["close", 1002, ""], 1002, "Received malformed close frame"],
  [
    "a reason that is not UTF-8",
    Uint8Array.of(3, 0xe8, 0xff),
    ["close", 1002, ""],
    1007,
    "Received close frame whose reason is not UTF-8",
  ],
];
test.each(malformed)(
  "a close frame with %s is an error, with a text",
  async (_, payload, faye, code, message) => {
    const seen = await Promise.all(
      libraries.map(async ([, library]) => {
        const { ws, peer, log } = await opened(library);
        const closed = next(ws, "close");
        peer.send({ opcode: CLOSE, payload });
        await peer.frame();
        peer.end();
        await closed;
        return log;
      }),
    );
    expect(seen).toEqual([
      [faye],
      [
        ["error", message],
        ["close", code, message],
      ],
    ]);
  },
);

test("HTTP/1.0 is refused with 505", async () => {
  const request = opening().replace("HTTP/1.1", "HTTP/1.0");
  const lines = await Promise.all(
    libraries.map(
      async ([, library]) => (await (await served(library, { request })).peer.head()).startLine,
    ),
  );
  expect(lines).toEqual([
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.1 505 HTTP Version Not Supported",
  ]);
});

test.each(["hixie-75", "hixie-76"] as const)(
  "close events of drafts have a code and a reason: %s",
  async (draft) => {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = new DraftClient(draft, (server.address() as net.AddressInfo).port);
    cleanups.push(() => {
      client.peer.destroy();
      server.close();
      server.closeAllConnections();
    });
    client.ask();
    const ws = new WebSocket(
      ...((await once(server, "upgrade")) as ConstructorParameters<typeof WebSocket>),
    );
    const closed = next(ws, "close");
    await client.opened();
    ws.close(3000, "why");
    if (draft === "hixie-76") client.peer.write(Uint8Array.of(0xff, 0));
    await client.peer.whenEnded();
    client.peer.end();
    const { code, reason } = await closed;
    // Draft 76 has a closing handshake, without codes; draft 75 has none, and what was said is all there is.
    expect([code, reason]).toEqual([draft === "hixie-75" ? 3000 : 1005, ""]);
  },
);

test("an answer that is not HTTP is told with what is wrong with it", async () => {
  const logs = await Promise.all(
    libraries.map(async ([, library]) => (await asked(library, "nonsense\r\n\r\n")).log),
  );
  const prefix = "Error during WebSocket handshake: ";
  const texts = [`${prefix}Parse Error`, `${prefix}Malformed HTTP head: not a status line`];
  expect(logs).toEqual(
    texts.map((text) => [
      ["error", text],
      ["close", 1002, text],
    ]),
  );
});

test("a client's own Sec-WebSocket-Extensions is left out: what it offers are its extensions", async () => {
  const requests = await Promise.all(
    libraries.map(
      async ([, library]) =>
        (await asked(library, "", { headers: { "Sec-WebSocket-Extensions": "mine", "X-A": "b" } }))
          .request,
    ),
  );
  expect(
    requests.map((request) => [request.includes("Extensions: mine"), request.includes("X-A: b")]),
  ).toEqual([
    [true, true],
    [false, true],
  ]);
});

test("a ping of anything is a ping of its text", async () => {
  const { ws, peer } = await opened(WebSocket);
  const called: unknown[] = [];
  for (const [message, text] of [
    [0, "0"],
    [true, "true"],
    [Buffer.of(1, 0xff), "\x01\xff"],
  ]) {
    ws.ping(message, () => called.push(message));
    const { opcode, payload } = await peer.frame();
    expect([opcode, Buffer.from(payload).toString("latin1")]).toEqual([PING, text]);
    peer.send({ opcode: PONG, payload });
  }
  await pause();
  expect(called).toEqual([0, true, Buffer.of(1, 0xff)]);
  const theirs = (await opened(original)).ws;
  expect(() => theirs.ping(true)).toThrow(RangeError);
});

test.each([
  ["a limit below zero", { maxLength: -1 }],
  ["a ping that is no number", { ping: "often" }],
  ["a number", 5],
  ["a function", () => {}],
])("options: %s is an error", async (_, options) => {
  await expect(served(WebSocket, { options })).rejects.toThrow(/expected/);
  expect((await served(original, { options })).ws.readyState).toBe(0);
});

test("CLOSE_TIMEOUT is read when a socket is made", async () => {
  const states = await Promise.all(
    libraries.map(async ([, library]) => {
      const { ws, log } = await opened(library);
      const before = library.super_.CLOSE_TIMEOUT as number;
      library.super_.CLOSE_TIMEOUT = 50;
      try {
        const later = await opened(library);
        for (const socket of [ws, later.ws]) socket.close();
        await pause(150);
        return [log, later.log];
      } finally {
        library.super_.CLOSE_TIMEOUT = before;
      }
    }),
  );
  const closed = [["close", 1006, ""]];
  expect(states).toEqual([
    [closed, closed],
    [[], closed],
  ]);
});

test("a copy of a message event has its data", async () => {
  const events: any[] = await Promise.all(
    libraries.map(async ([, library]) => {
      const { ws, peer } = await opened(library);
      const message = next(ws, "message");
      peer.send({ opcode: TEXT, payload: "text" });
      return message;
    }),
  );
  expect(events.map((event) => [event.data, { ...event }.data])).toEqual([
    ["text", "text"],
    ["text", "text"],
  ]);
});

test("clients are instances of the class, and dispatchEvent returns true", async () => {
  const seen = libraries.map(([, library]) => {
    const client = new library.Client("ws://127.0.0.1:9/");
    client.on("error", () => {});
    client.close();
    return [
      client instanceof library,
      client instanceof library.super_,
      client.dispatchEvent({ type: "custom" }),
    ];
  });
  expect(seen).toEqual([
    [false, true, undefined],
    [true, true, true],
  ]);
});
