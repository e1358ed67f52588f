import { Stream } from "node:stream";
import { describe, expect, test } from "vitest";
import { Event } from "../../../src/shell/events/event.ts";
import { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { arrive, fake } from "./fake-driver.ts";

test("the states are constants of the class, of instances, and what readyState says", () => {
  const states = (["connecting", "open", "closing", "closed"] as const).map(
    (state) => fake(state).face.readyState,
  );
  expect(states).toEqual([
    WebSocket.CONNECTING,
    WebSocket.OPEN,
    WebSocket.CLOSING,
    WebSocket.CLOSED,
  ]);
  const { face, session } = fake();
  expect([face.CONNECTING, face.OPEN, face.CLOSING, face.CLOSED]).toEqual([0, 1, 2, 3]);
  session.driver = undefined;
  expect(face.readyState).toBe(3);
});

test("properties of a socket that has done nothing", () => {
  const { face } = fake("connecting");
  expect(face).toBeInstanceOf(Stream);
  expect([
    face.url,
    face.version,
    face.protocol,
    face.extensions,
    face.binaryType,
    face.readable,
    face.writable,
    face.statusCode,
    face.headers,
  ]).toEqual(["ws://host/path", "hybi-13", "", "", "nodebuffer", true, true, undefined, undefined]);
  expect([face.onopen, face.onmessage, face.onerror, face.onclose]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("a socket carries what it uses, and nothing else", () => {
  const { face } = fake();
  expect(Object.keys(face).filter((key) => !key.startsWith("_"))).toEqual([]);
});

test("binaryType takes what it knows, and ignores the rest, as enumerations of the Web do", async () => {
  const { face, session } = fake();
  const seen: unknown[] = [];
  face.onmessage = (event) => {
    seen.push(event.data instanceof ArrayBuffer);
  };
  face.binaryType = "arraybuffer";
  session.onBinary(Uint8Array.of(1), 0, 1);
  expect([face.binaryType, seen]).toEqual(["arraybuffer", [true]]);
  face.binaryType = "arrayBuffer" as never;
  expect(face.binaryType).toBe("arraybuffer");
  face.binaryType = "blob";
  const blobs: unknown[] = [];
  face.onmessage = (event) => {
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
    const { face, driver } = fake();
    expect([face.write("a"), face.end("b"), face.end("c")]).toEqual([true, undefined, undefined]);
    expect(driver.take()).toEqual([
      ["sendText", "a"],
      ["sendText", "b"],
      ["close", 1000, ""],
    ]);
    const other = fake();
    other.face.end();
    expect(other.driver.take()).toEqual([["close", 1000, ""]]);
  });

  test("pause, resume and terminate are the connection's, and nothing on a socket that never lived", () => {
    const { face, driver, session } = fake();
    face.pause();
    face.resume();
    face.terminate();
    expect(driver.take()).toEqual([["pause"], ["resume"], ["terminate"]]);
    session.driver = undefined;
    expect([face.pause(), face.resume(), face.terminate()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("pipe pauses its source while the destination is backed up, and ends it in the end", () => {
    const source = fake();
    const target = fake();
    source.face.pipe(target.face as unknown as NodeJS.WritableStream);
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
    source.face.pipe(target.face as unknown as NodeJS.WritableStream);
    target.session.onTransportError(new Error("gone"));
    source.session.onTransportError(new Error("gone"));
    expect([...source.reported, ...target.reported]).toEqual([]);
  });
});

test("ping, pong and close", () => {
  const { face, driver } = fake();
  expect([face.ping(), face.ping("a", () => {}), face.pong("b"), face.close(3000, "c")]).toEqual([
    true,
    true,
    true,
    undefined,
  ]);
  expect(driver.take()).toEqual([
    ["ping", undefined],
    ["ping", "bytes a"],
    ["pong", "bytes b"],
    ["close", 3000, "c"],
  ]);
});

test("emit of an error throws nothing without listeners, and is heard with them", () => {
  const { face } = fake();
  const seen: unknown[] = [];
  expect(face.emit("error", new Error("x"))).toBe(false);
  face.on("error", (event) => seen.push(event));
  expect([face.emit("error", "heard"), seen]).toEqual([true, ["heard"]]);
});

test("dispatchEvent calls the handler, then the listeners, also for events of the application's own", () => {
  const { face } = fake();
  const seen: unknown[] = [];
  const object = {
    handleEvent: (event: { type: string }) => {
      seen.push(["object", event.type]);
    },
  };
  face.addEventListener("custom", object);
  face.addEventListener("custom", () => seen.push("once"), { once: true });
  Object.assign(face, { oncustom: () => seen.push("handler") });
  expect([face.dispatchEvent(new Event("custom")), face.dispatchEvent({ type: "custom" })]).toEqual(
    [true, true],
  );
  face.removeEventListener("custom", object);
  face.dispatchEvent(new Event("custom"));
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
  const { face, session } = fake();
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
  expect([face.statusCode, Object.entries(face.headers!)]).toEqual([
    200,
    [
      ["x", "1, 2"],
      ["__proto__", "p"],
    ],
  ]);
});
