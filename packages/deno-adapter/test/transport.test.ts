/** `DenoTransport` over a connection that is led by hand. Its loss: `transport.loss.test.ts`; over connections of Deno's: `transport.conn.test.ts`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { denoRuntime } from "../src/runtime.ts";
import { DenoTransport } from "../src/transport.ts";
import { type Bound, bound, FakeConn, Notes, settle, utf8 } from "./fake-conn.ts";

describe("reading", () => {
  test("begins when it is bound, with Nagle's algorithm off", async () => {
    const conn = new FakeConn();
    const transport = new DenoTransport(conn);
    await settle();
    assert.deepEqual([conn.isRead, conn.calls], [false, []]);
    transport.bind(new Notes());
    assert.deepEqual([conn.isRead, conn.calls], [true, ["setNoDelay true"]]);
  });

  test("a connection that knows no setNoDelay is taken as it is", () => {
    const conn = new FakeConn();
    Object.defineProperty(conn, "setNoDelay", { value: undefined });
    new DenoTransport(conn).bind(new Notes());
    assert.equal(conn.isRead, true);
  });

  test("what is handed over is not written to again", async () => {
    const conn = new FakeConn();
    const kept: Uint8Array[] = [];
    new DenoTransport(conn).bind({
      ...new Notes(),
      onData: (bytes) => kept.push(bytes),
      onEnd: () => {},
      onDrain: () => {},
      onGone: () => {},
    });
    for (const text of ["one", "two", "x".repeat(4096), "four"]) {
      conn.tell(utf8(text));
      await settle();
    }
    assert.deepEqual(
      kept.map((bytes) => new TextDecoder().decode(bytes)),
      ["one", "two", "x".repeat(4096), "four"],
    );
  });

  test("by small buffers while it is quiet, by large ones while it is busy", async () => {
    const { conn } = bound();
    for (const size of [4096, 8192, 16_384, 32_768, 65_536, 65_536, 100, 100, 100, 100, 100]) {
      conn.tell(new Uint8Array(size));
      await settle();
    }
    assert.deepEqual(
      conn.buffers,
      [4096, 8192, 16_384, 32_768, 65_536, 65_536, 65_536, 32_768, 16_384, 8192, 4096, 4096],
    );
  });

  test("nothing read is not the end, and nothing to tell", async () => {
    const { conn, heard } = bound();
    conn.tell(new Uint8Array(0));
    await settle();
    conn.tell(utf8("a"));
    await settle();
    assert.deepEqual(heard, ["data a"]);
  });

  test("the peer's end is told once; ours may still write", async () => {
    const { conn, transport, heard } = bound();
    conn.tell(null);
    await settle();
    transport.write(utf8("late"));
    await settle();
    assert.deepEqual([heard, conn.text, conn.isRead, conn.calls], [["end"], "late", false, []]);
  });

  test("a listener that throws is reported, and reading goes on", async (t) => {
    const { conn, notes, heard } = bound();
    const reported = t.mock.method(denoRuntime, "reportError", () => {});
    for (const name of ["data", "end"])
      notes.then[name] = () => {
        throw new Error(`an observer's, at ${name}`);
      };
    conn.tell(utf8("a"));
    await settle();
    conn.tell(null);
    await settle();
    assert.deepEqual(heard, ["data a", "end"]);
    assert.deepEqual(
      reported.mock.calls.map(({ arguments: [error] }) => (error as Error).message),
      ["an observer's, at data", "an observer's, at end"],
    );
  });
});

describe("pause", () => {
  test("holds what comes until it is resumed, and asks for no more", async () => {
    const { conn, transport, heard } = bound();
    transport.pause();
    conn.tell(utf8("a"));
    await settle();
    assert.deepEqual([heard, conn.isRead], [[], false]);
    transport.resume();
    await settle();
    assert.deepEqual([heard, conn.isRead], [["data a"], true]);
  });

  test("holds the end too", async () => {
    const { conn, transport, heard } = bound();
    transport.pause();
    conn.tell(null);
    await settle();
    assert.deepEqual(heard, []);
    transport.resume();
    await settle();
    assert.deepEqual(heard, ["end"]);
  });

  test("holds also where it follows a resume at once", async () => {
    const { conn, transport, heard } = bound();
    transport.pause();
    conn.tell(utf8("a"));
    await settle();
    transport.resume();
    transport.pause();
    await settle();
    assert.deepEqual(heard, []);
    transport.resume();
    transport.resume();
    await settle();
    assert.deepEqual(heard, ["data a"]);
  });

  test("ends with end(): what still comes would hide the peer's end", async () => {
    const { conn, transport, heard } = bound();
    transport.pause();
    conn.tell(utf8("a"));
    await settle();
    transport.end();
    await settle();
    conn.tell(null);
    await settle();
    assert.deepEqual(
      [heard, conn.calls],
      [
        ["data a", "end", "gone"],
        ["closeWrite", "close"],
      ],
    );
  });
});

describe("writing", () => {
  test("what one turn writes is one write", async () => {
    const { conn, transport } = bound();
    transport.write(utf8("a"));
    transport.write(new Uint8Array(0));
    transport.writeMany([utf8("b"), utf8("c")]);
    assert.equal(transport.bufferedBytes, 3);
    await settle();
    assert.deepEqual(
      [conn.written.map((bytes) => bytes.length), conn.text, transport.bufferedBytes],
      [[3], "abc", 0],
    );
  });

  test("pieces are joined up to 64 KiB; larger ones go as they are", async () => {
    const { conn, transport } = bound();
    transport.writeMany(
      [40_000, 20_000, 10_000, 100_000, 1, 2].map((size) => new Uint8Array(size)),
    );
    await settle();
    assert.deepEqual(
      conn.written.map((bytes) => bytes.length),
      [60_000, 10_000, 100_000, 3],
    );
  });

  test("partial writes are continued, byte for byte", async () => {
    const { conn, transport, heard } = bound();
    conn.takes = 3;
    transport.write(utf8("hello, "));
    await undefined;
    transport.write(utf8("world"));
    await settle();
    assert.deepEqual(
      [conn.text, conn.written.length, transport.bufferedBytes, heard],
      ["hello, world", 5, 0, []],
    );
  });

  test("a connection that takes nothing at all has failed", async () => {
    const { conn, transport, heard } = bound();
    conn.takes = 0;
    transport.write(utf8("a"));
    await settle();
    assert.deepEqual([heard, conn.calls], [["gone WriteZero"], ["close"]]);
  });

  test("it is backed up from 64 KiB, and drains when all has left", async () => {
    const { conn, transport, heard } = bound();
    conn.held = [];
    transport.write(new Uint8Array(65_535));
    await settle();
    assert.equal(transport.backedUp, false);
    transport.write(new Uint8Array(1));
    assert.deepEqual([transport.backedUp, transport.bufferedBytes], [true, 65_536]);
    conn.held.shift()!();
    await settle();
    assert.deepEqual([transport.backedUp, transport.bufferedBytes, heard], [false, 1, []]);
    conn.held.shift()!();
    await settle();
    assert.deepEqual([transport.bufferedBytes, heard], [0, ["drain"]]);
  });

  test("who was never told to wait is not told to go on", async () => {
    const { transport, heard } = bound();
    transport.write(new Uint8Array(65_535));
    await settle();
    assert.deepEqual(heard, []);
  });

  test("what a drain writes is written, and drains again", async () => {
    const { conn, notes, transport, heard } = bound();
    let rounds = 3;
    notes.then["drain"] = () => {
      if (--rounds > 0) transport.write(new Uint8Array(70_000));
    };
    transport.write(new Uint8Array(70_000));
    await settle();
    assert.deepEqual([conn.written.length, heard], [3, ["drain", "drain", "drain"]]);
  });

  test("a listener that throws at a drain is reported, and writing goes on", async (t) => {
    const { conn, notes, transport } = bound();
    const reported = t.mock.method(denoRuntime, "reportError", () => {});
    notes.then["drain"] = () => {
      throw new Error("an observer's");
    };
    transport.write(new Uint8Array(70_000));
    await settle();
    transport.write(utf8("b"));
    await settle();
    assert.deepEqual([conn.written.length, conn.calls, reported.mock.callCount()], [2, [], 1]);
  });
});

describe("the end", () => {
  test("comes after all that was written, and nothing after it", async () => {
    const { conn, transport } = bound();
    conn.takes = 2;
    transport.write(utf8("hello"));
    transport.end();
    transport.end();
    transport.write(utf8("late"));
    await settle();
    assert.deepEqual(
      [conn.text, conn.calls, transport.bufferedBytes],
      ["hello", ["closeWrite"], 0],
    );
  });

  test("asked for while a write is under way, comes after it", async () => {
    const { conn, transport } = bound();
    conn.held = [];
    transport.write(utf8("hello"));
    await settle();
    transport.end();
    await settle();
    assert.deepEqual(conn.calls, []);
    conn.held.shift()!();
    await settle();
    assert.deepEqual([conn.text, conn.calls], ["hello", ["closeWrite"]]);
  });

  const orders: [name: string, steps: (scene: Bound) => (() => void)[], heard: string[]][] = [
    [
      "ours first",
      ({ transport, conn }) => [
        () => {
          transport.end();
        },
        () => {
          conn.tell(utf8("more"));
        },
        () => {
          conn.tell(null);
        },
      ],
      ["data more", "end", "gone"],
    ],
    [
      "the peer's first",
      ({ transport, conn }) => [
        () => {
          conn.tell(null);
        },
        () => {
          transport.write(utf8("bye"));
          transport.end();
        },
      ],
      ["end", "gone"],
    ],
  ];
  for (const [name, stepsOf, expected] of orders) {
    test(`of both sides closes the connection: ${name}`, async () => {
      const scene = bound();
      for (const step of stepsOf(scene)) {
        step();
        await settle();
      }
      assert.deepEqual(
        [scene.heard, scene.conn.calls, scene.transport.destroyed],
        [expected, ["closeWrite", "close"], true],
      );
    });
  }

  test("that cannot be told is the end of all", async () => {
    const { conn, transport, heard } = bound();
    conn.breaks = new Deno.errors.NotConnected("Transport endpoint is not connected");
    transport.end();
    await settle();
    assert.deepEqual([heard, conn.calls], [["gone NotConnected"], ["closeWrite", "close"]]);
  });
});
