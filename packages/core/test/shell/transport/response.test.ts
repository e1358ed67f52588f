import { describe, expect, test } from "vitest";
import { type ResponseLike, ResponseTransport } from "../../../src/shell/transport/response.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { FakeResponse } from "../sse/server/event-source-story.ts";

function bound(response: object): { transport: ResponseTransport; heard: unknown[][] } {
  const heard: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void heard.push([name, ...args]);
  return {
    heard,
    transport: new ResponseTransport(response as ResponseLike, {
      onData: note("data"),
      onEnd: note("end"),
      onDrain: note("drain"),
      onGone: note("gone"),
    }),
  };
}

describe("a response as a transport", () => {
  test("writes, gathered where there are several, and ends once", () => {
    const response = new FakeResponse();
    const { transport } = bound(response);
    transport.write(utf8("a"));
    transport.writeMany([utf8("b"), utf8("c")]);
    transport.pause();
    transport.resume();
    transport.end();
    transport.end();
    transport.write(utf8("late"));
    expect(response.calls).toEqual([["setTimeout", 0], "a", "cork", "b", "c", "uncork", "end"]);
  });
  test("a plain one will do", () => {
    const calls: string[] = [];
    const { transport } = bound({
      writableEnded: false,
      write: (bytes: Uint8Array) => {
        calls.push(Buffer.from(bytes).toString());
      },
      end: () => {},
      destroy: () => {},
      on: () => {},
      removeListener: () => {},
    });
    transport.writeMany([utf8("a"), utf8("b")]);
    expect([calls, transport.bufferedBytes, transport.backedUp]).toEqual([["a", "b"], 0, false]);
  });
  test("is backed up from a write that says so to the drain", () => {
    const response = new FakeResponse();
    const { transport, heard } = bound(response);
    response.accepts = false;
    response.writableLength = 7;
    transport.write(utf8("a"));
    expect([transport.backedUp, transport.bufferedBytes]).toEqual([true, 7]);
    response.emit("drain");
    expect([transport.backedUp, heard]).toEqual([false, [["drain"]]]);
  });
  test("what a hook compresses is flushed after each write; drain is heard from its own stream, and what it holds counts", () => {
    const compressing = new FakeResponse();
    const response = Object.assign(new FakeResponse(), {
      flush(): void {
        response.calls.push("flush");
      },
      on(event: string, listener: () => void) {
        return event === "drain"
          ? compressing.on(event, listener)
          : FakeResponse.prototype.on.call(response, event, listener);
      },
    });
    const { transport, heard } = bound(response);
    response.calls.length = 0;
    transport.write(utf8("a"));
    response.accepts = false;
    transport.writeMany([utf8("bb"), utf8("ccc")]);
    expect(response.calls).toEqual(["a", "flush", "cork", "bb", "ccc", "uncork", "flush"]);
    response.writableLength = 10;
    expect([transport.backedUp, transport.bufferedBytes]).toEqual([true, 15]);
    compressing.emit("drain");
    expect([transport.backedUp, transport.bufferedBytes, heard]).toEqual([false, 10, [["drain"]]]);
    transport.write(utf8("dddd"));
    response.writableLength = 0;
    response.emit("close");
    expect([heard[1], response.eventNames(), transport.bufferedBytes]).toEqual([
      ["gone", undefined],
      [],
      0,
    ]);
  });
  test("tells that it is gone once, with the reason where there was one, and leaves no listener", () => {
    const response = new FakeResponse();
    const { heard } = bound(response);
    const cause = new Error("reset");
    response.emit("error", cause);
    response.emit("close");
    response.emit("close");
    expect(heard).toEqual([["gone", cause]]);
    expect(response.eventNames()).toEqual([]);
  });
  test("a hook that throws costs this response, and nothing else", () => {
    const response = new FakeResponse();
    const { transport, heard } = bound(response);
    const cause = new Error("hook");
    response.write = () => {
      throw cause;
    };
    transport.write(utf8("a"));
    expect(response.destroyed).toBe(true);
    transport.write(utf8("b"));
    response.emit("close");
    expect(heard).toEqual([["gone", cause]]);
  });
  test("is destroyed when asked", () => {
    const response = new FakeResponse();
    bound(response).transport.destroy();
    expect(response.destroyed).toBe(true);
  });
});
