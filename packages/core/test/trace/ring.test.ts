import { expect, test } from "vitest";
import { readTraces } from "../../src/trace/read.ts";
import { createTraceRing, gapLine } from "../../src/trace/ring.ts";
import { encodeUtf8 } from "../../src/trace/values.ts";
import { textOf } from "./recorded-pair.ts";

const head = (connection: number): Uint8Array =>
  encodeUtf8(
    `{"sansocketTrace":1,"connection":${connection},"kind":"websocket-server","options":{},"redacted":[]}\n`,
  );
const line = (connection: number, name: string): Uint8Array =>
  encodeUtf8(`[${connection},"action","onState","${name.padEnd(100, "x")}"]\n`);

test("holds what it is given, copied, in order", () => {
  const ring = createTraceRing();
  const lent = Buffer.from(line(1, "a")); // as the adapters lend it: its slice() is a view
  ring.begin(1, head(1));
  ring.begin(2, head(2));
  ring.write(1, lent);
  ring.write(2, line(2, "b"));
  lent.fill(0);
  const traces = readTraces(textOf(ring));
  expect(traces.map(({ entries }) => String(entries[0]!.entry[3]).slice(0, 1))).toEqual(["a", "b"]);
});

test("never holds more than it may: the oldest go, and what is missing is said", () => {
  const ring = createTraceRing({ bytes: 1000 });
  ring.begin(1, head(1));
  for (let count = 0; count < 100; count++) {
    ring.write(1, line(1, String(count)));
    expect(ring.bytes).toBeLessThanOrEqual(1000);
  }
  const [trace] = readTraces(textOf(ring));
  const [gap, ...rest] = trace!.entries.map(({ entry }) => entry);
  expect(gap).toEqual([1, "gap", 100 - rest.length]);
  expect(rest.length).toBeGreaterThan(4);
  expect(String(rest.at(-1)![3])).toMatch(/^99x/);
});

test("forgets a connection with its last line, if it has ended; a line larger than the ring is dropped", () => {
  const ring = createTraceRing({ bytes: 300 });
  for (const connection of [1, 2, 3]) {
    ring.begin(connection, head(connection));
    ring.write(connection, line(connection, "a"));
    if (connection !== 2) ring.end(connection);
  }
  for (let count = 0; count < 5; count++) ring.write(2, line(2, "b"));
  expect(readTraces(textOf(ring)).map(({ head: { connection } }) => connection)).toEqual([2]);
  ring.write(2, line(2, "c".repeat(400)));
  expect(ring.bytes).toBeLessThanOrEqual(300);
  ring.clear();
  ring.end(2);
  expect([ring.bytes, textOf(ring)]).toEqual([0, ""]);
  ring.write(9, line(9, "never begun"));
  expect(ring.bytes).toBe(0);
});

test("says what a size may be", () => {
  expect(() => createTraceRing({ bytes: 0 })).toThrow(
    "bytes: expected a whole number from 1, got 0",
  );
  expect(new TextDecoder().decode(gapLine(3, 9))).toBe('[3,"gap",9]\n');
});
