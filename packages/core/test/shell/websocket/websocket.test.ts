import { Stream } from "node:stream";
import { describe, expect, test } from "vitest";
import { Event } from "../../../src/shell/events/event.ts";
import { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { arrive, fake } from "./fake-driver.ts";

test("the states are constants of the class, of instances, and what readyState says", () => {
  const states = (["connecting", "open", "closing", "closed"] as const).map(
    (state) => fake(state).socket.readyState,
  );
  expect(states).toEqual([
    WebSocket.CONNECTING,
    WebSocket.OPEN,
    WebSocket.CLOSING,
    WebSocket.CLOSED,
  ]);
  const { socket, session } = fake();
  expect([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED]).toEqual([0, 1, 2, 3]);
  session.driver = undefined;
  expect(socket.readyState).toBe(3);
});

test("properties of a socket that has done nothing", () => {
  const { socket } = fake("connecting");
  expect(socket).toBeInstanceOf(Stream);
  expect([
    socket.url,
    socket.version,
    socket.protocol,
    socket.extensions,
    socket.binaryType,
    socket.readable,
    socket.writable,
    socket.statusCode,
    socket.headers,
  ]).toEqual(["ws://host/path", "hybi-13", "", "", "nodebuffer", true, true, undefined, undefined]);
  expect([socket.onopen, socket.onmessage, socket.onerror, socket.onclose]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("a socket carries what it uses, and nothing else", () => {
  const { socket } = fake();
  expect(Object.keys(socket).filter((key) => !key.startsWith("_"))).toEqual([]);
});

test("binaryType takes what it knows, and ignores the rest, as enumerations of the Web do", async () => {
  const { socket, session } = fake();
  const seen: unknown[] = [];
  socket.onmessage = (event) => {
    seen.push(event.data instanceof ArrayBuffer);
  };
  socket.binaryType = "arraybuffer";
  session.onBinary(Uint8Array.of(1), 0, 1);
  expect([socket.binaryType, seen]).toEqual(["arraybuffer", [true]]);
  socket.binaryType = "arrayBuffer" as never;
  expect(socket.binaryType).toBe("arraybuffer");
  socket.binaryType = "blob";
  const blobs: unknown[] = [];
  socket.onmessage = (event) => {
    blobs.push(event.data);
  };
  session.onBinary(Uint8Array.of(1, 2, 3), 1, 3);
  session.onBinaryParts([Uint8Array.of(1), Uint8Array.of(2, 3)], 3);
  expect(
    await Promise.all(
      blobs.map(async (blob) => [...new Uint8Array(await (blob as Blob).arrayBuffer())]),
    ),
  ).toEqual([
    [2, 3],
    [1, 2, 3],
  ]);
});

test("CLOSE_TIMEOUT is one number, through whatever class it is set", () => {
  class Sub extends WebSocket {}
  const before = WebSocket.CLOSE_TIMEOUT;
  try {
    Sub.CLOSE_TIMEOUT = 5;
    expect(WebSocket.CLOSE_TIMEOUT).toBe(5);
  } finally {
    WebSocket.CLOSE_TIMEOUT = before;
  }
});

describe("the stream's calls", () => {
  test("write is send; end sends what it is given, and closes", () => {
    const { socket, driver } = fake();
    expect([socket.write("a"), socket.end("b"), socket.end("c")]).toEqual([
      true,
      undefined,
      undefined,
    ]);
    expect(driver.take()).toEqual([
      ["sendText", "a"],
      ["sendText", "b"],
      ["close", 1000, ""],
    ]);
    const other = fake();
    other.socket.end();
    expect(other.driver.take()).toEqual([["close", 1000, ""]]);
  });

  test("pause, resume and terminate are the connection's, and nothing on a socket that never lived", () => {
    const { socket, driver, session } = fake();
    socket.pause();
    socket.resume();
    socket.terminate();
    expect(driver.take()).toEqual([["pause"], ["resume"], ["terminate"]]);
    session.driver = undefined;
    expect([socket.pause(), socket.resume(), socket.terminate()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("pipe pauses its source while the destination is backed up, and ends it in the end", () => {
    const source = fake();
    const target = fake();
    source.socket.pipe(target.socket as unknown as NodeJS.WritableStream);
    arrive(source.session, "1");
    target.driver.backedUp = true;
    arrive(source.session, "2");
    target.session.onDrain();
    source.driver.end(1000, "");
    expect(source.driver.take()).toEqual([["pause"], ["resume"]]);
    expect(target.driver.take()).toEqual([
      ["sendText", "1"],
      ["sendText", "2"],
      ["close", 1000, ""],
    ]);
  });

  test("an error of a piped socket that nobody listens to throws nothing", () => {
    const source = fake();
    const target = fake();
    source.socket.pipe(target.socket as unknown as NodeJS.WritableStream);
    target.session.onTransportError(new Error("gone"));
    source.session.onTransportError(new Error("gone"));
    expect([...source.reported, ...target.reported]).toEqual([]);
  });
});

test("ping, pong and close", () => {
  const { socket, driver } = fake();
  expect([
    socket.ping(),
    socket.ping("a", () => {}),
    socket.pong("b"),
    socket.close(3000, "c"),
  ]).toEqual([true, true, true, undefined]);
  expect(driver.take()).toEqual([
    ["ping", undefined],
    ["ping", "bytes a"],
    ["pong", "bytes b"],
    ["close", 3000, "c"],
  ]);
});

test("emit of an error throws nothing without listeners, and is heard with them", () => {
  const { socket } = fake();
  const seen: unknown[] = [];
  expect(socket.emit("error", new Error("x"))).toBe(false);
  socket.on("error", (event) => seen.push(event));
  expect([socket.emit("error", "heard"), seen]).toEqual([true, ["heard"]]);
});

test("dispatchEvent calls the handler, then the listeners, also for events of the application's own", () => {
  const { socket } = fake();
  const seen: unknown[] = [];
  const object = {
    handleEvent: (event: { type: string }) => {
      seen.push(["object", event.type]);
    },
  };
  socket.addEventListener("custom", object);
  socket.addEventListener("custom", () => seen.push("once"), { once: true });
  Object.assign(socket, { oncustom: () => seen.push("handler") });
  expect([
    socket.dispatchEvent(new Event("custom")),
    socket.dispatchEvent({ type: "custom" }),
  ]).toEqual([true, true]);
  socket.removeEventListener("custom", object);
  socket.dispatchEvent(new Event("custom"));
  expect(seen).toEqual([
    "handler",
    ["object", "custom"],
    "once",
    "handler",
    ["object", "custom"],
    "handler",
  ]);
});

test("repeated fields of an answer are joined, and no name is special", () => {
  const { socket, session } = fake();
  const fields = [
    ["x", "1, 2"],
    ["x", "1, 2"],
    ["__proto__", "p"],
  ] as const;
  session.response = {
    status: 200,
    statusText: "",
    headers: {
      get: (name) => fields.find(([known]) => known === name)?.[1],
      [Symbol.iterator]: () =>
        fields.map((field): [string, string] => [...field])[Symbol.iterator](),
    },
  };
  expect([socket.statusCode, Object.entries(socket.headers!)]).toEqual([
    200,
    [
      ["x", "1, 2"],
      ["__proto__", "p"],
    ],
  ]);
});
