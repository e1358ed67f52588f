import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { pingSession } from "../../../src/node-compat/http2/ping.ts";

/** A session whose pings the test answers. */
class FakeSession extends EventEmitter {
  readonly pings: (() => void)[] = [];
  connecting: boolean;

  constructor(connecting = false) {
    super();
    this.connecting = connecting;
  }
  ping(answered: () => void): boolean {
    return this.pings.push(answered) > 0;
  }
  get heard(): number {
    return this.listenerCount("close") + this.listenerCount("error");
  }
}

function asked(connecting = false): { session: FakeSession; calls: () => number } {
  const session = new FakeSession(connecting);
  let calls = 0;
  pingSession(session as never, () => {
    calls++;
  });
  return { session, calls: () => calls };
}
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test("calls back once the peer has answered: once, not from within, and leaves no listener", async () => {
  const { session, calls } = asked();
  expect([session.pings.length, session.heard]).toEqual([1, 2]);
  session.pings[0]!();
  expect(calls()).toBe(0);
  await turn();
  session.emit("close");
  session.pings[0]!();
  await turn();
  expect([calls(), session.heard]).toEqual([1, 0]);
});

test.each(["close", "error"])("calls back once it is gone: %s", async (event) => {
  const { session, calls } = asked();
  session.emit(event, new Error("gone"));
  await turn();
  expect([calls(), session.heard]).toEqual([1, 0]);
});

test("a session that is connecting is asked when it is there", async () => {
  const { session, calls } = asked(true);
  expect(session.pings).toHaveLength(0);
  session.emit("connect");
  session.pings[0]!();
  await turn();
  expect(calls()).toBe(1);
});

test("a session that never connects calls back all the same", async () => {
  const { session, calls } = asked(true);
  session.emit("error", new Error("ECONNREFUSED"));
  session.emit("close");
  await turn();
  expect([calls(), session.pings.length]).toEqual([1, 0]);
});
