/** How a connection that is led by hand is lost. All else of it: `transport.test.ts`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DenoTransport } from "../src/transport.ts";
import { bound, FakeConn, Notes, settle, utf8 } from "./fake-conn.ts";

describe("loss", () => {
  test("destroy() closes at once, and tells in a microtask: never from inside it", async () => {
    const { conn, transport, heard } = bound();
    transport.destroy();
    transport.destroy();
    assert.deepEqual([conn.calls, heard, transport.destroyed], [["close"], [], true]);
    await settle();
    assert.deepEqual(heard, ["gone"]); // the pending read's Interrupted is nobody's concern
  });

  test("destroy() with a write under way: what waited is dropped, and counts no more", async () => {
    for (const takes of [2, Infinity]) {
      const { conn, transport, heard } = bound();
      conn.held = [];
      conn.takes = takes;
      transport.write(utf8("hello"));
      await settle();
      transport.write(utf8("waits"));
      transport.destroy();
      conn.held.shift()!();
      await settle();
      assert.deepEqual([conn.written.length, transport.bufferedBytes, heard], [1, 0, ["gone"]]);
    }
  });

  test("destroy() while paused ends the reading too", async () => {
    const { conn, transport, heard } = bound();
    transport.pause();
    conn.tell(utf8("a"));
    await settle();
    transport.destroy();
    await settle();
    assert.deepEqual([heard, conn.isRead], [["gone"], false]);
  });

  test("destroyed from within a listener, it tells nothing more", async () => {
    const { conn, notes, transport, heard } = bound();
    notes.then["data"] = () => {
      transport.destroy();
    };
    conn.tell(utf8("a"));
    await settle();
    assert.deepEqual([heard, conn.isRead], [["data a", "gone"], false]);
  });

  test("after it nothing is done any more", async () => {
    const { conn, transport, heard } = bound();
    transport.destroy();
    await settle();
    transport.write(utf8("a"));
    transport.writeMany([utf8("b")]);
    transport.end();
    transport.pause();
    transport.resume();
    await settle();
    assert.deepEqual(
      [conn.calls, conn.written, heard, transport.bufferedBytes],
      [["close"], [], ["gone"], 0],
    );
  });

  for (const name of ["ConnectionReset", "Interrupted", "BadResource"] as const) {
    test(`a read that fails with ${name}: told once, with the cause`, async () => {
      const { conn, transport, heard } = bound();
      transport.write(utf8("waits for its turn"));
      conn.fail(new Deno.errors[name]("as Deno says"));
      await settle();
      assert.deepEqual(
        [heard, conn.calls, transport.destroyed, transport.bufferedBytes],
        [[`gone ${name}`], ["close"], true, 0],
      );
    });

    test(`a write that fails with ${name}: told once, with the cause`, async () => {
      const { conn, transport, heard } = bound();
      conn.breaks = new Deno.errors[name]("as Deno says");
      transport.write(new Uint8Array(100_000));
      await settle();
      assert.deepEqual(
        [heard, conn.calls, transport.destroyed, transport.bufferedBytes],
        [[`gone ${name}`], ["close"], true, 0],
      );
    });
  }

  test("a connection that was closed before it was bound: BadResource, which closing it again says too", async () => {
    const conn = new FakeConn();
    const notes = new Notes();
    conn.close();
    const transport = new DenoTransport(conn).bind(notes);
    await settle();
    assert.deepEqual([notes.heard, transport.bufferedBytes], [["gone BadResource"], 0]);
  });
});
