/** Whatever is recorded is what the JSON Schema says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { scriptOf } from "../../fuzz/generate.ts";
import { runRecorded } from "../../fuzz/recorded.ts";

const schema = new URL("../../../../docs/trace.schema.json", import.meta.url);
const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(schema, "utf8")) as object,
);
const linesOf = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

test("traces of the fuzzer", () => {
  for (let seed = 0; seed < 40; seed++) {
    for (const line of linesOf(runRecorded(scriptOf(seed)).trace)) {
      expect(validate(line), JSON.stringify([line, validate.errors])).toBe(true);
    }
  }
});

const folder = new URL("fixtures/", import.meta.url);
test.each(readdirSync(folder))("%s", (name) => {
  for (const line of linesOf(readFileSync(new URL(name, folder), "utf8"))) {
    expect(validate(line), JSON.stringify([line, validate.errors])).toBe(true);
  }
});

test.each([
  [[1, "gap", 0]],
  [["1", "action", "onOpen"]],
  [[1, "dance", "onOpen"]],
  [[1, "action", "onText", { hex: "0" }]],
  [[1, "input", "now", "receive"]],
  [{ sansocketTrace: 1, connection: 1, kind: "telnet", options: {}, redacted: [] }],
])("%j is none", (line) => {
  expect(validate(line)).toBe(false);
});
