import { expect, test } from "vitest";
import {
  checkNames,
  checkOptionNames,
  checkOptions,
  checkSlips,
  suggestion,
} from "../src/names.ts";
import { UsageError } from "../src/violation.ts";

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

test("options: nothing, or an object of known names", () => {
  for (const given of [undefined, null, {}, { compress: undefined }])
    checkOptions("send", given, ["compress"]);
  expect(() => {
    checkOptions("send", "utf8", ["compress"]);
  }).toThrow("send: expected options { compress }, got utf8");
});

test.each([
  [{ maxPayload: 1 }, "Unrecognized option: a.maxPayload; is a.maxMessageSize meant?"],
  [{ mxMessageSize: 1 }, "Unrecognized option: a.mxMessageSize; is a.maxMessageSize meant?"],
  [{ colour: 1 }, "Unrecognized option: a.colour"],
])("%j is refused in faye-websocket's words, and with what is meant", (given, message) => {
  expect(() => {
    checkOptionNames(given, ["maxMessageSize", "path"], "a.");
  }).toThrow(new UsageError(message));
});

test("a slip is near: one letter of a short name, two of a long one", () => {
  for (const own of ["code", "message", "name", "colour", "state"])
    checkSlips("x", { [own]: 1 }, ["status", "headers", "body"]);
  for (const slip of ["header", "hedaers", "bod"])
    expect(() => {
      checkSlips("x", { [slip]: 1 }, ["status", "headers", "body"]);
    }).toThrow(`x: there is no "${slip}"; is ${slip === "bod" ? "body" : "headers"} meant?`);
});
