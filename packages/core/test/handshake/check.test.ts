import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOpening } from "../../src/handshake/check.ts";
import { headersOf, KEY, requestWith } from "./openings.ts";

const NOT_ONE = "Not a WebSocket request";
type Changes = Record<string, string | undefined>;

const passed: [name: string, changes: Changes][] = [
  ["the plain case", {}],
  ["Upgrade in any case", { upgrade: "WebSocket" }],
  ["Upgrade as a list (RFC 6455 §4.2.1)", { upgrade: "h2c, websocket" }],
  ["Connection as Firefox sends it", { connection: "keep-alive, Upgrade" }],
  ["Connection without a space", { connection: "keep-alive,upgrade" }],
  ["version 8", { "sec-websocket-version": "8" }],
  ["version 7", { "sec-websocket-version": "7" }],
  ["a host with a port", { host: "[::1]:8080" }],
  [
    "extensions and subprotocols that make no sense",
    { "sec-websocket-extensions": ';;="', "sec-websocket-protocol": ",(," },
  ],
];
test.each(passed)("passes %s", (_, changes) =>
  expect(checkOpening(requestWith(changes))).toBeUndefined(),
);

const refused: [name: string, changes: Changes, message: string, status?: number][] = [
  ["no Upgrade", { upgrade: undefined }, NOT_ONE],
  ["an empty Upgrade", { upgrade: "" }, NOT_ONE],
  ["another Upgrade", { upgrade: "h2c" }, NOT_ONE],
  ["a longer Upgrade", { upgrade: "websockets" }, NOT_ONE],
  ["no Connection", { connection: undefined }, NOT_ONE],
  ["another Connection", { connection: "keep-alive" }, NOT_ONE],
  ["a longer Connection", { connection: "upgrade-insecure" }, NOT_ONE],
  ["no Host", { host: undefined }, "Missing handshake request header: Host"],
  ["an empty Host", { host: "" }, "Invalid handshake request header: Host"],
  ["two Hosts", { host: "a.example, b.example" }, "Invalid handshake request header: Host"],
  [
    "no version",
    { "sec-websocket-version": undefined },
    "Missing handshake request header: Sec-WebSocket-Version",
  ],
  ["version 12", { "sec-websocket-version": "12" }, "Unsupported WebSocket version: 12", 426],
  ["version 0", { "sec-websocket-version": "0" }, "Unsupported WebSocket version: 0", 426],
  [
    "a version with a zero before it",
    { "sec-websocket-version": "013" },
    "Unsupported WebSocket version: 013",
    426,
  ],
  [
    "a version twice",
    { "sec-websocket-version": "13, 13" },
    "Unsupported WebSocket version: 13, 13",
    426,
  ],
  [
    "several versions",
    { "sec-websocket-version": "13, 8" },
    "Unsupported WebSocket version: 13, 8",
    426,
  ],
  ["an empty version", { "sec-websocket-version": "" }, "Unsupported WebSocket version: ", 426],
  [
    "a version named like a property",
    { "sec-websocket-version": "__proto__" },
    "Unsupported WebSocket version: __proto__",
    426,
  ],
  [
    "no key",
    { "sec-websocket-key": undefined },
    "Missing handshake request header: Sec-WebSocket-Key",
  ],
  [
    "an empty key",
    { "sec-websocket-key": "" },
    "Invalid handshake request header: Sec-WebSocket-Key",
  ],
  [
    "a key of 15 bytes",
    { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAA" },
    "Invalid handshake request header: Sec-WebSocket-Key",
  ],
  [
    "a key of 17 bytes",
    { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAAA=" },
    "Invalid handshake request header: Sec-WebSocket-Key",
  ],
  [
    "a key that is not base64",
    { "sec-websocket-key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    "Invalid handshake request header: Sec-WebSocket-Key",
  ],
  [
    "a key twice",
    { "sec-websocket-key": `${KEY}, ${KEY}` },
    "Invalid handshake request header: Sec-WebSocket-Key",
  ],
  [
    "what is wrong first",
    { "sec-websocket-version": "12", "sec-websocket-key": undefined },
    "Unsupported WebSocket version: 12",
    426,
  ],
];
test.each(refused)("refuses %s", (_, changes, message, status = 400) =>
  expect(checkOpening(requestWith(changes))).toEqual({ message, status }),
);

test.each(["POST", "get", "CONNECT", "HEAD"])("refuses the method %s", (method) => {
  expect(checkOpening(requestWith({}, method))).toEqual({ message: NOT_ONE, status: 400 });
});

describe("fields that came twice", () => {
  const repeated = (name: string, value: string) => ({
    ...requestWith(),
    headers: headersOf([...requestWith().headers, [name, value]]),
  });
  test.each([
    ["Sec-WebSocket-Key", KEY, 400],
    ["Sec-WebSocket-Version", "13", 426],
    ["Host", "server.example.com", 400],
  ])("%s is refused, though equal", (name, value, status) => {
    expect(checkOpening(repeated(name, value))?.status).toBe(status);
  });
  test.each([
    ["Connection", "keep-alive"],
    ["Upgrade", "h2c"],
  ])("%s is a list", (name, value) => {
    expect(checkOpening(repeated(name, value))).toBeUndefined();
  });
});

test("headers may be missing that a router saw (CVE-2024-37890): any fields are judged, none throws", () => {
  const name = fc.constantFrom(
    "host",
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "__proto__",
  );
  const value = fc.oneof(fc.string(), fc.constantFrom("websocket", "Upgrade", "13", KEY));
  fc.assert(
    fc.property(
      fc.constantFrom("GET", "POST", ""),
      fc.array(fc.tuple(name, value)),
      (method, fields) => {
        const problem = checkOpening({ method, target: "/", headers: headersOf(fields) });
        expect([undefined, 400, 426]).toContain(problem?.status);
      },
    ),
  );
});

test.each([
  ["1.1", undefined],
  ["2.0", undefined],
  ["1.0", 505],
  ["0.9", 505],
])("an HTTP server that read HTTP/%s: %s", (httpVersion, status) => {
  expect(checkOpening({ ...requestWith({}), httpVersion })?.status).toBe(status);
});
