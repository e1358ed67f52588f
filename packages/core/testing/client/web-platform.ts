/**
 * The requirements of the web-platform-tests for a client's `WebSocket` (`websockets/` there, whose files name the rows), as far as they concern one without a
 * page, done with `new WebSocket(url, protocols)` of an adapter. Where ours is different on purpose, the row says so.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { CloseEvent, MessageEvent, WebSocket } from "../../src/shell/index.ts";
import { acceptKeyOf } from "../../src/handshake/accept-key.ts";
import type { Adapter, Case } from "../harness/harnesses.ts";

type Protocols = string | readonly string[];

/** The parts of a row: the class, and a server that echoes all messages, and closes after `Goodbye` or by its path. */
interface Scene {
  readonly WebSocket: Adapter["WebSocket"];
  readonly url: string;
  /** The close event of the server's first socket. */
  readonly served: Promise<CloseEvent>;
  open(path?: string, protocols?: Protocols): WebSocket;
}

async function withEcho(adapter: Adapter, act: (scene: Scene) => Promise<void>): Promise<void> {
  let tell: (event: CloseEvent) => void = () => {};
  const served = new Promise<CloseEvent>((resolve) => {
    tell = resolve;
  });
  const server = adapter.serve({
    hostname: "127.0.0.1",
    protocols: ["echo", "superchat"],
    websocket: {
      open: (socket) => {
        const asked = /\/close(\d+)?$/.exec(socket.url);
        socket.on("close", tell);
        if (asked !== null) socket.close(Number(asked[1] ?? 1000), "bye");
      },
      message: (socket, data) => {
        socket.send(data);
        if (data === "Goodbye") socket.close(1000, "Goodbye");
      },
    },
  });
  await server.ready;
  const url = server.url.replace(/\/$/, "");
  try {
    await act({
      WebSocket: adapter.WebSocket,
      url,
      served,
      open: (path = "/", protocols) => new adapter.WebSocket(url + path, protocols),
    });
  } finally {
    await server.stop({ force: true });
  }
}

/** The next event of a kind. */
const next = <E>(socket: WebSocket, type: string): Promise<E> =>
  new Promise((resolve) => {
    socket.addEventListener(type, resolve as never, { once: true });
  });
const opened = (socket: WebSocket) => next<Event>(socket, "open");
const closed = (socket: WebSocket) => next<CloseEvent>(socket, "close");

/** The error of a constructor or method, by its WHATWG name. */
const throwsAs = (name: string, work: () => unknown): void => {
  assert.throws(work, (error: Error) => error.name === name && error instanceof Error);
};

type Act = (scene: Scene) => Promise<void> | void;
const row = (name: string, act: Act): Case => ({
  name: `wpt: ${name}`,
  run: (adapter) => withEcho(adapter, async (scene) => act(scene)),
});

/** Sends one message and takes what comes back, as `binaryType` has it. */
const echoed = (name: string, data: unknown, expected: unknown): Case =>
  row(name, async ({ open }) => {
    const socket = open();
    socket.binaryType = "arraybuffer";
    await opened(socket);
    const answer = next<MessageEvent>(socket, "message");
    socket.send(data);
    const got: unknown = (await answer).data;
    assert.deepEqual(got instanceof ArrayBuffer ? new Uint8Array(got) : got, expected);
    socket.close();
    assert.equal((await closed(socket)).wasClean, true);
  });

// Constructing.

const INVALID = [
  "ws://foo bar.com/",
  "wss://foo bar.com/",
  "ftp://127.0.0.1/",
  "mailto:example@example.org",
  "about:blank",
  "ws://127.0.0.1/#",
  "ws://127.0.0.1/#test",
  "#test",
];
const RELATIVE = ["test", "?", "null", "123", "/test"]; // there is no page that they could be relative to
const SEPARATORS = '()<>@,;:\\"/[]?={} \t';

const constructing: readonly Case[] = [
  row("constructor.any.js: without arguments, and without new", ({ WebSocket, url }) => {
    throwsAs("TypeError", () => new (WebSocket as unknown as new () => unknown)());
    throwsAs("TypeError", () => (WebSocket as unknown as (address: string) => unknown)(url));
  }),
  ...[...INVALID, ...RELATIVE].map((address) =>
    row(`Create-invalid-urls, Create-non-absolute-url: ${address}`, ({ WebSocket }) => {
      throwsAs("SyntaxError", () => new WebSocket(address));
    }),
  ),
  ...[
    ...[...SEPARATORS].map((separator) => `ec${separator}ho`),
    "\u0080echo",
    "\u0000echo",
    "",
    ["echo", "echo"],
    ["echo", "eCho"],
    ["echo", "no token"],
  ].map((protocols) =>
    row(`Create-…-protocol…: ${JSON.stringify(protocols)}`, ({ WebSocket, url }) => {
      throwsAs("SyntaxError", () => new WebSocket(url, protocols));
    }),
  ),
  row("Create-http-urls: http: means ws:", async ({ WebSocket, url }) => {
    const socket = new WebSocket(url.replace("ws:", "http:"));
    assert.equal(socket.url, `${url}/`);
    await opened(socket);
    socket.close();
    assert.equal(new WebSocket("https://127.0.0.1:1/a").url, "wss://127.0.0.1:1/a");
  }),
  row("url/001…006: as it is parsed, whatever is assigned", async ({ WebSocket, url }) => {
    const socket = new WebSocket(new URL(`${url.replace("127", "0127")}/x/../a?b c`));
    assert.equal(socket.url, `${url.replace("127", "0127").replace("0127", "87")}/a?b%20c`);
    await closed(socket);
  }),
  row("Create-valid-url, -protocol-string, -array-protocols: what is chosen", async ({ open }) => {
    for (const [protocols, chosen] of [
      [undefined, ""],
      [[], ""],
      ["echo", "echo"],
      [["superchat", "echo"], "superchat"],
    ] as const) {
      const socket = open("/", protocols);
      assert.deepEqual([socket.protocol, socket.readyState], ["", 0]);
      await opened(socket);
      assert.deepEqual([socket.protocol, socket.readyState], [chosen, 1]);
      socket.close();
      await closed(socket);
      assert.equal(socket.protocol, chosen);
    }
  }),
  row("Create-extensions-empty, extensions/001: none", async ({ open }) => {
    const socket = open();
    assert.equal(socket.extensions, "");
    await opened(socket);
    assert.equal(socket.extensions, "");
    socket.close();
  }),
  row("binaryType-wrong-value: is ignored", ({ open }) => {
    const socket = open();
    const before = socket.binaryType;
    socket.binaryType = "nope" as never;
    assert.equal(socket.binaryType, before);
    socket.close();
  }),
  row("constants/001…006: on class, prototype and object, for good", ({ WebSocket, open }) => {
    const socket = open();
    const values = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
    for (const [name, value] of Object.entries(values))
      for (const place of [WebSocket, WebSocket.prototype, socket]) {
        assert.equal(Reflect.get(place, name), value);
        assert.equal(Reflect.set(place, name, 9), false);
      }
    socket.close();
  }),
];

// Sending.

const BYTES = Uint8Array.from({ length: 65_000 }, (_, index) => index & 255);
const FLOATS = Float64Array.of(1.5, -2, 3);
const LONE = "\uD807";

const sending: readonly Case[] = [
  echoed("Send-data", "Message to send", "Message to send"),
  echoed("Send-0byte-data", "", ""),
  echoed("Send-65K-data", "c".repeat(65_000), "c".repeat(65_000)),
  echoed("Send-null, send/003", null, "null"),
  echoed("send/006: a number", 12, "12"),
  echoed("send/007: what has toString()", { toString: () => "told" }, "told"),
  echoed("Send-unicode-data", "¥¥¥¥¥¥", "¥¥¥¥¥¥"),
  echoed("Send-paired-surrogates", "\uD801\uDC07", "\uD801\uDC07"),
  echoed("Send-unpaired-surrogates", LONE, "\uFFFD"),
  echoed("Send-binary-65K-arraybuffer", BYTES.buffer, BYTES),
  echoed("Send-binary-arraybuffer: of no bytes", new ArrayBuffer(0), new Uint8Array(0)),
  echoed(
    "Send-binary-arraybufferview-float64",
    FLOATS,
    new Uint8Array(FLOATS.buffer, 0, FLOATS.byteLength),
  ),
  ...[Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array].map((View) =>
    echoed(
      `Send-binary-arraybufferview: ${View.name}, at an offset and shorter than its memory`,
      new View(BYTES.buffer, 8, 4),
      BYTES.subarray(8, 8 + 4 * View.BYTES_PER_ELEMENT),
    ),
  ),
  echoed(
    "Send-binary-arraybufferview: DataView",
    new DataView(BYTES.buffer, 3, 5),
    BYTES.subarray(3, 8),
  ),
  echoed("Send-binary-blob", new Blob([BYTES.subarray(0, 300)]), BYTES.subarray(0, 300)),
  ...[125, 126, 0xffff, 0x10000].map((length) =>
    echoed(`extended-payload-length: ${length}`, "a".repeat(length), "a".repeat(length)),
  ),
  row("binary/004: a Blob, by binaryType", async ({ open }) => {
    const socket = open();
    socket.binaryType = "blob";
    await opened(socket);
    socket.send(Uint8Array.of(1, 2, 3));
    const { data } = await next<MessageEvent>(socket, "message");
    assert.equal(data instanceof Blob, true);
    assert.deepEqual(
      new Uint8Array(await (data as unknown as Blob).arrayBuffer()),
      Uint8Array.of(1, 2, 3),
    );
    socket.close();
  }),
  row("bufferedAmount: 0, then what waits, then 0 again", async ({ open }) => {
    const socket = open();
    assert.equal(socket.bufferedAmount, 0);
    await opened(socket);
    assert.equal(socket.bufferedAmount, 0);
    socket.send("x".repeat(1000));
    assert.equal(socket.bufferedAmount >= 1000, true); // with framing: what browsers leave out
    await next(socket, "message");
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  }),
  row("send/008…012: nothing is sent once it closes, and nothing throws", async ({ open }) => {
    const socket = open();
    await opened(socket);
    socket.close();
    assert.equal(socket.send("late"), false);
    await closed(socket);
    assert.equal(socket.send("later"), false);
  }),
  row("Send-before-open differs: it waits, and throws nothing", async ({ open }) => {
    const socket = open();
    socket.send("early");
    assert.equal((await next<MessageEvent>(socket, "message")).data, "early");
    socket.close();
  }),
];

// Closing.

const ending = (name: string, args: readonly unknown[], told: readonly [number, string]): Case =>
  row(name, async ({ open, served }) => {
    const socket = open();
    await opened(socket);
    Reflect.apply(socket.close, socket, args);
    assert.equal(socket.readyState, 2);
    const { code, reason, wasClean } = await closed(socket);
    assert.deepEqual([code, reason, wasClean, socket.readyState], [...told, true, 3]);
    const seen = await served;
    assert.deepEqual([seen.code, seen.reason], told);
  });

const refusing = (name: string, args: readonly unknown[], error: string): Case =>
  row(name, async ({ open }) => {
    const socket = open();
    await opened(socket);
    throwsAs(error, () => {
      Reflect.apply(socket.close, socket, args);
    });
    assert.equal(socket.readyState, 1);
    socket.close();
  });

const closing: readonly Case[] = [
  ending("Close-1000", [1000], [1000, ""]),
  ending("Close-1000-reason", [1000, "Clean Close"], [1000, "Clean Close"]),
  ending("Close-3000-reason, -verify-code", [3000, "reason"], [3000, "reason"]),
  ending("Close-4999-reason", [4999, "reason"], [4999, "reason"]),
  ending("Close-reason-unpaired-surrogates", [1000, LONE], [1000, "\uFFFD"]),
  ending("Close-reason: of 123 bytes", [1000, "é".repeat(61) + "e"], [1000, "é".repeat(61) + "e"]),
  ending("Close-undefined, Close-1005 differ: 1000, where browsers send no code", [], [1000, ""]),
  ...[0, 500, NaN, "string", null, 0x10000 + 1000, 1001, 1005, 2999, 5000].map((code) =>
    refusing(
      `close-invalid, Close-2999-reason, Close-onlyReason: ${String(code)}`,
      [code],
      "InvalidAccessError",
    ),
  ),
  refusing("Close-Reason-124Bytes differs: a RangeError", [1000, "é".repeat(62)], "RangeError"),
  row(
    "close/close-connecting differs: close comes at once, with the code asked for",
    ({ open }) => {
      const socket = open();
      const seen: unknown[] = [];
      for (const type of ["open", "error", "close"])
        socket.addEventListener(type, ({ code, wasClean }: CloseEvent) =>
          seen.push([type, code, wasClean, socket.readyState]),
        );
      socket.close();
      assert.deepEqual(seen, [["close", 1000, false, 3]]);
    },
  ),
  row("close/close-multiple, -nested: one close event", async ({ open }) => {
    const socket = open();
    let count = 0;
    await opened(socket);
    socket.onclose = () => {
      count++;
      socket.close();
    };
    socket.close();
    socket.close();
    await closed(socket);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    assert.equal(count, 1);
  }),
  row("Close-server-initiated-close", async ({ open }) => {
    const socket = open();
    await opened(socket);
    socket.send("Goodbye");
    const { code, reason, wasClean } = await closed(socket);
    assert.deepEqual([code, reason, wasClean], [1000, "Goodbye", true]);
  }),
  ...[1000, 3000, 4999].map((code) =>
    row(`closing-handshake/002…004: the server's ${code}`, async ({ open }) => {
      const event = await closed(open(`/close${code}`));
      assert.deepEqual([event.code, event.reason, event.wasClean], [code, "bye", true]);
    }),
  ),
];

// Events.

const events: readonly Case[] = [
  ...["open", "message", "error", "close"].map((type) =>
    row(
      `eventhandlers.any.js: on${type} differs: what is no function stays, and is not called`,
      async ({ open }) => {
        const socket = open("/close");
        const name = `on${type}`;
        assert.equal(Reflect.get(socket, name), null);
        Reflect.set(socket, name, 2);
        assert.equal((await closed(socket)).code, 1000);
      },
    ),
  ),
  row("events/001…020: kinds, targets, and this", async ({ open }) => {
    const socket = open();
    const seen: unknown[] = [];
    for (const type of ["open", "message", "close"])
      Reflect.set(socket, `on${type}`, function (this: unknown, event: CloseEvent) {
        seen.push([event.type, event.target === socket, this === socket]);
        seen.push([event.bubbles, event.cancelable]);
        if (type === "open") socket.send("x");
        if (type === "message") socket.close();
      });
    await closed(socket);
    assert.deepEqual(
      seen,
      ["open", "message", "close"].flatMap((type) => [
        [type, true, true],
        [false, false],
      ]),
    );
  }),
  row("events/013…016: a handler that was replaced is not called", async ({ open }) => {
    const socket = open();
    const called: string[] = [];
    socket.onopen = () => called.push("first");
    socket.onopen = () => called.push("second");
    const listener = (): unknown => called.push("listener");
    socket.addEventListener("open", listener);
    socket.removeEventListener("open", listener);
    await opened(socket);
    assert.deepEqual(called, ["second"]);
    socket.close();
  }),
  row("readyState/001…008: cannot be set for good, and is 3 in close", async ({ open }) => {
    const socket = open();
    const states = [socket.readyState];
    socket.onopen = () => {
      states.push(socket.readyState);
      socket.close();
      states.push(socket.readyState);
    };
    socket.onclose = () => states.push(socket.readyState);
    await closed(socket);
    assert.deepEqual(states, [0, 1, 2, 3]);
  }),
];

// Answers that do not open.

/** An answer that does not open: error, then close. Browsers tell 1006 of all; ours, as faye-websocket, 1002 where the answer breaks the protocol. */
const failing = (
  name: string,
  code: 1002 | 1006,
  answer: (key: string) => string,
  protocols?: Protocols,
): Case => ({
  name: `wpt: ${name}`,
  run: async ({ WebSocket }) => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (head) => {
        socket.end(answer(/sec-websocket-key: (\S+)/i.exec(String(head))?.[1] ?? ""));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocols);
    const seen: string[] = [];
    for (const type of ["open", "error", "close"])
      socket.addEventListener(type, () => seen.push(`${type} ${socket.readyState}`));
    const { code: told, wasClean } = await closed(socket);
    server.close();
    assert.deepEqual([told, wasClean], [code, false]);
    assert.deepEqual(seen, answer("") === "" ? ["close 3"] : ["error 0", "close 3"]);
  },
});

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
const proof = (key: string): string => `Sec-WebSocket-Accept: ${acceptKeyOf(key)}\r\n`;

const failures: readonly Case[] = [
  failing("opening-handshake/001: no proof", 1002, () => `${SWITCHING}\r\n`),
  failing("security/001: a wrong proof", 1002, () => `${SWITCHING}Sec-WebSocket-Accept: x\r\n\r\n`),
  failing("opening-handshake/002: no HTTP", 1002, () => "nothing of the kind\r\n\r\n"),
  failing(
    "opening-handshake/005: 404",
    1006,
    () => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
  ),
  failing(
    "a subprotocol that was not asked for",
    1002,
    (key) => `${SWITCHING}${proof(key)}Sec-WebSocket-Protocol: chat\r\n\r\n`,
    "echo",
  ),
  failing(
    "an extension that was not asked for",
    1002,
    (key) => `${SWITCHING}${proof(key)}Sec-WebSocket-Extensions: foo\r\n\r\n`,
  ),
  failing("an end without an answer differs: close alone", 1006, () => ""),
];

export const webPlatform: readonly Case[] = [
  ...constructing,
  ...sending,
  ...closing,
  ...events,
  ...failures,
];
