/** One connection's permessage-deflate (RFC 7692 §7.2): which messages are compressed, and what the mark RSV1 says. */
import { describe, expect, test } from "vitest";
import {
  COMPRESSED,
  DeflateSession,
  type DeflateTerms,
} from "../../src/extension/deflate-session.ts";
import type { ExtensionFailure, ExtensionMessage } from "../../src/extension/extension.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { FakeCompression } from "./fake-compression.ts";

const termsOf = (threshold = 4, takeover = false): DeflateTerms => ({
  threshold,
  deflate: { windowBits: 12, takeover, level: 1, memLevel: 2 },
  inflate: { windowBits: 11, takeover, maxSize: 100 },
});

interface Passed {
  text: string;
  rsv: number;
  failure: ExtensionFailure | undefined;
}

function pass(
  session: DeflateSession,
  direction: "incoming" | "outgoing",
  text: string,
  { rsv = 0, compress = true } = {},
): Passed {
  const message: ExtensionMessage = { opcode: 1, rsv, data: utf8(text), compress };
  let told: { failure: ExtensionFailure | undefined } | undefined;
  session[direction](message, (failure) => {
    told = { failure };
  });
  if (told === undefined) throw new Error("it was not done at once");
  return { text: new TextDecoder().decode(message.data), rsv: message.rsv, failure: told.failure };
}

describe("outgoing", () => {
  const rows: [
    name: string,
    text: string,
    compress: boolean,
    takeover: boolean,
    next: FakeCompression["next"],
    expected: Partial<Passed>,
  ][] = [
    ["of the threshold's size", "1234", true, false, undefined, { text: "12", rsv: COMPRESSED }],
    ["one byte shorter", "123", true, false, undefined, { text: "123", rsv: 0 }],
    ["the sender forbids it", "12345678", false, false, undefined, { text: "12345678", rsv: 0 }],
    ["it does not shrink", "1234", true, false, "larger", { text: "1234", rsv: 0 }],
    [
      "it does not shrink, but the window has seen it",
      "1234",
      true,
      true,
      "larger",
      { text: "1234z", rsv: COMPRESSED },
    ],
    ["it fails", "1234", true, false, "failed", { text: "1234", rsv: 0, failure: undefined }],
    [
      "it fails, and the window is lost",
      "1234",
      true,
      true,
      "failed",
      { rsv: 0, failure: { code: "compression-failed" } },
    ],
  ];
  test.each(rows)("%s", (_, text, compress, takeover, next, expected) => {
    const compression = new FakeCompression();
    compression.next = next;
    expect(
      pass(new DeflateSession(compression, termsOf(4, takeover)), "outgoing", text, { compress }),
    ).toMatchObject(expected);
  });

  test("other bits stay as they are", () => {
    expect(
      pass(new DeflateSession(new FakeCompression(), termsOf()), "outgoing", "12345678", { rsv: 3 })
        .rsv,
    ).toBe(7);
  });
});

describe("incoming", () => {
  const rows: [
    name: string,
    rsv: number,
    next: FakeCompression["next"],
    expected: Partial<Passed>,
  ][] = [
    ["marked", COMPRESSED, undefined, { text: "abab", rsv: 0 }],
    ["marked, with another bit", COMPRESSED | 2, undefined, { text: "abab", rsv: 2 }],
    ["not marked", 0, undefined, { text: "ab", rsv: 0 }],
    ["not marked, with another bit", 2, undefined, { text: "ab", rsv: 2 }],
    ["it grows too big", COMPRESSED, "too-big", { failure: { code: "message-too-big" } }],
    ["it is no DEFLATE", COMPRESSED, "invalid", { failure: { code: "invalid-compressed-data" } }],
  ];
  test.each(rows)("%s", (_, rsv, next, expected) => {
    const compression = new FakeCompression();
    compression.next = next;
    expect(
      pass(new DeflateSession(compression, termsOf()), "incoming", "ab", { rsv }),
    ).toMatchObject(expected);
  });
});

test("zlib is opened when it is first needed, once, by the agreed terms, and freed", () => {
  const compression = new FakeCompression();
  const session = new DeflateSession(compression, termsOf());
  const terms = termsOf();
  pass(session, "outgoing", "123");
  pass(session, "incoming", "ab");
  expect(compression.open).toBe(0);
  for (let i = 0; i < 2; i++) {
    pass(session, "outgoing", "1234");
    pass(session, "incoming", "ab", { rsv: COMPRESSED });
  }
  expect([compression.deflaters, compression.inflaters, compression.open]).toEqual([
    [terms.deflate],
    [terms.inflate],
    2,
  ]);
  session.close();
  expect(compression.open).toBe(0);
});

test("a session that never compressed has nothing to free", () => {
  const compression = new FakeCompression();
  new DeflateSession(compression, termsOf()).close();
  expect(compression.open).toBe(0);
});

test("only marked messages are its business", () => {
  expect(new DeflateSession(new FakeCompression(), termsOf()).onlyMarked).toBe(true);
});
