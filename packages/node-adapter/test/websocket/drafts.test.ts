/** Drafts 75 and 76 of the protocol over real sockets, with clients made by hand. */
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  listen,
  serve,
  upgrade,
  WebSocket,
  type WebSocketHandlers,
  type WebSocketOptions,
} from "../../src/index.ts";
import { CLOSING, type Draft, DraftClient, frame, KEY2 } from "./draft-client.ts";

const DRAFTS = ["hixie-75", "hixie-76"] as const;
const stops: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Notes what becomes of a server's socket. */
class Seen {
  readonly told: unknown[] = [];
  socket: WebSocket | undefined;

  watch = (socket: WebSocket): void => {
    this.socket = socket;
    socket.on("open", () => this.told.push("open"));
    socket.on("message", ({ data }) => this.told.push(data));
    socket.on("error", ({ message }) => this.told.push(`error ${message}`));
    socket.on("close", ({ code, wasClean }) => this.told.push(`close ${code} ${wasClean}`));
  };

  /** Waits until an event has come. */
  async until(last: unknown): Promise<void> {
    for (let round = 0; !this.told.includes(last); round++) {
      if (round > 400) throw new Error(`${String(last)} never came: ${JSON.stringify(this.told)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

type Accept = (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void;
async function onUpgrade(accept: Accept): Promise<number> {
  const server = http.createServer().on("upgrade", accept).listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

const compatible = (
  seen: Seen,
  options?: WebSocketOptions,
  then?: (socket: WebSocket) => void,
): Promise<number> =>
  onUpgrade((request, socket, head) => {
    const ws = new WebSocket(request, socket, head, ["demo"], options);
    seen.watch(ws);
    then?.(ws);
  });

const client = (draft: Draft, port: number): DraftClient => {
  const made = new DraftClient(draft, port);
  stops.push(() => {
    made.peer.destroy();
  });
  return made;
};

const echo = (seen: Seen): WebSocketHandlers<WebSocket> => ({
  open: seen.watch,
  message(socket, data) {
    socket.send(String(data));
  },
});
const entries: [
  name: string,
  start: (seen: Seen, drafts: boolean | undefined) => Promise<number>,
  byDefault: boolean,
][] = [
  [
    "new WebSocket()",
    (seen, drafts) =>
      compatible(seen, { drafts }, (ws) => {
        ws.on("message", ({ data }) => ws.send(String(data)));
      }),
    true,
  ],
  [
    "upgrade()",
    (seen, drafts) =>
      onUpgrade((request, socket, head) => {
        const ws = upgrade(request, socket, head, { drafts });
        seen.watch(ws);
        ws.on("message", ({ data }) => ws.send(String(data)));
      }),
    false,
  ],
  [
    "serve()",
    async (seen, drafts) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", websocket: echo(seen), drafts });
      stops.push(() => server.stop({ force: true }));
      await server.ready;
      return server.port;
    },
    false,
  ],
  [
    "listen()",
    async (seen, drafts) => {
      const server = listen({ port: 0, hostname: "127.0.0.1", websocket: echo(seen), drafts });
      stops.push(() => server.stop({ force: true }));
      await server.ready;
      return server.port;
    },
    false,
  ],
];

describe.each(entries)("%s", (_, start, byDefault) => {
  test.each(DRAFTS)(
    "%s, where it is taken: text both ways, then a close from the client",
    async (draft) => {
      const seen = new Seen();
      const ours = client(draft, await start(seen, byDefault ? undefined : true));
      ours.ask({ fields: { "Sec-WebSocket-Protocol": "demo" } });
      const head = await ours.opened();
      const prefix = draft === "hixie-75" ? "websocket" : "sec-websocket";
      expect([head.startLine, head.get("upgrade"), head.get("connection")]).toEqual([
        `HTTP/1.1 101 ${draft === "hixie-75" ? "Web Socket" : "WebSocket"} Protocol Handshake`,
        "WebSocket",
        "Upgrade",
      ]);
      expect([head.get(`${prefix}-origin`), head.get(`${prefix}-location`)]).toEqual([
        `http://127.0.0.1:${ours.port}`,
        `ws://127.0.0.1:${ours.port}/demo?x=1`,
      ]);
      for (const text of ["hello", "", "wörld €😀", "x".repeat(100_000)]) {
        ours.send(text);
        expect(await ours.next()).toBe(text);
      }
      expect([seen.socket!.version, seen.socket!.extensions]).toEqual([draft, ""]);
      if (draft === "hixie-76") {
        ours.peer.write(CLOSING);
        expect(await ours.next()).toBe("close");
      } else ours.peer.end();
      await ours.peer.whenEnded();
      ours.peer.end();
      await seen.until(draft === "hixie-76" ? "close 1005 true" : "close 1006 false");
    },
  );

  test.each(DRAFTS)("%s, where it is not: refused", async (draft) => {
    const seen = new Seen();
    const ours = client(draft, await start(seen, byDefault ? false : undefined));
    ours.ask();
    const head = await ours.peer.head();
    expect([head.startLine, head.get("sec-websocket-version")]).toEqual([
      "HTTP/1.1 400 Bad Request",
      "13, 8, 7",
    ]);
    await ours.peer.whenEnded();
    expect(seen.told).not.toContain("open");
  });
});

describe("the body of draft 76", () => {
  test("arrives late: the head goes at once, what was sent is queued, open waits", async () => {
    const seen = new Seen();
    const results: unknown[] = [];
    const port = await compatible(seen, {}, (ws) => {
      results.push(ws.send("queued"), ws.send("too"), ws.readyState, ws.version);
    });
    const ours = client("hixie-76", port);
    ours.ask({ body: "" });
    await ours.peer.head();
    expect([results, seen.told, ours.peer.pending.length]).toEqual([
      [true, true, 0, "hixie-76"],
      [],
      0,
    ]);
    ours.peer.write("^n:d");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([seen.told, ours.peer.pending.length]).toEqual([[], 0]);
    ours.peer.write(Buffer.concat([Buffer.from("s[4U"), frame("early")]));
    await ours.answer();
    expect([await ours.next(), await ours.next()]).toEqual(["queued", "too"]);
    await seen.until("early");
    expect(seen.told).toEqual(["open", "early"]);
  });

  test("an octet at a time", async () => {
    const seen = new Seen();
    const ours = client("hixie-76", await compatible(seen));
    ours.ask({ body: "" });
    await ours.peer.head();
    for (const byte of Buffer.concat([Buffer.from("^n:ds[4U"), frame("ab"), CLOSING])) {
      ours.peer.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ours.answer();
    expect(await ours.next()).toBe("close");
    await seen.until("ab");
  });

  test("never arrives: the handshake has its time", async () => {
    const seen = new Seen();
    const ours = client("hixie-76", await compatible(seen, { handshakeTimeout: 50 }));
    ours.ask({ body: "^n:ds[4" });
    await seen.until("close 1006 false");
    expect(seen.told[0]).toMatch(/^error .*took longer than 50 ms/);
    await ours.peer.whenEnded();
  });

  test("the client hangs up before it", async () => {
    const seen = new Seen();
    const ours = client("hixie-76", await compatible(seen));
    ours.ask({ body: "^n:" });
    await ours.peer.head();
    ours.peer.end();
    await seen.until("close 1006 false");
    expect(seen.told).not.toContain("open");
  });

  test.each([
    ["no spaces", "12345"],
    ["not divisible", "1 2 3 4 5 6 7x"],
    ["too large", `${"9".repeat(400)} `],
  ])("keys that are wrong are refused: %s", async (_, key) => {
    const seen = new Seen();
    const ours = client("hixie-76", await compatible(seen));
    ours.ask({ fields: { "Sec-WebSocket-Key1": key, "Sec-WebSocket-Key2": KEY2 } });
    expect((await ours.peer.head()).startLine).toBe("HTTP/1.1 400 Bad Request");
    await seen.until("error Client sent invalid Sec-WebSocket-Key headers");
  });
});

describe.each(DRAFTS)("%s", (draft) => {
  async function opened(
    options?: WebSocketOptions,
  ): Promise<{ ours: DraftClient; seen: Seen; ws: WebSocket }> {
    const seen = new Seen();
    const ours = client(draft, await compatible(seen, options));
    ours.ask();
    await ours.opened();
    await seen.until("open");
    return { ours, seen, ws: seen.socket! };
  }

  test("ping() returns false and pong() sends nothing; binary is refused clearly, and all goes on", async () => {
    const { ours, ws } = await opened();
    expect([ws.ping(), ws.ping("x", () => {})]).toEqual([false, false]);
    for (const data of [Buffer.from("b"), new Uint8Array(2), new ArrayBuffer(3)]) {
      expect(() => ws.send(data)).toThrow(
        "the peer speaks a draft of the protocol that knows text only",
      );
    }
    expect([ws.send("text"), ws.readyState]).toEqual([true, 1]);
    expect(await ours.next()).toBe("text");
  });

  test("the ping option does no harm", async () => {
    const { ours, seen, ws } = await opened({ ping: 0.02 });
    await new Promise((resolve) => setTimeout(resolve, 80));
    ws.send("still here");
    expect(await ours.next()).toBe("still here");
    expect(seen.told).toEqual(["open"]);
  });

  test("frames of a stated length are skipped", async () => {
    const { ours, seen } = await opened();
    ours.peer.write(
      Buffer.concat([
        Buffer.of(0x80, 0x85, 0x00),
        Buffer.alloc(640, 0xff),
        Buffer.of(0x81, 0),
        frame("after"),
      ]),
    );
    await seen.until("after");
    expect(seen.told).toEqual(["open", "after"]);
  });

  test("lengths that no number holds are refused (CVE-2026-54466)", async () => {
    const { ours, seen } = await opened({ maxLength: 1000 });
    ours.peer.write(Buffer.concat([Buffer.of(0x80), Buffer.alloc(16, 0xff)]));
    await seen.until("error WebSocket frame length too large");
    await ours.peer.whenEnded();
    ours.peer.end();
    await seen.until("close 1009 false");
  });

  test("a text beyond maxLength is refused before it has ended", async () => {
    const { ours, seen } = await opened({ maxLength: 1000 });
    ours.peer.write(Buffer.concat([Buffer.of(0), Buffer.alloc(1001, "x")]));
    await seen.until("error WebSocket frame length too large");
  });

  test("text that is not UTF-8", async () => {
    const { ours, seen } = await opened();
    ours.peer.write(Buffer.of(0, 0xc0, 0xff));
    await seen.until("error Could not decode a text frame as UTF-8");
  });

  test("close() of the server's", async () => {
    const { ours, seen, ws } = await opened();
    ws.send("last");
    ws.close(1000, "unsaid");
    expect(await ours.next()).toBe("last");
    if (draft === "hixie-76") {
      expect(await ours.next()).toBe("close");
      ours.peer.write(CLOSING);
    }
    await ours.peer.whenEnded();
    expect(ours.peer.pending.length).toBe(0);
    ours.peer.end();
    await seen.until(draft === "hixie-76" ? "close 1005 true" : "close 1000 false");
  });
});
