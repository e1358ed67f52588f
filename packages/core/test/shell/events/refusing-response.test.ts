import { expect, test } from "vitest";
import { answerOf, bodyOf, headerRecord } from "../../../src/shell/events/refusing-response.ts";
import { HeaderList } from "../../../src/http/headers.ts";
import { ProtocolViolation } from "../../../src/violation.ts";

function fields(...pairs: [string, string][]): HeaderList {
  const list = new HeaderList();
  for (const pair of pairs) list.append(...pair);
  return list;
}

test("header fields as an object: lower-case, joined, and a peer's __proto__ is a field like any", () => {
  const record = headerRecord(fields(["X-Two", "a"], ["x-two", "b"], ["__proto__", "x"]));
  expect(Object.entries(record)).toEqual([
    ["x-two", "a, b"],
    ["__proto__", "x"],
  ]);
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
});

test("the answer and its body, where an error has them", () => {
  const body = new Uint8Array(Buffer.from("-no-")).subarray(1, 3);
  const response = { status: 403, statusText: "", headers: fields(), body };
  const answer = answerOf(new ProtocolViolation("opening-refused", 403, { response }));
  expect([answer, bodyOf(answer)?.toString(), Buffer.isBuffer(bodyOf(answer))]).toEqual([
    response,
    "no",
    true,
  ]);
  expect([
    answerOf(new Error("x")),
    answerOf(undefined),
    bodyOf(undefined),
    bodyOf({ ...response, body: undefined as never }),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});
