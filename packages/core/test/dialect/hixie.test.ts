/** The openings of drafts 75 and 76. */
import { describe, expect, test } from "vitest";
import { hixie75, hixie76 } from "../../src/dialect/hixie.ts";
import type { Choice, OpeningRequest } from "../../src/opening.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { UsageError } from "../../src/violation.ts";
import { accepted, latin1, requestWith } from "../handshake/openings.ts";

const NO_VERSION = {
  "sec-websocket-version": undefined,
  "sec-websocket-key": undefined,
  origin: "http://example.com",
};
/** The sample of draft-hixie-thewebsocketprotocol-76 §1.2. */
const SAMPLE = {
  ...NO_VERSION,
  "sec-websocket-key1": "4 @1  46546xW%0l 1 5",
  "sec-websocket-key2": "12998 5 Y3 1  .P00",
};

const open75 = (changes = {}, choice: Choice = {}, more: Partial<OpeningRequest> = {}) =>
  hixie75.respond(
    { ...requestWith({ ...NO_VERSION, ...changes }), ...more },
    choice,
    DEFAULT_OPTIONS,
  );
const open76 = (changes = {}, choice: Choice = {}, more: Partial<OpeningRequest> = {}) =>
  hixie76.respond({ ...requestWith({ ...SAMPLE, ...changes }), ...more }, choice, DEFAULT_OPTIONS);
const lines = (answer: ReturnType<typeof open75>): string[] =>
  latin1(accepted(answer).bytes).split("\r\n");

test("draft 75: the whole answer", () => {
  expect(lines(open75())).toEqual([
    "HTTP/1.1 101 Web Socket Protocol Handshake",
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    "WebSocket-Origin: http://example.com",
    "WebSocket-Location: ws://server.example.com/chat",
    "",
    "",
  ]);
  expect(accepted(open75())).toMatchObject({
    opening: { version: "hixie-75", protocol: "", extensions: "", response: undefined },
  });
  expect(accepted(open75()).body).toBeUndefined();
});

test("draft 76: the head, and what the sample's body is answered by", () => {
  expect(lines(open76())).toEqual([
    "HTTP/1.1 101 WebSocket Protocol Handshake",
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Origin: http://example.com",
    "Sec-WebSocket-Location: ws://server.example.com/chat",
    "",
    "",
  ]);
  const { body, opening } = accepted(open76());
  expect(opening.version).toBe("hixie-76");
  expect([body!.size, latin1(body!.answer(utf8("^n:ds[4U")))]).toEqual([8, "8jKS'y:G*Co,Wxa-"]);
});

describe.each([
  ["75", open75, "WebSocket-"],
  ["76", open76, "Sec-WebSocket-"],
] as const)("draft %s", (_, open, prefix) => {
  test("names the chosen subprotocol", () => {
    expect(
      lines(open({ "sec-websocket-protocol": "x, sample" }, { protocols: ["sample"] })),
    ).toContain(`${prefix}Protocol: sample`);
    expect(
      accepted(open({ "sec-websocket-protocol": "x, sample" }, { protocols: ["sample"] })).opening
        .protocol,
    ).toBe("sample");
    expect(
      lines(open({ "sec-websocket-protocol": "x" }, { protocols: ["sample"] })).join(),
    ).not.toContain("Protocol:");
  });

  test("says wss: where the client came by TLS", () => {
    expect(lines(open({}, {}, { secure: true }))).toContain(
      `${prefix}Location: wss://server.example.com/chat`,
    );
  });

  test("custom headers come first, and may not be the handshake's", () => {
    expect(lines(open({}, { headers: { "X-One": "1" } }))[1]).toBe("X-One: 1");
    expect(() => open({}, { headers: { Upgrade: "x" } })).toThrow(UsageError);
    expect(() => open({}, { headers: { "X-One": "a\r\nb" } })).toThrow(UsageError);
  });

  test("extensions are not for it", () => {
    expect(
      lines(open({ "sec-websocket-extensions": 'permessage-deflate; "' })).join(),
    ).not.toContain("xtensions");
  });

  test("a request without Origin is answered by an empty one", () => {
    expect(lines(open({ origin: undefined }))).toContain(`${prefix}Origin: `);
  });

  // Node's parser lets none of these through, but it is not the only one.
  test.each([
    ["origin", "http://a\r\nX-Evil: 1"],
    ["origin", "http://\u0100"],
    ["host", "a\rb"],
    ["host", "\0"],
  ])("a %s that cannot be said back is refused: %j", (name, value) => {
    expect(open({ [name]: value })).toEqual({
      status: 400,
      message: "Client sent an address that cannot be repeated",
    });
  });
  test.each(["/a\r\nb", "/\u0100"])("so is the target %j", (target) => {
    expect(open({}, {}, { target })).toEqual({
      status: 400,
      message: "Client sent an address that cannot be repeated",
    });
  });
});

describe("draft 76's keys", () => {
  const INVALID = "Client sent invalid Sec-WebSocket-Key headers";
  const refused: [
    name: string,
    key1: string | undefined,
    key2: string | undefined,
    message: string,
  ][] = [
    ["no first", undefined, "1 ", "Missing required header: Sec-WebSocket-Key1"],
    ["no second", "1 ", undefined, "Missing required header: Sec-WebSocket-Key2"],
    ["no spaces", "12345", "1 ", INVALID],
    ["no spaces in the second", "1 ", "12345", INVALID],
    ["digits that the spaces do not divide", "5 a b", "1 ", INVALID],
    ["a number beyond 32 bits", "4294967296 ", "1 ", INVALID],
    ["a number beyond what numbers hold", `${"9".repeat(17)} `, "1 ", INVALID],
    ["endless digits", `${"9".repeat(5000)} `, "1 ", INVALID],
    ["nothing", "", "1 ", INVALID],
  ];
  test.each(refused)("%s", (_, key1, key2, message) => {
    expect(open76({ "sec-websocket-key1": key1, "sec-websocket-key2": key2 })).toEqual({
      status: 400,
      message,
    });
  });

  const taken: [name: string, key: string][] = [
    ["the largest number", "4294967295 "],
    ["large, by many spaces", `${4294967295 * 12}${" ".repeat(12)}x`],
    ["zero", "0 "],
    ["no digits at all", "a b"],
    ["other characters between", "1é2\t3 "],
  ];
  test.each(taken)("%s", (_, key) => {
    expect(
      accepted(open76({ "sec-websocket-key1": key })).body!.answer(new Uint8Array(8)),
    ).toHaveLength(16);
  });

  /** Draft 76 §1.3. */
  test("more samples", () => {
    const { body } = accepted(
      open76({
        "sec-websocket-key1": "18x 6]8vM;54 *(5:  {   U1]8  z [  8",
        "sec-websocket-key2": "1_ tx7X d  <  nw  334J702) 7]o}` 0",
      }),
    );
    expect(latin1(body!.answer(utf8("Tm[K T2u")))).toBe("fQJ,fN/4F4!~K~MH");
  });
});
