import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { Pair } from "../../src/testing/pair.ts";

const types = (end: Pair["clientEnd"]): string[] => end.take().map(([type]) => type);

test("opens when bytes are carried, and not before", () => {
  const pair = new Pair();
  expect(pair.client.state).toBe("connecting");
  pair.settle();
  expect([pair.client.state, pair.server.state]).toEqual(["open", "open"]);
});

test("leaves the decision to the test where it is told to", () => {
  const pair = new Pair({ accept: false }).settle();
  expect(pair.server.path).toBe("alive.connecting.deciding");
  pair.server.reject({ status: 403 });
  pair.settle();
  expect([pair.client.state, pair.server.state]).toEqual(["closed", "closed"]);
});

test("carries as little as it is told", () => {
  const pair = new Pair().settle();
  pair.client.sendText("hello");
  let steps = 0;
  while (pair.step("server", 1)) steps++;
  expect(steps).toBe(11);
  expect(pair.serverEnd.take().at(-1)).toEqual(["onText", utf8("hello"), 0, 5, true]);
});

test("a gathered write is one parcel", () => {
  const pair = new Pair().settle();
  pair.server.cork();
  pair.server.sendText("x");
  pair.server.sendBinary(new Uint8Array(70_000));
  pair.server.uncork();
  expect(types(pair.serverEnd).at(-1)).toBe("writeMany");
  expect(pair.step("client")).toBe(true);
  expect(pair.step("client")).toBe(false);
  expect(types(pair.clientEnd).slice(-2)).toEqual(["onText", "onBinary"]);
});

describe("what stops the wire", () => {
  test("a pause, until resume", () => {
    const pair = new Pair().settle();
    pair.client.pause();
    pair.server.sendText("x");
    expect(pair.step("client")).toBe(false);
    pair.client.resume();
    expect(pair.step("client")).toBe(true);
  });

  test("destroying one's own end; the other then hears of it, once", () => {
    const pair = new Pair().settle();
    pair.client.terminate();
    expect(pair.step("client")).toBe(false);
    expect(pair.step("server")).toBe(true);
    expect(pair.server.state).toBe("closed");
    expect(pair.step("server")).toBe(false);
  });
});

test("a clean close reaches both ends", () => {
  const pair = new Pair().settle();
  pair.client.close(1000, "bye");
  pair.settle();
  for (const end of [pair.clientEnd, pair.serverEnd]) {
    expect(end.take().at(-1)).toEqual(["onClose", 1000, "bye", true]);
    expect(end.timers.size).toBe(0);
  }
});

describe("the clock", () => {
  test("fires what is due, in order, at its time", () => {
    const pair = new Pair({
      client: { pingInterval: 30, pongTimeout: 0 },
      server: { pingInterval: 20, pongTimeout: 0 },
    }).settle();
    pair.clientEnd.take();
    pair.wind(19);
    expect([pair.clientEnd.wire.length, pair.serverEnd.wire.length]).toEqual([0, 0]);
    pair.wind(41);
    expect([pair.clientEnd.wire.length, pair.serverEnd.wire.length]).toEqual([2, 3]);
    expect(pair.serverEnd.timers).toEqual(new Map([["ping", 80]]));
  });

  test("a peer that says nothing", () => {
    const pair = new Pair({ client: { handshakeTimeout: 10 } });
    pair.wind(10);
    expect(pair.client.state).toBe("closed");
    expect(pair.settle().server.state).toBe("closed");
  });
});
