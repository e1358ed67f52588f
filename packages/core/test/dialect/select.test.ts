import { expect, test } from "vitest";
import { selectDialect } from "../../src/dialect/select.ts";
import { requestWith } from "../handshake/openings.ts";

test.each([
  ["13", "hybi-13"],
  ["8", "hybi-8"],
  ["7", "hybi-7"],
])("Sec-WebSocket-Version: %s selects %s", (wire, version) => {
  expect(selectDialect(requestWith({ "sec-websocket-version": wire }), false)).toMatchObject({
    version,
  });
});

test("requests of one version share one dialect", () => {
  expect(selectDialect(requestWith(), false)).toBe(selectDialect(requestWith(), false));
});

test.each([
  [
    "a version we do not speak",
    { "sec-websocket-version": "14" },
    { status: 426, message: "Unsupported WebSocket version: 14" },
  ],
  ["another protocol", { upgrade: "h2c" }, { status: 400, message: "Not a WebSocket request" }],
  [
    "the name of a property",
    { "sec-websocket-version": "constructor" },
    { status: 426, message: "Unsupported WebSocket version: constructor" },
  ],
])("%s is a problem", (_, changes, problem) => {
  expect(selectDialect(requestWith(changes), false)).toEqual(problem);
});

const NO_VERSION = { "sec-websocket-version": undefined, "sec-websocket-key": undefined };
const drafts: [
  name: string,
  changes: Record<string, string | undefined>,
  taken: object,
  untaken: string,
][] = [
  [
    "no key and no version is draft 75",
    NO_VERSION,
    { version: "hixie-75" },
    "Missing handshake request header: Sec-WebSocket-Version",
  ],
  [
    "two keys are draft 76",
    { ...NO_VERSION, "sec-websocket-key1": "1 ", "sec-websocket-key2": "1 " },
    { version: "hixie-76" },
    "Missing handshake request header: Sec-WebSocket-Version",
  ],
  [
    "one key is draft 76, and wrong there",
    { ...NO_VERSION, "sec-websocket-key2": "1 " },
    { version: "hixie-76" },
    "Missing handshake request header: Sec-WebSocket-Version",
  ],
  [
    "another protocol",
    { ...NO_VERSION, upgrade: "h2c" },
    { status: 400, message: "Not a WebSocket request" },
    "Not a WebSocket request",
  ],
];
test.each(drafts)("%s, if drafts are taken", (_, changes, taken, untaken) => {
  expect(selectDialect(requestWith(changes), true)).toMatchObject(taken);
  expect(selectDialect(requestWith(changes), false)).toMatchObject({ message: untaken });
});

test("a version is no draft, whether drafts are taken or not", () => {
  expect(selectDialect(requestWith(), true)).toBe(selectDialect(requestWith(), false));
});
