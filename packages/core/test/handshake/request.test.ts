import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOpening } from "../../src/handshake/check.ts";
import { writeOpeningRequest } from "../../src/handshake/request.ts";
import type { ClientRequest } from "../../src/opening.ts";
import { UsageError } from "../../src/violation.ts";
import { KEY, latin1, readRequest } from "./openings.ts";

const written = (request: Partial<ClientRequest>): string =>
  latin1(writeOpeningRequest({ host: "example.com:81", target: "/chat?a=1", ...request }, KEY));
const START = `GET /chat?a=1 HTTP/1.1\r\nHost: example.com:81\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n`;

const cases: [name: string, request: Partial<ClientRequest>, after: string][] = [
  ["the plain case, in faye-websocket's order", {}, ""],
  [
    "subprotocols",
    { protocols: ["chat", "superchat"] },
    "Sec-WebSocket-Protocol: chat, superchat\r\n",
  ],
  [
    "subprotocols whose names differ in case",
    { protocols: ["chat", "Chat"] },
    "Sec-WebSocket-Protocol: chat, Chat\r\n",
  ],
  ["no subprotocols", { protocols: [] }, ""],
  [
    "custom fields, last",
    { protocols: ["a"], headers: { Origin: "http://x", "X-A": " b " } },
    "Sec-WebSocket-Protocol: a\r\nOrigin: http://x\r\nX-A: b\r\n",
  ],
  [
    "the first of a name wins",
    {
      headers: [
        ["Authorization", "1"],
        ["authorization", "2"],
        ["Set-Cookie", "3"],
        ["Set-Cookie", "4"],
      ],
    },
    "Authorization: 1\r\nSet-Cookie: 3\r\nSet-Cookie: 4\r\n",
  ],
  [
    "the handshake's own fields win",
    {
      headers: {
        host: "evil",
        Upgrade: "x",
        CONNECTION: "x",
        "Sec-WebSocket-Key": "x",
        "sec-websocket-version": "8",
        "X-A": "b",
      },
    },
    "X-A: b\r\n",
  ],
  [
    "what is offered is the handshake's",
    {
      headers: { "Sec-WebSocket-Protocol": "x", "Sec-WebSocket-Extensions": "permessage-deflate" },
    },
    "",
  ],
];
test.each(cases)("%s", (_, request, after) =>
  expect(written(request)).toBe(`${START}${after}\r\n`),
);

describe("refuses", () => {
  const refused: [name: string, request: Partial<ClientRequest>, message: string][] = [
    ["a subprotocol twice", { protocols: ["a", "b", "a"] }, 'protocols: "a" is offered twice'],
    ["an empty subprotocol", { protocols: [""] }, 'protocols: expected tokens, got ""'],
    ["a comma in a subprotocol", { protocols: ["a,b"] }, 'protocols: expected tokens, got "a,b"'],
    [
      "a line break in a subprotocol",
      { protocols: ["a\r\nEvil: 1"] },
      'protocols: expected tokens, got "a\\r\\nEvil: 1"',
    ],
    ["a subprotocol beyond ASCII", { protocols: ["é"] }, 'protocols: expected tokens, got "é"'],
    ["no host", { host: "" }, 'host: expected ASCII without spaces, got ""'],
    [
      "a line break in the host",
      { host: "a\r\nEvil: 1" },
      'host: expected ASCII without spaces, got "a\\r\\nEvil: 1"',
    ],
    ["no target", { target: "" }, 'target: expected a path from "/" without a fragment, got ""'],
    [
      "a URL for a target",
      { target: "ws://a/" },
      'target: expected a path from "/" without a fragment, got "ws://a/"',
    ],
    [
      "a fragment (RFC 6455 §3)",
      { target: "/a#b" },
      'target: expected a path from "/" without a fragment, got "/a#b"',
    ],
    [
      "a space in the target",
      { target: "/a b" },
      'target: expected ASCII without spaces or control characters, got "/a b"',
    ],
    [
      "a line break in a header",
      { headers: { "X-A": "b\r\nEvil: 1" } },
      'header X-A: expected text without line breaks, other control characters or characters above U+00FF, got "b\\r\\nEvil: 1"',
    ],
    [
      "NUL in a header",
      { headers: { "X-A": "\0" } },
      'header X-A: expected text without line breaks, other control characters or characters above U+00FF, got "\\u0000"',
    ],
    [
      "a header name that is no token",
      { headers: { "X A": "b" } },
      'header name: expected a token, got "X A"',
    ],
  ];
  test.each(refused)("%s", (_, request, message) =>
    expect(() => written(request)).toThrow(new UsageError(message)),
  );
});

test("whatever it is given, it writes one head that a server passes, or throws a UsageError", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("\r", "\n", "\0", " ", ":", "/", "a", ",", "é", "\u010a"),
  });
  const record = {
    host: fc.oneof(hostile, fc.constant("h")),
    target: fc.oneof(hostile, fc.constant("/")),
    protocols: fc.array(fc.oneof(hostile, fc.constantFrom("x", "y")), { maxLength: 2 }),
    headers: fc.array(
      fc.tuple(fc.oneof(hostile, fc.constantFrom("Host", "upgrade", "X-A")), hostile),
      { maxLength: 3 },
    ),
  };
  fc.assert(
    fc.property(fc.record(record, { requiredKeys: ["host", "target"] }), (request) => {
      let bytes;
      try {
        bytes = writeOpeningRequest(request, KEY);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return;
      }
      const read = readRequest(bytes);
      expect([checkOpening(read), read.target, read.headers.get("host")]).toEqual([
        undefined,
        request.target,
        request.host,
      ]);
    }),
    { numRuns: 1000 },
  );
});
