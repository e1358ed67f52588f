import { expect, test } from "vitest";
import { askChart } from "../../src/lifecycle/ask.ts";

test("a beginning has a name, tags, and nothing to do", () => {
  const { name, tags, orders } = askChart("server");
  expect({ name, tags, orders }).toEqual({
    name: "alive.connecting.starting",
    tags: [],
    orders: [],
  });
});

test("an event leads on, and timers go by the names of their delays", () => {
  const waiting = askChart("server").ask("request.expected");
  expect(waiting).toMatchObject({
    name: "alive.connecting.awaitingRequest",
    tags: ["readable"],
    orders: ["startTimer(handshake)"],
  });
  expect(waiting.ask("timer.handshake")).toMatchObject({
    name: "closed",
    orders: ["stopTimer(handshake)", "emitTimeout", "destroyTransport", "emitClose"],
  });
});

test("what is beside the life is in the name", () => {
  const begun = askChart("client").ask("stream.begun").ask("connection.failed");
  expect(begun.name).toBe("alive.connecting.starting trust.failed carrier.stream");
  expect(begun.tags).toEqual(["failed"]);
});

test("an event that is ignored leads nowhere", () => {
  const first = askChart("client");
  expect(first.ask("close.received")).toMatchObject({ name: first.name, orders: [] });
});
