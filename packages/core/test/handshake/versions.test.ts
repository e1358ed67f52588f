import { expect, test } from "vitest";
import { versions } from "../../src/handshake/versions.ts";

test("what is offered in a refusal, best first", () => {
  expect([...versions]).toEqual([
    ["13", "hybi-13"],
    ["8", "hybi-8"],
    ["7", "hybi-7"],
  ]);
});
