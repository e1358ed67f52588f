import { describe, expect, test } from "vitest";
import { pendingConnector, type ConnectOutcome } from "../../../src/shell/transport/pending.ts";
import type { Transport } from "../../../src/shell/transport/transport.ts";
import { settle, testRuntime, wire } from "../websocket/wired.ts";

function pending() {
  const log: unknown[] = [];
  let outcome!: ConnectOutcome;
  const carrier = pendingConnector(
    testRuntime(),
    (told) => {
      outcome = told;
      return () => {
        log.push("given up");
      };
    },
    "it is late",
  );
  const transport = (
    "bind" in carrier
      ? carrier.bind({
          onData: (bytes) => {
            log.push(Buffer.from(bytes).toString());
          },
          onEnd: () => {
            log.push("end");
          },
          onDrain: () => {
            log.push("drain");
          },
          onGone: (cause) => {
            log.push(["gone", cause]);
          },
        })
      : undefined
  ) as Transport;
  return { carrier, transport, outcome, log };
}
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test("what is written waits, and leaves in order; then all goes through", async () => {
  const { carrier, transport, outcome, log } = pending();
  const { near, far, received } = wire();
  transport.write(bytes("a"));
  transport.writeMany([bytes("b"), bytes("c")]);
  expect([carrier.destroyed, transport.bufferedBytes, transport.backedUp]).toEqual([
    false,
    3,
    false,
  ]);
  expect(transport.waitsFor).toBe("it is late");
  outcome.ready(near);
  expect(transport.waitsFor).toBe(undefined);
  transport.write(bytes("d"));
  transport.writeMany([bytes("e")]);
  far.write("hello");
  await settle();
  expect([received(), log, transport.bufferedBytes, transport.backedUp]).toEqual([
    "abcde",
    ["hello"],
    0,
    false,
  ]);
  outcome.failed("too late");
  transport.end();
  far.end();
  await settle();
  expect(log).toEqual(["hello", "end", ["gone", undefined]]);
});

test("nothing written, nothing sent", async () => {
  const { outcome } = pending();
  const { near, received } = wire();
  outcome.ready(near);
  await settle();
  expect(received()).toBe("");
});

test("a pause before it is there counts from then on", async () => {
  const { transport, outcome, log } = pending();
  const { near, far } = wire();
  transport.resume();
  transport.pause();
  outcome.ready(near);
  far.write("early");
  await settle();
  expect(log).toEqual([]);
  transport.resume();
  await settle();
  transport.pause();
  expect(log).toEqual(["early"]);
  transport.destroy();
  await settle();
  expect(log).toEqual(["early", ["gone", undefined]]);
});

describe("there will be none", () => {
  test("told with why, once; what waited is dropped", () => {
    const { transport, outcome, log } = pending();
    transport.write(bytes("a"));
    outcome.failed("no way");
    outcome.failed("again");
    transport.destroy();
    expect([log, transport.bufferedBytes]).toEqual([[["gone", "no way"]], 0]);
  });

  test.each(["destroy", "end"] as const)(
    "%s() gives up, and the listener is told later; what comes all the same is dropped",
    async (method) => {
      const { transport, outcome, log } = pending();
      const { near } = wire();
      transport[method]();
      expect(log).toEqual(["given up"]);
      await settle();
      expect(log).toEqual(["given up", ["gone", undefined]]);
      outcome.ready(near);
      await settle();
      expect([near.destroyed, log.length]).toEqual([true, 2]);
    },
  );
});
