/** `BunTransport` over a socket that is led by hand. Over sockets of Bun's: `transport.socket.test.ts`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BunSocket } from "../src/bun.ts";
import { bunRuntime } from "../src/runtime.ts";
import { BunTransport, traffic } from "../src/transport.ts";
import { bound, FakeSocket, Notes, settle, utf8 } from "./fake-socket.ts";

test("writing: what fits goes at once, and nothing is told", () => {
  const { socket, transport, heard } = bound();
  transport.write(utf8("a"));
  transport.write(new Uint8Array(0));
  assert.deepEqual(
    [socket.text, transport.bufferedBytes, transport.backedUp, heard],
    ["a", 0, false, []],
  );
});

test("writing: what does not fit waits, in order, and drains", () => {
  const { socket, transport, heard } = bound();
  socket.room = 3;
  transport.write(utf8("hello, "));
  transport.write(utf8("wor"));
  transport.writeMany([utf8("l"), utf8("d")]);
  assert.deepEqual([socket.text, transport.bufferedBytes, transport.backedUp], ["hel", 9, true]);
  for (const [room, text, left] of [
    [5, "hello, w", 4],
    [2, "hello, wor", 2],
    [1, "hello, worl", 1],
  ] as const) {
    socket.room = room;
    traffic.drain(socket);
    assert.deepEqual([socket.text, transport.bufferedBytes, heard], [text, left, []]);
  }
  socket.room = Infinity;
  traffic.drain(socket);
  assert.deepEqual(
    [socket.text, transport.bufferedBytes, transport.backedUp, heard],
    ["hello, world", 0, false, ["drain"]],
  );
  traffic.drain(socket);
  assert.deepEqual(heard, ["drain"]);
});

test("writing: nothing overtakes what waits, though there were room", () => {
  const { socket, transport } = bound();
  socket.room = 1;
  transport.write(utf8("ab"));
  socket.room = Infinity;
  transport.write(utf8("c"));
  assert.equal(socket.text, "a");
  traffic.drain(socket);
  assert.equal(socket.text, "abc");
});

test("writing: pieces are joined up to 64 KiB; more are written one by one", () => {
  const { socket, transport } = bound();
  transport.writeMany([utf8("a"), utf8("b"), new Uint8Array(65_534)]);
  transport.writeMany([utf8("a"), utf8("b"), new Uint8Array(65_535)]);
  assert.deepEqual(
    socket.written.map((bytes) => bytes.length),
    [65_536, 1, 1, 65_535],
  );
});

test("writing: what a drain writes is written, and drains again", () => {
  const { socket, notes, transport, heard } = bound();
  socket.room = 0;
  notes.then["drain"] = () => {
    if (heard.length < 3) {
      socket.room = 0;
      transport.write(utf8("again"));
    }
  };
  transport.write(utf8("first"));
  for (let round = 0; round < 3; round++) {
    socket.room = Infinity;
    traffic.drain(socket);
  }
  assert.deepEqual([socket.text, heard], ["firstagainagain", ["drain", "drain", "drain"]]);
});

test("writing: −1 says that it is closed, and nothing is kept for it", async () => {
  const { socket, transport, heard } = bound();
  socket.room = -1;
  transport.write(utf8("a"));
  assert.deepEqual([transport.bufferedBytes, transport.backedUp, heard], [0, false, []]);
  traffic.close(socket);
  await settle();
  assert.deepEqual(heard, ["gone"]);
});

test("writing: closed while something waits: it is dropped, and counts no more", async () => {
  const { socket, transport, heard } = bound();
  socket.room = 1;
  transport.write(utf8("abc"));
  socket.room = -1;
  traffic.drain(socket);
  assert.deepEqual([transport.bufferedBytes, heard], [2, []]);
  traffic.close(socket);
  await settle();
  assert.deepEqual([transport.bufferedBytes, heard], [0, ["gone"]]);
});

test("the end: half-closes, once, and nothing is written after it", () => {
  const { socket, transport } = bound();
  transport.end();
  transport.end();
  transport.write(utf8("late"));
  transport.writeMany([utf8("late")]);
  assert.deepEqual([socket.calls, socket.text], [["shutdown"], ""]);
});

test("the end: waits for what waits", () => {
  const { socket, transport, heard } = bound();
  socket.room = 2;
  transport.write(utf8("hello"));
  transport.end();
  assert.deepEqual(socket.calls, []);
  socket.room = Infinity;
  traffic.drain(socket);
  assert.deepEqual([socket.text, socket.calls, heard], ["hello", ["shutdown"], ["drain"]]);
});

test("the end: resumes, for what still comes would hide the peer's", () => {
  const { socket, transport } = bound();
  transport.pause();
  transport.end();
  assert.deepEqual(socket.calls, ["pause", "resume", "shutdown"]);
});

test("the end: the peer's is told once", () => {
  const { socket, heard } = bound();
  traffic.data(socket, utf8("a"));
  traffic.end(socket);
  traffic.end(socket);
  assert.deepEqual(heard, ["data a", "end"]);
});

test("the end: after ours Bun tells of the peer's by `close` alone", async () => {
  const { socket, transport, heard } = bound();
  transport.end();
  traffic.close(socket);
  await settle();
  assert.deepEqual(heard, ["end", "gone"]);
});

test("the end: an error after ours is no end", async () => {
  const { socket, transport, heard } = bound();
  transport.end();
  traffic.close(socket, new Error("ECONNRESET"));
  await settle();
  assert.deepEqual(heard, ["gone ECONNRESET"]);
});

test("pause and resume are the socket's; resume without a pause is nothing", () => {
  const { socket, transport } = bound();
  transport.resume();
  transport.pause();
  transport.resume();
  transport.resume();
  assert.deepEqual(socket.calls, ["pause", "resume"]);
});

test("loss: destroy() closes at once, and tells in a microtask: never from inside it", async () => {
  const { socket, transport, heard } = bound();
  transport.destroy();
  transport.destroy();
  assert.deepEqual([socket.calls, heard, transport.destroyed], [["close"], [], true]);
  await settle();
  transport.write(utf8("a"));
  transport.end();
  assert.deepEqual([socket.calls, socket.text, heard], [["close"], "", ["gone"]]);
});

test("loss: the error of `close`, null being none; once", async () => {
  for (const [error, expected] of [
    [new Error("ECONNRESET"), "gone ECONNRESET"],
    [null, "gone"],
    [undefined, "gone"],
  ] as const) {
    const { socket, heard } = bound();
    traffic.close(socket, error);
    traffic.close(socket, new Error("again"));
    await settle();
    assert.deepEqual(heard, [expected]);
  }
});

test("loss: broken TLS is the peer's doing: it is the cause, and reported nowhere", async (t) => {
  const { socket, heard } = bound();
  const reported = t.mock.method(bunRuntime, "reportError", () => {});
  traffic.error(socket, Object.assign(new Error("bad record"), { code: "EPROTO" }));
  traffic.close(socket, new Error("closed"));
  await settle();
  assert.deepEqual([heard, reported.mock.callCount()], [["gone bad record"], 0]);
});

test("what a handler throws is reported, and the connection goes on", (t) => {
  const { socket, heard } = bound();
  const reported = t.mock.method(bunRuntime, "reportError", () => {});
  const error = new Error("an observer's");
  traffic.error(socket, error);
  assert.deepEqual(
    [reported.mock.calls.map((call) => call.arguments), heard, socket.calls],
    [[[error]], [], []],
  );
});

test("a socket that nobody took is closed by its end, and the rest of it harms nothing", () => {
  const socket = new FakeSocket();
  traffic.data(socket, utf8("a"));
  traffic.drain(socket);
  traffic.error(socket, Object.assign(new Error("bad record"), { code: "EPROTO" }));
  traffic.end(socket);
  traffic.close(socket);
  assert.deepEqual(socket.calls, ["close"]);
});

/** A client's transport, whose socket is not there yet. */
function connecting(): {
  socket: FakeSocket;
  transport: BunTransport;
  heard: string[];
  open(): void;
  reach(): void;
} {
  const notes = new Notes();
  const transport = new BunTransport(undefined);
  const socket = new FakeSocket();
  transport.bind(notes);
  const open = (): void => {
    socket.data = transport;
    transport.opened(socket satisfies BunSocket);
  };
  return {
    socket,
    transport,
    heard: notes.heard,
    open,
    reach: () => {
      transport.reached(socket);
    },
  };
}

test("before the socket is there: what is written waits, and leaves in order", () => {
  const { socket, transport, heard, open } = connecting();
  transport.write(utf8("a"));
  transport.writeMany([utf8("b"), utf8("c")]);
  assert.deepEqual([transport.bufferedBytes, transport.backedUp], [3, true]);
  open();
  assert.deepEqual([socket.text, transport.bufferedBytes, heard], ["abc", 0, ["drain"]]);
});

test("before the socket is there: a pause and the end wait too", () => {
  const first = connecting();
  const second = connecting();
  const third = connecting();
  first.transport.pause();
  first.open();
  assert.deepEqual(first.socket.calls, ["pause"]);
  second.transport.end();
  second.open();
  assert.deepEqual(second.socket.calls, ["shutdown"]);
  third.transport.write(utf8("a"));
  third.transport.end();
  third.open();
  assert.deepEqual([third.socket.text, third.socket.calls], ["a", ["shutdown"]]);
});

test("before the socket is there: it says what it waits for", () => {
  const { transport, reach, open } = connecting();
  assert.match(transport.waitsFor!, /no connection/);
  reach();
  assert.match(transport.waitsFor!, /TLS/);
  open();
  assert.equal(transport.waitsFor, undefined);
});

test("before the socket is there: destroyed, it closes whatever comes later", async () => {
  for (const late of ["open", "reach"] as const) {
    const { socket, transport, heard, ...at } = connecting();
    transport.write(utf8("a"));
    transport.destroy();
    assert.deepEqual(heard, []);
    await settle();
    at[late]();
    await settle();
    assert.deepEqual(
      [heard, socket.calls, socket.text, transport.bufferedBytes],
      [["gone"], ["close"], "", 0],
    );
  }
});

test("before TLS is agreed on: destroyed, it closes the socket", async () => {
  const { socket, transport, heard, reach } = connecting();
  reach();
  transport.destroy();
  await settle();
  assert.deepEqual([socket.calls, heard], [["close"], ["gone"]]);
});

test("before the socket is there: it cannot be had, and why", async () => {
  const { transport, heard } = connecting();
  transport.closed(new Error("ECONNREFUSED"));
  transport.closed(new Error("rejected too"));
  await settle();
  assert.deepEqual([heard, transport.destroyed], [["gone ECONNREFUSED"], true]);
});
