/** Traces of each version of the format are kept in `fixtures/`, and stay readable and replayable. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readTraces, TraceError } from "../../src/trace/read.ts";
import { replay } from "../../src/trace/replay/replay.ts";
import { TRACE_VERSION } from "../../src/trace/values.ts";

const folder = new URL("./fixtures/", import.meta.url);
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

test("there is a trace of every version", () => {
  const versions = new Set(fixtures.map((name) => Number(/^v(\d+)-/.exec(name)![1])));
  expect([...versions].sort()).toEqual(
    Array.from({ length: TRACE_VERSION }, (_, index) => index + 1),
  );
});

describe.each(fixtures)("%s", (name) => {
  test("is read", () => {
    const traces = readTraces(read(name));
    expect(traces.length).toBeGreaterThan(0);
    for (const { entries } of traces) expect(entries.length).toBeGreaterThan(3);
  });
  test("replays", () => {
    for (const { difference, stopped, actions } of replay(read(name))) {
      expect({ difference, stopped }).toEqual({ difference: undefined, stopped: undefined });
      expect(actions).toBeGreaterThan(2);
    }
  });
});

const head = '{"sansocketTrace":1,"connection":1,"kind":"websocket-server","options":{}}';
test.each([
  ["no JSON", `${head}\n{"a"\n`, "line 2: this is no JSON"],
  ["no head", '[1,"action","onOpen"]\n', "line 1: connection 1 has no head before this"],
  [
    "a version to come",
    '{"sansocketTrace":99,"connection":1}\n',
    "line 1: version 99 of the format is newer",
  ],
  [
    "another kind",
    '{"sansocketTrace":1,"connection":1,"kind":"x"}\n',
    "line 1: kind: expected websocket-server",
  ],
  [
    "no options",
    '{"sansocketTrace":1,"connection":1,"kind":"websocket-server"}\n',
    "line 1: a head needs the options",
  ],
  [
    "no connection",
    '{"sansocketTrace":1,"kind":"websocket-server","options":{}}\n',
    "line 1: a head needs the number",
  ],
  ["something else", '{"log":{}}\n', "line 1: expected a head"],
  ["a number", "3\n", "line 1: expected a head"],
  ["null", "null\n", "line 1: expected a head"],
  ["no entry", `${head}\n[1,"action",3]\n`, "line 2: this is no entry"],
  ["an unknown entry", `${head}\n[1,"dance","onOpen"]\n`, "line 2: this is no entry"],
  [
    "an entry of nobody",
    `${head}\n["1","action","onOpen"]\n`,
    "line 2: an entry begins with the number",
  ],
])("%s is a TraceError with its line", (_, text, message) => {
  expect(() => readTraces(text)).toThrow(TraceError);
  expect(() => readTraces(text)).toThrow(message);
});

test("a last line that the process did not finish is left out; empty lines and repeated heads are passed over", () => {
  const traces = readTraces(
    `${head}\n\n[1,"action","onState","alive.open"]\n${head}\n[1,"action","endTransport"]\n[1,"action","onS`,
  );
  expect(traces).toHaveLength(1);
  expect(traces[0]!.entries.map(({ line }) => line)).toEqual([3, 5]);
});
