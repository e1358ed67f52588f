import { expect, test } from "vitest";
import { HELD_MIN, RoundTrips } from "../../src/connection/round-trips.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";

/** Round trips by a clock that is wound by hand. */
function measured(): {
  trips: RoundTrips;
  clock: { time: number; now(): number };
  ping: (payload: string, end?: number, left?: number) => void;
  pong: (payload: string) => void;
} {
  const trips = new RoundTrips();
  const clock = {
    time: 0,
    now() {
      return this.time;
    },
  };
  return {
    trips,
    clock,
    ping: (payload, end = 0, left = 0) => {
      trips.sent(utf8(payload), end, left, clock.now());
    },
    pong: (payload) => {
      const bytes = utf8(`<${payload}>`);
      trips.answered(bytes, 1, bytes.length - 1, clock);
    },
  };
}

test("nothing is known before the first pong", () => {
  const { trips, ping } = measured();
  ping("1");
  expect([trips.latency, trips.longest]).toEqual([undefined, 0]);
});

test("smooths as RFC 6298 does, and the longest is four variations above", () => {
  const { trips, clock, ping, pong } = measured();
  const seen: unknown[] = [];
  for (const took of [100, 100, 180]) {
    ping("x");
    clock.time += took;
    pong("x");
    seen.push([trips.latency!.last, trips.latency!.smoothed, trips.longest]);
  }
  expect(seen).toEqual([
    [100, 100, 300],
    [100, 100, 250],
    [180, 110, 110 + 4 * (37.5 + (80 - 37.5) / 4)],
  ]);
});

test("each measurement is a new object", () => {
  const { trips, ping, pong } = measured();
  ping("");
  pong("");
  const first = trips.latency;
  ping("");
  pong("");
  expect(trips.latency).not.toBe(first);
});

test("a pong that answers no ping is nothing; one that passes others by answers them too", () => {
  const { trips, clock, ping, pong } = measured();
  pong("unasked");
  expect(trips.latency).toBe(undefined);
  ping("a");
  clock.time = 10;
  ping("b");
  clock.time = 15;
  pong("b");
  expect(trips.latency!.last).toBe(5);
  clock.time = 99;
  pong("a");
  pong("b");
  expect(trips.latency!.last).toBe(5);
});

test("the same payload twice is answered in order", () => {
  const { trips, clock, ping, pong } = measured();
  ping("");
  clock.time = 10;
  ping("");
  clock.time = 15;
  pong("");
  expect(trips.latency!.last).toBe(15);
  pong("");
  expect(trips.latency!.last).toBe(5);
});

test("a peer that never answers costs no memory: eight pings are remembered", () => {
  const { trips, ping, pong } = measured();
  for (let count = 1; count <= 9; count++) ping(String(count));
  pong("1");
  expect(trips.latency).toBe(undefined);
  pong("2");
  expect(trips.latency).toBeDefined();
});

test("the payload is the caller's to change", () => {
  const { trips, clock, pong } = measured();
  const payload = utf8("a");
  trips.sent(payload, 0, 0, 0);
  payload[0] = 0x62;
  clock.time = 3;
  pong("a");
  expect(trips.latency?.last).toBe(3);
});

test("counts from when the ping has left, where it waits behind much", () => {
  const { trips, clock, ping, pong } = measured();
  const end = HELD_MIN + 1;
  ping("much", end, 0);
  ping("little", end, 1);
  clock.time = 40;
  trips.moved(end - 1, clock);
  clock.time = 50;
  trips.moved(end, clock);
  clock.time = 51;
  trips.moved(end, clock);
  clock.time = 60;
  pong("much");
  expect(trips.latency!.last).toBe(10);
  pong("little");
  expect(trips.latency!.last).toBe(60);
});

test("a clock that goes back measures nothing below 0", () => {
  const { trips, clock, ping, pong } = measured();
  clock.time = 5;
  ping("");
  clock.time = 4;
  pong("");
  expect(trips.latency!.last).toBe(0);
});
