import { expect, test } from "vitest";
import { handshakeProblem } from "../../src/handshake/problem.ts";

test("a problem is 400 unless told otherwise", () => {
  expect([handshakeProblem("a"), handshakeProblem("b", 426)]).toEqual([
    { message: "a", status: 400 },
    { message: "b", status: 426 },
  ]);
});
