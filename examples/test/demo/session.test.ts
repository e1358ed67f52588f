import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session } from "../../demo/session.mjs";
import { FakeSocket } from "./fake-socket.ts";

let channel: FakeSocket;
let socket: FakeSocket;
let session: Session;
beforeEach(() => {
  vi.useFakeTimers();
  [channel, socket] = [new FakeSocket(), new FakeSocket()];
  channel.happen("open");
  socket.happen("open");
  session = new Session(channel, {} as never);
  session.socket = socket as never;
});
afterEach(() => vi.useRealTimers());

/** The next events for the page, and the number of messages that carry them. */
function told(): { messages: number; events: unknown[] } {
  vi.advanceTimersByTime(16);
  const messages = channel.take();
  return {
    messages: messages.length,
    events: messages.flatMap((message) => JSON.parse(String(message)) as unknown[]),
  };
}

describe("the observer channel", () => {
  test("tells what happens together in one message", () => {
    const observer = session.observe("GET /room HTTP/1.1");
    observer.onState("alive.open");
    observer.onBytes("out", Uint8Array.of(0x81, 1, 65));
    expect(told()).toEqual({
      messages: 1,
      events: [
        { type: "connection", number: 1, at: 0 },
        { type: "head", direction: "in", line: "GET /room HTTP/1.1", at: 0 },
        { type: "state", path: "alive.open", at: 0 },
        {
          type: "frame",
          direction: "out",
          opcode: 1,
          name: "text",
          fin: true,
          masked: false,
          length: 1,
          bytes: [65],
          note: "A",
          at: 0,
        },
      ],
    });
    expect(told()).toEqual({ messages: 0, events: [] });
  });

  test("counts the connections, and their time anew", () => {
    session.observe("GET /room HTTP/1.1");
    vi.advanceTimersByTime(100);
    channel.take();
    session.observe("GET /room HTTP/1.1").onState("alive.open");
    expect(told().events).toMatchObject([{ number: 2, at: 0 }, {}, { at: 0 }]);
  });

  test("tells the latest of a flood", () => {
    for (let number = 0; number < 2000; number++) session.tell({ number });
    const { messages, events } = told();
    expect([messages, events.length, events.at(-1)]).toEqual([1, 500, { number: 1999 }]);
  });

  test("tells nothing to a page that has gone", () => {
    session.tell({ type: "state" });
    session.end();
    expect(told().messages).toBe(0);
    session.tell({ type: "state" });
    channel.readyState = 3;
    expect(told().messages).toBe(0);
  });
});

describe("the buttons", () => {
  const commands: [command: object, calls: unknown[][]][] = [
    [{ name: "ping" }, [["ping", "are you there?"]]],
    [{ name: "terminate" }, [["terminate"]]],
    [{ name: "close", code: 4000, reason: "enough" }, [["close", 4000, "enough"]]],
    [{ name: "dance" }, []],
  ];
  test.each(commands)("%j", (command, calls) => {
    session.receive(JSON.stringify(command));
    expect(socket.calls).toEqual(calls);
  });

  test("cut drops the page's event stream, whatever the WebSocket does", () => {
    session.receive('{"name":"cut"}');
    const stream = new FakeSocket();
    session.stream = stream as never;
    socket.readyState = 3;
    session.receive('{"name":"cut"}');
    expect([stream.calls, socket.calls]).toEqual([[["terminate"]], []]);
  });

  test.each(commands)("%j does nothing once closing", (command) => {
    socket.readyState = 2;
    session.receive(JSON.stringify(command));
    expect(socket.calls).toEqual([]);
  });

  test.each([
    ["a code that may not be sent", JSON.stringify({ name: "close", code: 1 }), /no such code/],
    ["what is not JSON", "{", /JSON/],
    ["what is no command", "null", /null/],
  ])("%s is refused, and the page told", (_, message, expected) => {
    session.receive(message);
    expect(told().events).toMatchObject([
      { type: "refused", message: expect.stringMatching(expected) },
    ]);
  });
});
