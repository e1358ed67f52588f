import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyResponse } from "../../src/handshake/verify.ts";
import { ACCEPT, headersOf, KEY, NO_OFFERS, responseWith } from "./openings.ts";

type Changes = Record<string, string | undefined>;
const verify = (changes: Changes, protocols: string[] = [], status = 101) =>
  verifyResponse(responseWith(changes, status), { key: KEY, protocols, extensions: NO_OFFERS });

const opened: [name: string, changes: Changes, protocols: string[], protocol: string][] = [
  ["the plain case", {}, [], ""],
  ["Upgrade in any case", { upgrade: "WebSocket" }, [], ""],
  ["Connection as a list", { connection: "keep-alive, Upgrade" }, [], ""],
  ["a subprotocol that was offered", { "sec-websocket-protocol": "b" }, ["a", "b"], "b"],
  ["no subprotocol though some were offered", {}, ["a"], ""],
  ["an empty list of extensions", { "sec-websocket-extensions": "" }, [], ""],
];
test.each(opened)("opens: %s", (_, changes, protocols, protocol) => {
  const response = responseWith(changes);
  expect(verifyResponse(response, { key: KEY, protocols, extensions: NO_OFFERS })).toEqual({
    opening: { version: "hybi-13", protocol, extensions: "", response },
    chain: undefined,
  });
});

const failed: [name: string, changes: Changes, message: string, protocols?: string[]][] = [
  ["no Upgrade", { upgrade: undefined }, "'Upgrade' header is missing"],
  ["an empty Upgrade", { upgrade: "" }, "'Upgrade' header is missing"],
  ["another Upgrade", { upgrade: "h2c" }, "'Upgrade' header value is not 'WebSocket'"],
  [
    "a list of Upgrades",
    { upgrade: "websocket, h2c" },
    "'Upgrade' header value is not 'WebSocket'",
  ],
  ["no Connection", { connection: undefined }, "'Connection' header is missing"],
  ["an empty Connection", { connection: "" }, "'Connection' header is missing"],
  ["another Connection", { connection: "close" }, "'Connection' header value is not 'Upgrade'"],
  ["no Accept", { "sec-websocket-accept": undefined }, "Sec-WebSocket-Accept mismatch"],
  ["the key sent back", { "sec-websocket-accept": KEY }, "Sec-WebSocket-Accept mismatch"],
  [
    "Accept in another case",
    { "sec-websocket-accept": ACCEPT.toLowerCase() },
    "Sec-WebSocket-Accept mismatch",
  ],
  [
    "Accept twice",
    { "sec-websocket-accept": `${ACCEPT}, ${ACCEPT}` },
    "Sec-WebSocket-Accept mismatch",
  ],
  [
    "a subprotocol where none was offered",
    { "sec-websocket-protocol": "a" },
    "Sec-WebSocket-Protocol mismatch",
  ],
  [
    "a subprotocol that was not offered",
    { "sec-websocket-protocol": "c" },
    "Sec-WebSocket-Protocol mismatch",
    ["a", "b"],
  ],
  [
    "a subprotocol in another case",
    { "sec-websocket-protocol": "A" },
    "Sec-WebSocket-Protocol mismatch",
    ["a"],
  ],
  [
    "two subprotocols",
    { "sec-websocket-protocol": "a, b" },
    "Sec-WebSocket-Protocol mismatch",
    ["a", "b"],
  ],
  [
    "an empty subprotocol",
    { "sec-websocket-protocol": "" },
    "Sec-WebSocket-Protocol mismatch",
    ["a"],
  ],
  [
    "a property's name for a subprotocol",
    { "sec-websocket-protocol": "constructor" },
    "Sec-WebSocket-Protocol mismatch",
    ["a"],
  ],
  [
    "an extension that was not offered",
    { "sec-websocket-extensions": "permessage-deflate; x=1" },
    'Server sent an extension response for unknown extension "permessage-deflate"',
  ],
  [
    "a property's name for an extension",
    { "sec-websocket-extensions": "__proto__" },
    'Server sent an extension response for unknown extension "__proto__"',
  ],
  [
    "extensions that make no sense",
    { "sec-websocket-extensions": ';"' },
    'Invalid Sec-WebSocket-Extensions header: ;"',
  ],
  [
    "what is wrong first",
    { upgrade: "x", connection: "x", "sec-websocket-accept": "x" },
    "'Upgrade' header value is not 'WebSocket'",
  ],
];
test.each(failed)("fails: %s", (_, changes, message, protocols) => {
  expect(verify(changes, protocols)).toEqual({
    message: `Error during WebSocket handshake: ${message}`,
  });
});

test.each([200, 301, 400, 401, 404, 426, 503])(
  "fails: status %i, though all else is right",
  (status) => {
    expect(verify({}, [], status)).toEqual({
      message: `Error during WebSocket handshake: Unexpected response code: ${status}`,
    });
  },
);

test("no answer throws, and none without the right Accept opens", () => {
  const name = fc.constantFrom(
    "upgrade",
    "connection",
    "sec-websocket-accept",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
  );
  const value = fc.oneof(fc.string(), fc.constantFrom("websocket", "Upgrade", ACCEPT, "a"));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (fields) => {
      const headers = headersOf(fields);
      const outcome = verifyResponse(
        { status: 101, statusText: "", headers },
        { key: KEY, protocols: ["a"], extensions: NO_OFFERS },
      );
      if (!("message" in outcome)) expect(headers.get("sec-websocket-accept")).toBe(ACCEPT);
    }),
  );
});
