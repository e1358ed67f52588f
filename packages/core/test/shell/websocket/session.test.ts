import { describe, expect, test } from "vitest";
import type { Opening, OpeningResponse } from "../../../src/opening.ts";
import type { MessageEvent } from "../../../src/shell/events/message-event.ts";
import { send } from "../../../src/shell/websocket/send.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { ProtocolViolation } from "../../../src/violation.ts";
import { arrive, fake, type Fake } from "./fake-driver.ts";

const opening: Opening = {
  version: "hybi-8",
  protocol: "chat",
  extensions: "",
  response: undefined,
};
const response: OpeningResponse = {
  status: 403,
  statusText: "Forbidden",
  headers: new Map([["x", "1"]]),
};

/** Everything a socket tells, in order. */
function watch({ socket }: Fake): unknown[] {
  const log: unknown[] = [];
  for (const type of ["open", "message", "error", "close"] as const) {
    socket[`on${type}`] = (event) => {
      log.push([`on${type}`, event.type]);
    };
    socket.addEventListener(type, (event) => {
      log.push([type, event.target === socket]);
    });
  }
  for (const type of ["data", "drain", "end"] as const)
    socket.on(type, () => {
      log.push([type, socket.readable]);
    });
  return log;
}

test("handlers come before listeners; data before message; end before close, while still readable", () => {
  const all = fake("connecting");
  const log = watch(all);
  const { session, driver } = all;
  driver.state = "open";
  session.onOpen(opening);
  arrive(session, "a");
  session.onDrain();
  session.onViolation(new ProtocolViolation("invalid-utf8"));
  driver.end(1007, "x");
  expect(log).toEqual([
    ["onopen", "open"],
    ["open", true],
    ["data", true],
    ["onmessage", "message"],
    ["message", true],
    ["drain", true],
    ["onerror", "error"],
    ["error", true],
    ["end", true],
    ["onclose", "close"],
    ["close", true],
  ]);
  expect([all.socket.readable, all.socket.writable]).toEqual([false, false]);
});

test("what was sent before the opening leaves before open is told", () => {
  const { session, driver, socket: socket } = fake("connecting");
  send(session, "early");
  driver.state = "open";
  socket.onopen = () => {
    socket.send("late");
  };
  session.onOpen(opening);
  expect(driver.take()).toEqual([
    ["sendTextBytes", "bytes early"],
    ["sendText", "late"],
  ]);
  expect([socket.version, socket.protocol, socket.extensions]).toEqual(["hybi-8", "chat", ""]);
});

describe("messages", () => {
  const kinds: [name: string, tell: (all: Fake) => void, data: unknown][] = [
    [
      "text",
      ({ session }) => {
        session.onText(utf8("xüx"), 1, 3, false);
      },
      "ü",
    ],
    [
      "ASCII",
      ({ session }) => {
        session.onText(utf8("xax"), 1, 2, true);
      },
      "a",
    ],
    [
      "binary",
      ({ session }) => {
        session.onBinary(utf8("xax"), 1, 2);
      },
      Buffer.from("a"),
    ],
    [
      "text in parts",
      ({ session }) => {
        session.onTextParts([Uint8Array.of(0xc3), Uint8Array.of(0xbc)], 2, false);
      },
      "ü",
    ],
    [
      "ASCII in parts",
      ({ session }) => {
        session.onTextParts([utf8("a"), utf8("b")], 2, true);
      },
      "ab",
    ],
    [
      "binary in parts",
      ({ session }) => {
        session.onBinaryParts([utf8("a"), utf8("b")], 2);
      },
      Buffer.from("ab"),
    ],
  ];
  test.each(kinds)("%s", (_, tell, data) => {
    const all = fake();
    const seen: unknown[] = [];
    all.socket.on("data", (chunk) => seen.push(chunk));
    all.socket.onmessage = (event) => {
      seen.push(event.data);
    };
    tell(all);
    expect(seen).toEqual([data, data]);
  });

  test("long text is not decoded for nothing", () => {
    const { session, socket: socket } = fake();
    let event: MessageEvent | undefined;
    socket.onmessage = (heard) => {
      event = heard;
    };
    session.onText(new Uint8Array(16_385).fill(0xff), 0, 16_385, false); // would throw if it were decoded
    expect(() => event?.data).toThrow();
  });

  test.each(["closing", "closed"] as const)("are dropped when %s", (state) => {
    const all = fake(state);
    const log = watch(all);
    arrive(all.session, "late");
    expect(log).toEqual([]);
  });
});

describe("what a listener throws is reported, and costs nothing else", () => {
  test("by a handler, a listener, a stream's listener", () => {
    const { session, socket: socket, reported } = fake();
    const seen: unknown[] = [];
    const fail = (name: string) => (): never => {
      throw new Error(name);
    };
    socket.onmessage = fail("handler");
    socket.on("data", fail("data"));
    socket.on("message", (event) => {
      seen.push(event.data);
    });
    socket.on("message", fail("listener"));
    arrive(session, "1");
    arrive(session, "2");
    expect(seen).toEqual(["1", "2"]);
    expect(reported.map((error) => (error as Error).message)).toEqual([
      "data",
      "handler",
      "listener",
      "data",
      "handler",
      "listener",
    ]);
  });

  test("by a callback of ping", () => {
    const { session, socket: socket, reported } = fake();
    socket.ping("a", () => {
      throw new Error("callback");
    });
    session.onPong(utf8("a"), 0, 1);
    expect(reported).toHaveLength(1);
  });
});

describe("errors", () => {
  test("are told once", () => {
    const all = fake();
    const log = watch(all);
    all.session.onViolation(new ProtocolViolation("invalid-utf8"));
    all.session.onTransportError(new Error("reset"));
    expect(log).toEqual([
      ["onerror", "error"],
      ["error", true],
    ]);
  });

  test("are not told once the socket is closing, but for the time that ran out", () => {
    const all = fake("closing");
    const log = watch(all);
    all.session.onTransportError(new Error("reset"));
    all.session.onViolation(new ProtocolViolation("invalid-utf8"));
    expect(log).toEqual([]);
    all.session.onViolation(new ProtocolViolation("handshake-timeout", 5));
    expect(log).toHaveLength(2);
  });

  const causes: [name: string, cause: unknown, message: string, code: string | undefined][] = [
    [
      "an error of the system",
      Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
      "Network error: ws://host/path: read ECONNRESET",
      "ECONNRESET",
    ],
    ["anything else", "gone", "Network error: ws://host/path: gone", undefined],
  ];
  test.each(causes)("of the transport name the URL: %s", (_, cause, message, code) => {
    const { session, socket: socket } = fake();
    const seen: unknown[] = [];
    socket.onerror = (event) => {
      seen.push(event.message, event.code, event.error);
    };
    session.onTransportError(cause);
    expect(seen).toEqual([message, code, cause]);
  });

  test("of the handshake leave the server's answer to be looked at, before they are told", () => {
    const { session, socket: socket } = fake("connecting");
    const seen: unknown[] = [];
    socket.onerror = () => {
      seen.push(socket.statusCode, socket.headers);
    };
    session.onViolation(new ProtocolViolation("handshake-failed", "refused", { response }));
    expect(seen).toEqual([403, { x: "1" }]);
  });

  test("that nobody listens to throw nothing", () => {
    const { session, reported } = fake();
    session.onViolation(new ProtocolViolation("invalid-utf8"));
    expect(reported).toEqual([]);
  });
});

test("control frames are emitted, as bytes of their own, where someone listens", () => {
  const { session, socket: socket } = fake();
  const seen: unknown[] = [];
  const bytes = utf8("xax");
  session.onPing(bytes, 1, 2);
  session.onPong(bytes, 1, 2);
  for (const type of ["ping", "pong"] as const)
    socket.on(type, (payload) => seen.push(type, payload));
  session.onPing(bytes, 1, 2);
  session.onPong(bytes, 1, 2);
  bytes.fill(0);
  expect(seen).toEqual(["ping", Buffer.from("a"), "pong", Buffer.from("a")]);
});

test("states and requests are others' business", () => {
  const all = fake();
  const log = watch(all);
  all.session.onState();
  all.session.onRequest();
  expect(log).toEqual([]);
});

test("bufferedAmount counts what waits, in the connection and before it, but not the handshake", () => {
  const { session, driver, socket: socket } = fake("connecting");
  driver.bufferedBytes = 200;
  send(session, "abc");
  expect(socket.bufferedAmount).toBe(3);
  driver.state = "open";
  expect(socket.bufferedAmount).toBe(203);
  session.driver = undefined;
  expect(socket.bufferedAmount).toBe(3);
});

test("errors before the opening say what may be done; a time that is up, what was waited for; a proxy's refusal is told as such", () => {
  const told = (act: (all: Fake) => void): unknown => {
    const all = fake("connecting");
    let message: unknown;
    all.socket.onerror = (event) => {
      message = event.message;
    };
    act(all);
    return message;
  };
  const refused = new ProtocolViolation(
    "proxy-refused",
    "The proxy refused to connect to a:80: 407 No",
  );
  expect(
    told(({ session }) => {
      session.onTransportError(
        Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
      );
    }),
  ).toMatch(/^Network error: ws:\/\/host\/path: connect ECONNREFUSED \(.*\)$/);
  expect(
    told(({ session }) => {
      session.onTransportError(refused);
    }),
  ).toBe(
    "Can't establish a connection to the server at ws://host/path: The proxy refused to connect to a:80: 407 No",
  );
  for (const [transport, rest] of [
    [{ waitsFor: "it is late" }, ": it is late"],
    [{}, ": the other side has not answered the opening request"],
    [undefined, ": the other side has not answered the opening request"],
  ] as const) {
    expect(
      told(({ session, driver }) => {
        Object.assign(driver, { transport });
        session.onViolation(new ProtocolViolation("handshake-timeout", 5));
      }),
    ).toBe(`ws://host/path: The opening handshake took longer than 5 ms${rest}`);
  }
});

test("the URL is the one that a client was redirected to", () => {
  const { session, socket: socket } = fake("connecting");
  const before = socket.url;
  session.moved("/other");
  expect([before, socket.url]).toEqual(["ws://host/path", "ws://host/other"]);
});

test("a pong that was measured is a latency event", () => {
  const { socket, session, driver } = fake("open");
  const told: unknown[] = [];
  socket.on("latency", (latency) => told.push(latency));
  const latency = { last: 3, smoothed: 2 };
  Object.assign(driver.connection, { latency });
  session.onLatency(latency);
  expect(told).toEqual([latency]);
  expect(socket.latency).toBe(latency);
});
