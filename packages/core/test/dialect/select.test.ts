import { expect, test } from "vitest";
import { selectDialect } from "../../src/dialect/select.ts";
import { requestWith } from "../handshake/openings.ts";

test.each([["13", "hybi-13"], ["8", "hybi-8"], ["7", "hybi-7"]])("Sec-WebSocket-Version: %s selects %s", (wire, version) => {
  expect(selectDialect(requestWith({ "sec-websocket-version": wire }))).toMatchObject({ version });
});

test("requests of one version share one dialect", () => {
  expect(selectDialect(requestWith())).toBe(selectDialect(requestWith()));
});

test.each([
  ["a version we do not speak", { "sec-websocket-version": "14" }, { status: 426, message: "Unsupported WebSocket version: 14" }],
  ["another protocol", { upgrade: "h2c" }, { status: 400, message: "Not a WebSocket request" }],
  ["the name of a property", { "sec-websocket-version": "constructor" }, { status: 426, message: "Unsupported WebSocket version: constructor" }],
])("%s is a problem", (_, changes, problem) => {
  expect(selectDialect(requestWith(changes))).toEqual(problem);
});
