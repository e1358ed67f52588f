import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Checks that a module has at run time what its package's `public-api.txt` lists, types aside. `tools/test/public-api.test.ts` keeps that list. */
export function checkNames(module: object, list: URL): void {
  const names = readFileSync(list, "utf8")
    .split("\n")
    .flatMap((line) => /^ {2}(?:class|function|const)\b.* (\w+)$/.exec(line)?.[1] ?? []);
  assert.ok(names.length > 0, "the list is empty");
  assert.deepEqual(Object.keys(module).sort(), names.sort());
}
