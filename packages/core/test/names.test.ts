import { expect, test } from "vitest";
import { checkNames, suggestion } from "../src/names.ts";

test("a known name passes, also an inherited one", () => {
  checkNames("stop", Object.create({ force: true }) as object, ["force"]);
  expect(() => checkNames("stop", Object.create({ forse: true }) as object, ["force"])).toThrow(
    'stop: there is no "forse"; is force meant?',
  );
});

test.each([
  ["mesage", "message"],
  ["Message", "message"],
  ["onmessage", "message"],
  ["pingintervall", "pingInterval"],
])("%s: is %s meant?", (given, meant) => {
  expect(suggestion(given, ["open", "message", "pingInterval"])).toBe(`; is ${meant} meant?`);
});

test("where nothing is near, it lists what there is", () => {
  expect(suggestion("x", ["open", "message"])).toBe("; there are open, message");
});
