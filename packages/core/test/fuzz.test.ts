/** The short part of the fuzzer, with seeds that stay; and what the long part has found, each once more. `npm run fuzz` goes on from here. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scriptOf } from "../fuzz/generate.ts";
import { runRecorded } from "../fuzz/recorded.ts";
import { run } from "../fuzz/run.ts";
import type { Operation, Script } from "../fuzz/script.ts";
import { shrink } from "../fuzz/shrink.ts";

const corpus = new URL("../fuzz/corpus/", import.meta.url);
const finds = readdirSync(corpus).map((name) => {
  const { found, script } = JSON.parse(readFileSync(new URL(name, corpus), "utf8")) as {
    found: string;
    script: Script;
  };
  return [name.replace(".json", ""), found, script] as const;
});

describe("what was found stays mended", () => {
  test.each(finds)("%s: %s", (_, __, script) => {
    expect(run(script)).toEqual([]);
  });
  test.each(finds)("the trace of %s replays", (_, __, script) => {
    expect(runRecorded(script).differences).toEqual([]);
  });
});

test.each([[1000], [1100]])("traces of seeds from %i replay", (first) => {
  for (let seed = first; seed < first + 100; seed++) {
    expect(runRecorded(scriptOf(seed)).differences, `seed ${seed}`).toEqual([]);
  }
});

test.each(Array.from({ length: 5 }, (_, block) => [block * 100] as const))(
  "seeds from %i",
  (first) => {
    for (let seed = first; seed < first + 100; seed++)
      expect(run(scriptOf(seed)), `seed ${seed}`).toEqual([]);
  },
);

test("a seed gives one script; scripts reach every version, both roles, all ways to compress", () => {
  expect(scriptOf(7)).toEqual(scriptOf(7));
  const scripts = Array.from({ length: 500 }, (_, seed) => scriptOf(seed));
  for (const [name, count] of [
    ["role", 2],
    ["version", 5],
    ["compression", 4],
    ["finish", 3],
    ["decision", 3],
  ] as const) {
    expect(new Set(scripts.map((script) => script[name])).size, name).toBe(count);
  }
});

test("what a failure does not need is left out", () => {
  const noise: Operation[] = [
    ["pause"],
    ["ping", 1],
    ["receive", "0001"],
    ["within", ["text", 5, true]],
  ];
  const script: Script = {
    ...scriptOf(1),
    operations: [
      ...noise,
      ["within", ["close", 1000, 0]],
      ...noise,
      ["receive", "aabbccddeeff"],
      ...noise,
    ],
  };
  const isClose = ([type, ...rest]: Operation): boolean =>
    type === "close" || (type === "within" && isClose(rest[0] as Operation));
  const fails = ({ operations }: Script): boolean =>
    operations.some(isClose) &&
    operations.some(([type, hex]) => type === "receive" && String(hex).includes("cc"));
  expect(shrink(script, fails).operations).toEqual([
    ["close", 1000, 0],
    ["receive", expect.stringMatching(/^\w{0,6}cc\w{0,4}$/)],
  ]);
});
