import { STATUS_CODES } from "node:http";
import { expect, test } from "vitest";
import { phraseOf } from "../../src/http/status.ts";

/** Renamed by RFC 9110; Node keeps the names of RFC 7231 and 4918. */
const renamed = new Map([
  [413, "Content Too Large"],
  [422, "Unprocessable Content"],
]);

test("phrases are those of RFC 9110", () => {
  for (let status = 100; status < 600; status++) {
    if (phraseOf(status) !== "")
      expect(phraseOf(status)).toBe(renamed.get(status) ?? STATUS_CODES[status]);
  }
});

test.each([
  [101, "Switching Protocols"],
  [400, "Bad Request"],
  [426, "Upgrade Required"],
  [418, ""],
  [999, ""],
])("%i: %j", (status, phrase) => {
  expect(phraseOf(status)).toBe(phrase);
});
