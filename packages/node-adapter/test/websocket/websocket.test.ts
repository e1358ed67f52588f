/** Where a server's socket differs from faye-websocket's by intent: its making, its data, its events. */
import { once } from "node:events";
import type net from "node:net";
import { duplexPair } from "node:stream";
import { expect, test, vi } from "vitest";
import { type BinaryType, serve, WebSocket } from "../../src/index.ts";
import { BINARY, CLOSE, nextClose, pause, PING, rawPeers, TEXT } from "../server/by-hand.ts";

const { knock, open } = rawPeers();

test("the states are constants of the class and of its instances", async () => {
  const { ws } = await open();
  for (const holder of [WebSocket, WebSocket.Client, ws]) {
    expect([holder.CONNECTING, holder.OPEN, holder.CLOSING, holder.CLOSED]).toEqual([0, 1, 2, 3]);
  }
});

test("a bad option throws before anything is written, and the socket stays the caller's", async () => {
  const { upgrade, peer } = await knock();
  const before = upgrade[1].listenerCount("data");
  expect(() => new WebSocket(...upgrade, null, { nonsense: 1 } as never)).toThrow(
    new Error("Unrecognized option: nonsense"),
  );
  expect(upgrade[1].listenerCount("data")).toBe(before);
  upgrade[1].end("ours");
  await peer.whenEnded();
  expect(Buffer.from(peer.pending).toString()).toBe("ours");
});

const dead: [name: string, make: (socket: net.Socket) => net.Socket | null | undefined][] = [
  ["none", () => undefined],
  ["null", () => null],
  ["destroyed", (socket) => socket.destroy()],
  ["ended", (socket) => socket.end()],
];

test.each(dead)(
  "a socket that is dead gives a closed WebSocket, which emits close with 1006: %s",
  async (_, make) => {
    const {
      upgrade: [request, socket, head],
    } = await knock();
    const ws = new WebSocket(request, make(socket), head);
    expect([ws.readyState, ws.send("nothing"), ws.ping(), ws.bufferedAmount, ws.url]).toEqual([
      3,
      false,
      false,
      0,
      "ws://localhost/chat?room=1",
    ]);
    expect([ws.close(), ws.terminate(), ws.pause(), ws.resume()]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await nextClose(ws)).toEqual([1006, "", false]);
    expect([ws.readyState, ws.readable, ws.writable]).toEqual([3, false, false]);
  },
);

test("without new, and without an object that inherits, the error says so", () => {
  expect(() => (WebSocket as unknown as () => void)()).toThrow(/use new/);
  expect(() => (WebSocket.Client as unknown as (this: object) => void).call({})).toThrow(/use new/);
});

test("what is neither a URL nor a request is refused", () => {
  expect(() => new WebSocket(80 as never, null)).toThrow(
    new TypeError("WebSocket: expected a URL, or the request of an upgrade event, got number"),
  );
});

test("a URL makes a client, with its options last or in place of the subprotocols", async () => {
  const asked: [string | undefined, string | undefined][] = [];
  const server = serve({
    hostname: "127.0.0.1",
    protocols: ["chat"],
    websocket: {
      upgrade: ({ headers }) => {
        asked.push([
          headers.get("x-who") ?? undefined,
          headers.get("sec-websocket-protocol") ?? undefined,
        ]);
      },
    },
  });
  await server.ready;
  const headers = { "X-Who": "me" };
  const made = [
    new WebSocket(server.url, "chat", { headers }),
    new WebSocket(new URL(server.url), ["chat"], { headers }),
    new WebSocket(server.url, { protocols: ["chat"], headers }),
    new WebSocket(server.url, { headers }),
    new WebSocket(server.url, null, { headers }),
  ];
  await Promise.all(made.map(({ opened }) => opened));
  expect(made.map(({ protocol }) => protocol)).toEqual(["chat", "chat", "chat", "", ""]);
  expect(asked).toEqual([
    ...Array<unknown>(3).fill(["me", "chat"]),
    ["me", undefined],
    ["me", undefined],
  ]);
  expect(made[0]).toBeInstanceOf(WebSocket);
  expect(() => new WebSocket(server.url, [], { nonsense: 1 } as never)).toThrow(
    "Unrecognized option: nonsense",
  );
  await server.stop({ force: true });
});

test("a subclass of it makes clients too, an old-style one as well", async () => {
  const server = serve({ hostname: "127.0.0.1", websocket: {} });
  await server.ready;
  class Chat extends WebSocket {
    shout(): boolean {
      return this.send("HELLO");
    }
  }
  const chat = new Chat(server.url);
  await chat.opened;
  expect(chat.shout()).toBe(true);
  function Old(this: WebSocket, url: string): void {
    Reflect.apply(WebSocket as never, this, [url]);
  }
  Old.prototype = Object.create(WebSocket.prototype);
  const old = new (Old as unknown as new (url: string) => WebSocket)(server.url);
  await old.opened;
  expect(old.readyState).toBe(WebSocket.OPEN);
  await server.stop({ force: true });
});

test("a modern subclass works", async () => {
  class Chat extends WebSocket {
    onOpen = "a name of ours";
    shout(text: string): boolean {
      return this.send(text.toUpperCase());
    }
  }
  const { upgrade, peer } = await knock();
  const chat = new Chat(...upgrade);
  await peer.head();
  expect([chat.shout("hello"), chat instanceof Chat, chat instanceof WebSocket, Chat.OPEN]).toEqual(
    [true, true, true, 1],
  );
  expect(Buffer.from((await peer.frame()).payload).toString()).toBe("HELLO");
});

const sendable: [name: string, data: () => unknown, opcode: number, payload: string][] = [
  ["Buffer", () => Buffer.from("abc"), BINARY, "abc"],
  ["Uint8Array, a part", () => new Uint8Array([0, 97, 98, 0]).subarray(1, 3), BINARY, "ab"],
  ["ArrayBuffer", () => new Uint8Array([97, 98]).buffer, BINARY, "ab"],
  [
    "SharedArrayBuffer",
    () => {
      const shared = new SharedArrayBuffer(2);
      new Uint8Array(shared).set([97, 98]);
      return shared;
    },
    BINARY,
    "ab",
  ],
  ["DataView", () => new DataView(new Uint8Array([97, 98, 99]).buffer, 1), BINARY, "bc"],
  ["Uint16Array", () => new Uint16Array([0x6261]), BINARY, "ab"],
  ["Blob", () => new Blob(["a", "b"]), BINARY, "ab"],
  ["string", () => "ü", TEXT, "ü"],
  ["number", () => 5, TEXT, "5"],
  ["null", () => null, TEXT, "null"],
  ["object", () => ({ toString: () => "shown" }), TEXT, "shown"],
];

test.each(sendable)("send(%s)", async (_, data, opcode, payload) => {
  const { peer, ws } = await open();
  expect(ws.send(data())).toBe(true);
  const frame = await peer.frame();
  expect([frame.opcode, Buffer.from(frame.payload).toString()]).toEqual([opcode, payload]);
});

test("the error of a wrong close code has the Web's name, and is an Error", async () => {
  const { ws } = await open();
  for (const code of [1001, NaN, 2999])
    expect(() => {
      ws.close(code);
    }).toThrow(DOMException);
  expect(() => {
    ws.close(1001);
  }).toThrow(expect.objectContaining({ name: "InvalidAccessError" }));
  expect(() => {
    ws.close(1001);
  }).toThrow(Error);
  expect(ws.readyState).toBe(1);
});

test("send() and send(undefined) are TypeErrors", async () => {
  const { ws } = await open();
  expect(() => (ws as unknown as { send(): void }).send()).toThrow(TypeError);
  expect(() => ws.send(undefined)).toThrow(TypeError);
});

test("what is sent after a Blob comes after it, the close too", async () => {
  const { peer, ws } = await open();
  ws.send(new Blob(["blob"]));
  ws.send("text");
  ws.ping("ping");
  ws.close(3000, "close");
  expect([ws.readyState, ws.send("late"), ws.bufferedAmount]).toEqual([2, false, 12]);
  const seen = [await peer.frame(), await peer.frame(), await peer.frame(), await peer.frame()];
  expect(
    seen.map((frame) => [
      frame.opcode,
      Buffer.from(frame.payload.subarray(frame.opcode === CLOSE ? 2 : 0)).toString(),
    ]),
  ).toEqual([
    [BINARY, "blob"],
    [TEXT, "text"],
    [PING, "ping"],
    [CLOSE, "close"],
  ]);
});

const binaryTypes: [type: BinaryType, isSo: (data: unknown) => boolean][] = [
  ["nodebuffer", (data) => Buffer.isBuffer(data)],
  ["arraybuffer", (data) => data instanceof ArrayBuffer],
  ["uint8array", (data) => data instanceof Uint8Array && !Buffer.isBuffer(data)],
  ["blob", (data) => data instanceof Blob],
];

test.each(binaryTypes)("binaryType %s", async (type, isSo) => {
  const { peer, ws } = await open();
  expect(ws.binaryType).toBe("nodebuffer");
  ws.binaryType = type;
  for (const size of [0, 3, 5000, 200_000]) {
    const arrived = once(ws, "message");
    const payload = new Uint8Array(size).fill(120);
    peer.send({ opcode: BINARY, payload });
    const [{ data }] = (await arrived) as [{ data: Buffer | Blob }];
    expect(isSo(data)).toBe(true);
    expect(
      Buffer.from((data instanceof Blob ? await data.arrayBuffer() : data) as Uint8Array).equals(
        payload,
      ),
    ).toBe(true);
  }
  ws.binaryType = "text" as never; // ignored, as in browsers
  expect(ws.binaryType).toBe(type);
});

test("a listener that throws: the error surfaces, the rest of the chunk is heard", async () => {
  const { peer, ws } = await open();
  const heard: unknown[] = [];
  const uncaught = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const errors: unknown[] = [];
  process.on("uncaughtException", (error) => errors.push(error.message));
  try {
    ws.onmessage = () => {
      throw new Error("handler");
    };
    ws.on("message", ({ data }) => {
      heard.push(data);
      throw new Error(`listener ${String(data)}`);
    });
    peer.send(
      { opcode: TEXT, payload: "1" },
      { opcode: TEXT, payload: "2" },
      { opcode: TEXT, payload: "3" },
    );
    await vi.waitFor(() => {
      expect(errors).toHaveLength(6);
    });
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of uncaught) process.on("uncaughtException", listener);
  }
  expect(heard).toEqual(["1", "2", "3"]);
  expect(errors).toEqual([
    "handler",
    "listener 1",
    "handler",
    "listener 2",
    "handler",
    "listener 3",
  ]);
  expect(ws.readyState).toBe(1);
});

test("an error that nobody listens to never throws", async () => {
  const { peer, ws } = await open();
  ws.removeAllListeners();
  expect(ws.emit("error", new Error("told by hand"))).toBe(false);
  const closed = nextClose(ws);
  peer.send({ opcode: 3 });
  expect((await closed)[0]).toBe(1002);
});

test.each([
  ["a line break in a value", { "X-A": "a\r\nSet-Cookie: b" }],
  ["a NUL in a value", { "X-A": "a\0" }],
  ["a line break in a name", { "X\nA": "a" }],
  ["a field of the handshake's own", { Upgrade: "h2c" }],
])("headers: %s is a TypeError, and nothing is written", async (_, headers) => {
  const { upgrade, peer } = await knock();
  expect(() => new WebSocket(...upgrade, null, { headers })).toThrow(TypeError);
  upgrade[1].end();
  await peer.whenEnded();
  expect(peer.pending.length).toBe(0);
});

const refusals: [name: string, fields: Record<string, string>, status: string, message: string][] =
  [
    [
      "a key that is not 16 bytes of base64",
      { "Sec-WebSocket-Key": "short" },
      "400 Bad Request",
      "Invalid handshake request header: Sec-WebSocket-Key",
    ],
    [
      "a version that is not spoken",
      { "Sec-WebSocket-Version": "12" },
      "426 Upgrade Required",
      "Unsupported WebSocket version: 12",
    ],
    ["another protocol", { Upgrade: "h2c" }, "400 Bad Request", "Not a WebSocket request"],
  ];

test.each(refusals)(
  "a refusal says which versions are spoken, and ends: %s",
  async (_, fields, status, message) => {
    const { upgrade, peer } = await knock(fields);
    const ws = new WebSocket(...upgrade);
    const errors: string[] = [];
    const closed = nextClose(ws);
    ws.onerror = (event) => {
      errors.push(event.message);
    };
    const head = await peer.head();
    expect(head.startLine).toBe(`HTTP/1.1 ${status}`);
    expect(head.get("connection")).toMatch(/close/);
    expect(head.get("sec-websocket-version")).toBe("13, 8, 7");
    await peer.whenEnded();
    expect(Buffer.from(peer.pending).toString()).toBe(message);
    peer.end();
    expect(await closed).toEqual([1002, message, false]);
    expect(errors).toEqual([message]);
  },
);

test.each([
  ["7", "hybi-7"],
  ["8", "hybi-8"],
  ["13", "hybi-13"],
])("version %s is accepted, and called %s", async (version, name) => {
  const { ws } = await open({}, { "Sec-WebSocket-Version": version });
  expect(ws.version).toBe(name);
});

test("frames that came before a delayed new WebSocket() are not lost", async () => {
  const early = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]);
  const { upgrade, peer } = await knock({}, early);
  peer.send({ opcode: TEXT, payload: "b" });
  await pause();
  const ws = new WebSocket(...upgrade);
  const heard: unknown[] = [];
  ws.on("data", (data) => heard.push(data));
  await vi.waitFor(() => {
    expect(heard).toEqual(["a", "b"]);
  });
});

const places: [name: string, inMicrotask: boolean, events: unknown[]][] = [
  [
    "a microtask",
    true,
    [
      ["open", undefined],
      ["message", "a"],
    ],
  ],
  [
    "an I/O callback: it opens at once, as with faye-websocket, but no message is lost",
    false,
    [["message", "a"]],
  ],
];
test.each(places)(
  "listeners that code adds which awaits the new WebSocket, made in %s",
  async (_, inMicrotask, events) => {
    const { upgrade } = await knock({}, Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]));
    const heard: unknown[] = [];
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    async function make(): Promise<WebSocket> {
      if (inMicrotask) await null;
      const ws = new WebSocket(...upgrade);
      await null;
      await null;
      return ws;
    }
    setImmediate(async () => {
      const ws = await make();
      for (const type of ["open", "message"])
        ws.on(type, (event) => heard.push([type, event.data]));
    });
    await vi.waitFor(() => {
      expect(heard).toEqual(events);
    });
  },
);

test("more than maxBufferedBytes sent before the opening is given up", async () => {
  const { upgrade } = await knock();
  const ws = new WebSocket(...upgrade, null, { maxBufferedBytes: 100 });
  const errors: unknown[] = [];
  ws.on("error", (event) => errors.push(event.code));
  const closed = nextClose(ws);
  expect([ws.send("x".repeat(90)), ws.send("y".repeat(20)), ws.readyState]).toEqual([
    true,
    false,
    3,
  ]);
  expect((await closed)[0]).toBe(1006);
  expect(errors).toEqual(["output-overflow"]);
});

test("url says wss where a proxy says so", async () => {
  const { ws } = await open({}, { "X-Forwarded-Proto": "https", Host: "example.com" });
  expect(ws.url).toBe("wss://example.com/chat?room=1");
});

test("any duplex will do", async () => {
  const [stream] = duplexPair();
  const {
    upgrade: [request],
  } = await knock();
  const ws = new WebSocket(request, stream, null);
  await once(ws, "open");
  expect(stream.destroyed).toBe(false);
  ws.terminate();
  expect(stream.destroyed).toBe(true);
});
