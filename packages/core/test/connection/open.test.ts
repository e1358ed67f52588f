/** Connections that begin open: either role, with what was agreed on elsewhere. */
import { describe, expect, test } from "vitest";
import { createOpenConnection, UsageError } from "../../src/index.ts";
import type { Agreed } from "../../src/connection/open.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { frame as unmasked, masked, utf8 } from "../../src/testing/wire/bytes.ts";
import { PairEnd } from "../../src/testing/pair.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { FakeExtension } from "../extension/fake-extension.ts";
import { framesOf } from "./extended.ts";
import { storyOf } from "./story.ts";

function made(agreed: Agreed, options?: Partial<ConnectionOptions>) {
  const end = new PairEnd(() => 0);
  const connection = createOpenConnection(end, createTestPlatform(), agreed, options);
  return { connection, end, story: () => storyOf(end.take()) };
}

function started(agreed: Agreed, options?: Partial<ConnectionOptions>) {
  const stage = made(agreed, options);
  stage.connection.start();
  stage.end.take();
  return stage;
}

test("is connecting until it is started, then open, and says what was agreed on", () => {
  const { connection, end } = made({ role: "server", protocol: "chat", extensions: "x; y=1" });
  expect([connection.state, connection.sendable, end.take()]).toEqual(["connecting", false, []]);
  connection.start();
  connection.start();
  expect([connection.state, connection.sendable]).toEqual(["open", true]);
  expect(end.take()).toEqual([
    ["onState", "alive.open"],
    ["onOpen", { version: "hybi-13", protocol: "chat", extensions: "x; y=1", response: undefined }],
  ]);
});

test("nothing agreed on: neither subprotocol nor extensions", () => {
  const { connection, end } = made({ role: "client" });
  connection.start();
  expect(end.take().at(-1)).toEqual([
    "onOpen",
    { version: "hybi-13", protocol: "", extensions: "", response: undefined },
  ]);
});

test("an option out of range is refused when it is made", () => {
  expect(() =>
    createOpenConnection(new Recorder(), createTestPlatform(), { role: "server" }, { maxPongs: 0 }),
  ).toThrow(UsageError);
});

describe.each(["server", "client"] as const)("a %s", (role) => {
  const sent = role === "server" ? masked : unmasked;

  test("talks, and closes as any other", () => {
    const { connection, story } = started({ role });
    connection.receive(sent(1, "hello"));
    connection.sendText("hi");
    connection.receive(sent(8, Uint8Array.of(3, 0xe8)));
    const lines = story();
    expect(lines.slice(0, 2)).toEqual(["onText hello", "> text hi"]);
    expect(lines).toContain("> close 1000");
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 1000 clean");
  });

  test("has extensions that were agreed on", () => {
    const extension = new FakeExtension("+");
    const { connection, end } = started({
      role,
      sessions: { all: [extension.session()], rsv: extension.rsv },
    });
    connection.sendText("a");
    expect(framesOf(end.take())).toEqual([expect.stringMatching(/^1 4 /)]);
  });
});

test("a client masks with the keys it is given; a server with none", () => {
  const key = 0x01020304;
  const wire = (role: "client" | "server"): number[] => {
    const { connection, end } = started({ role, nextMask: () => key });
    connection.sendBinary(utf8("AB"));
    return [...end.take().flatMap((action) => (action[0] === "write" ? [...action[1]] : []))];
  };
  expect(wire("client")).toEqual([0x82, 0x82, 1, 2, 3, 4, 0x41 ^ 1, 0x42 ^ 2]);
  expect(wire("server")).toEqual([0x82, 2, 0x41, 0x42]);
});

describe("frames that are there already", () => {
  test("go as they are, behind what waits for extensions", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = started({
      role: "server",
      sessions: { all: [extension.session()], rsv: 4 },
    });
    connection.sendText("first");
    connection.sendFrames([unmasked(1, "sec"), unmasked(1, "ond")]);
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([[], 5 + 2 * 5]);
    extension.go();
    expect(framesOf(end.take()).map((line) => line.slice(0, 8))).toEqual([
      "1 4 firs",
      "1 0 sec",
      "1 0 ond",
    ]);
    expect(connection.bufferedBytes).toBe(0);
  });

  test("need not be cut where frames are", () => {
    const { connection, end } = started({ role: "server" });
    const frame = unmasked(2, "abc");
    connection.sendFrames([frame.subarray(0, 2), frame.subarray(2)]);
    expect(framesOf(end.take())).toEqual(["2 0 abc"]);
  });
});

describe("notices", () => {
  const marks = (end: PairEnd): unknown[] =>
    end.take().flatMap((action) => (action[0] === "mark" ? [action[1]] : []));

  test("come before the write that carries what they ask about", () => {
    const { connection, end } = started({ role: "server" });
    connection.cork();
    connection.sendText("a");
    connection.notify("a");
    connection.sendText("b");
    expect(marks(end)).toEqual([]);
    connection.uncork();
    expect(end.take().map(([type]) => type)).toEqual(["mark", "write"]);
  });

  test("wait for the extensions, in order", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = started({
      role: "server",
      sessions: { all: [extension.session()], rsv: 4 },
    });
    for (const text of ["a", "b"]) {
      connection.sendText(text);
      connection.notify(text);
    }
    expect(marks(end)).toEqual([]);
    extension.go();
    expect(marks(end)).toEqual(["a"]);
    extension.go();
    expect(marks(end)).toEqual(["b"]);
    connection.notify("c");
    expect(marks(end)).toEqual(["c"]);
  });

  test("of what will never be sent do not come", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = started({
      role: "server",
      sessions: { all: [extension.session()], rsv: 4 },
    });
    connection.sendText("a");
    connection.notify("a");
    connection.terminate();
    extension.go();
    expect(marks(end)).toEqual([]);
  });
});

describe("options for those who know better", () => {
  test("autoPong: false leaves the pong to the application", () => {
    const { connection, story } = started({ role: "server" }, { autoPong: false });
    connection.receive(masked(9, "x"));
    expect(story()).toEqual(["onPing x"]);
    connection.pong(utf8("x"));
    expect(story()).toEqual(["> pong x"]);
  });

  test.each([true, false])("validateUtf8: %s", (validateUtf8) => {
    const bad = Uint8Array.of(0x61, 0xff);
    const { connection, end } = started({ role: "server" }, { validateUtf8 });
    const types = (): string[] =>
      end
        .take()
        .map(([type]) => type)
        .filter((type) => /^on(Text|Violation)/.test(type));
    connection.receive(masked(1, bad));
    expect(types()).toEqual(validateUtf8 ? ["onViolation"] : ["onText"]);
    if (validateUtf8) return;
    connection.receive(masked(1, bad, { fin: false }));
    connection.receive(masked(0, bad));
    expect(types()[0]).toMatch(/^onText/);
    connection.receive(masked(8, Uint8Array.of(3, 0xe8, 0xff)));
    expect(types()).toEqual(["onViolation"]);
  });

  test.each([
    [true, "> close 1002 Unrecognized frame opcode: 3"],
    [false, "> close 1002"],
  ])("closeReasons: %s", (closeReasons, frame) => {
    const { connection, story } = started({ role: "server" }, { closeReasons });
    connection.receive(masked(3, ""));
    expect(story()).toContain(frame);
  });
});

test.each([
  ["reserved bits", masked(1, "x", { rsv: 5 }), "reserved-bits", 5],
  ["an opcode", masked(11, "x"), "unknown-opcode", 11],
  ["a continuation", masked(0, "x"), "unexpected-continuation", 0],
  ["a close code", masked(8, Uint8Array.of(3, 0xed)), "invalid-close-code", 1005],
  ["a message over the limit", masked(2, "12345"), "message-too-big", 4],
] as const)("what was found wrong is there as a number: %s", (_, frame, code, detail) => {
  const { connection, end } = started({ role: "server" }, { maxMessageSize: 4 });
  connection.receive(frame);
  expect(
    end
      .take()
      .flatMap((action) =>
        action[0] === "onViolation" ? [[action[1].code, action[1].detail]] : [],
      ),
  ).toEqual([[code, detail]]);
});
