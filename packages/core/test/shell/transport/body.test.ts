import { describe, expect, test } from "vitest";
import { StreamTransport } from "../../../src/shell/transport/body.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { settle } from "../websocket/wired.ts";

function bound(): { transport: StreamTransport; heard: unknown[][] } {
  const heard: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void heard.push([name, ...args]);
  return {
    heard,
    transport: new StreamTransport({
      onData: note("data"),
      onEnd: note("end"),
      onDrain: note("drain"),
      onGone: note("gone"),
    }),
  };
}

describe("a stream as a transport", () => {
  test("what is written can be read, and then the end", async () => {
    const { transport, heard } = bound();
    transport.write(utf8("a"));
    transport.writeMany([utf8("b"), utf8("c")]);
    expect(transport.bufferedBytes).toBe(3);
    transport.pause();
    transport.resume();
    transport.end();
    transport.end();
    transport.write(utf8("late"));
    expect(await new Response(transport.stream).text()).toBe("abc");
    expect([transport.bufferedBytes, heard]).toEqual([0, []]);
  });
  test("is backed up at 16 KiB, until some has been read", async () => {
    const { transport, heard } = bound();
    const reader = transport.stream.getReader();
    await settle();
    transport.write(new Uint8Array(16_383));
    expect(transport.backedUp).toBe(false);
    transport.write(new Uint8Array(1));
    transport.write(new Uint8Array(10));
    await settle();
    expect([transport.backedUp, transport.bufferedBytes, heard]).toEqual([true, 16_394, []]);
    await reader.read();
    await settle();
    expect([transport.backedUp, transport.bufferedBytes, heard]).toEqual([false, 11, [["drain"]]]);
  });
  // Bun names a reason each time a reader leaves, Node and Deno none.
  test.each<[string, unknown]>([
    ["an error", new Error("gone")],
    ["no reason", undefined],
    ["another reason", "tab closed"],
  ])("cancelled with %s: the reader has left, which is no error", async (_, reason) => {
    const { transport, heard } = bound();
    await transport.stream.cancel(reason);
    transport.gone();
    transport.write(utf8("a"));
    transport.end();
    transport.destroy();
    expect(heard).toEqual([["gone"]]);
  });
  test("destroyed: what is being read fails", async () => {
    const { transport } = bound();
    transport.write(utf8("a"));
    transport.destroy();
    await expect(transport.stream.getReader().read()).rejects.toThrow(
      "The event stream was dropped",
    );
  });
});
