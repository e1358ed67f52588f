import { describe, expect, test } from "vitest";
import type { PublicSocket } from "../../src/testing/suites/harness.ts";
import { echo, Journal } from "../../src/testing/journal.ts";

/** A socket that records what a test says. */
function rig(readyState = 0) {
  const listeners = new Map<string, ((event: never) => void)[]>();
  const sent: unknown[] = [];
  const socket = {
    readyState,
    send: (data: unknown) => sent.push(data) > 0,
    addEventListener(type: string, listener: (event: never) => void) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener]);
    },
  } as unknown as PublicSocket;
  const tell = (type: string, event: object = {}): void => {
    for (const listener of listeners.get(type) ?? []) listener(event as never);
  };
  return { socket, sent, tell };
}
const CLOSE = { code: 4000, reason: "done", wasClean: true };

describe("a journal", () => {
  test("has all events in their order, and the messages", () => {
    const { socket, tell } = rig();
    const journal = new Journal(socket);
    tell("open");
    tell("message", { data: "a" });
    tell("error");
    tell("message", { data: Uint8Array.of(1) });
    tell("close", CLOSE);
    expect(journal.events).toEqual(["open", "message", "error", "message", "close"]);
    expect(journal.messages).toEqual(["a", Uint8Array.of(1)]);
  });

  test("gives messages one by one, those that came before being asked for too", async () => {
    const { socket, tell } = rig(1);
    const journal = new Journal(socket);
    tell("message", { data: "early" });
    expect(await journal.message()).toBe("early");
    const late = journal.message();
    tell("message", { data: "late" });
    expect(await late).toBe("late");
  });

  test("is open when it is told, or was before", async () => {
    const { socket, tell } = rig(0);
    const journal = new Journal(socket);
    const open = journal.open();
    tell("open");
    expect(await open).toBe(journal);
    await new Journal(rig(1).socket).open();
  });

  test("says how it closed instead of opening", async () => {
    const { socket, tell } = rig(0);
    const open = new Journal(socket).open();
    tell("close", CLOSE);
    await expect(open).rejects.toThrow('closed 4000 "done" instead of opening');
  });

  test("tells how it closed, and counts how often", async () => {
    const { socket, tell } = rig(1);
    const journal = new Journal(socket);
    const closed = journal.close();
    tell("close", CLOSE);
    tell("close", { code: 1006, reason: "", wasClean: false });
    expect([await closed, journal.closes]).toEqual([CLOSE, 2]);
  });

  test("fails who waits for a message that will not come", async () => {
    const { socket, tell } = rig(1);
    const journal = new Journal(socket);
    const message = journal.message();
    tell("message", { data: "last" });
    tell("close", CLOSE);
    expect(await message).toBe("last");
    await expect(journal.message()).rejects.toThrow("closed before a message came");
  });
});

test("echo sends back what came", () => {
  const { socket, sent, tell } = rig(1);
  const bytes = Uint8Array.of(1, 2);
  echo(socket);
  tell("message", { data: "text" });
  tell("message", { data: bytes });
  expect(sent).toEqual(["text", bytes]);
});
