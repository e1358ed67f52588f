/** Messages emitted as they come: `delivery: "fragment"`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BINARY, CLOSE, CONTINUATION, PING, TEXT } from "../../../src/frame/opcode.ts";
import type { ConnectionOptions } from "../../../src/options.ts";
import { cut, masked, utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { extendedServer } from "../extended.ts";
import { openServer, type Stage, when } from "../story.ts";

const streaming: Partial<ConnectionOptions> = { delivery: "fragment" };
const part = (opcode: number, payload: Uint8Array | string): Uint8Array =>
  masked(opcode, payload, { fin: false });
const last = (payload: Uint8Array | string): Uint8Array => masked(CONTINUATION, payload);
const [euro1, euro2] = [utf8("€").slice(0, 1), utf8("€").slice(1)];

/** The emitted events, a fragment as `text ab`, with a full stop where it ends the message. */
function emitted({ end }: Pick<Stage<unknown>, "end">): string[] {
  return end.take().flatMap((action) => {
    if (action[0] === "onFragment")
      return [`${action[1]} ${Buffer.from(action[2]).toString("latin1")}${action[5] ? "." : ""}`];
    if (action[0] === "onViolation") return [`onViolation ${action[1].code}`];
    return action[0].startsWith("on") && action[0] !== "onState" && action[0] !== "onClose"
      ? [action[0]]
      : [];
  });
}

function told(chunks: readonly Uint8Array[], options = streaming): string[] {
  const stage = openServer(options);
  for (const chunk of chunks) stage.connection.receive(chunk.slice());
  return emitted(stage);
}

const messages: [name: string, chunks: Uint8Array[], expected: string[]][] = [
  [
    "a whole message is one fragment",
    [masked(TEXT, "ab"), masked(BINARY, "cd")],
    ["text ab.", "binary cd."],
  ],
  ["an empty message is an empty one", [masked(TEXT, "")], ["text ."]],
  [
    "a message in frames",
    [part(BINARY, "a"), part(CONTINUATION, "b"), last("c")],
    ["binary a", "binary b", "binary c."],
  ],
  [
    "a frame cut by chunks",
    cut(masked(TEXT, "abcdef"), [8, 10]),
    ["text ab", "text cd", "text ef."],
  ],
  [
    "empty frames are no fragments, but the last",
    [part(TEXT, ""), part(CONTINUATION, ""), last("")],
    ["text ."],
  ],
  [
    "control frames in between",
    [part(TEXT, "a"), masked(PING, "p"), last("b")],
    ["text a", "onPing", "text b."],
  ],
  [
    "a character in two fragments",
    [part(TEXT, euro1), last(euro2)],
    ["text \xe2", "text \x82\xac."],
  ],
  [
    "the next message begins anew",
    [part(TEXT, "é"), last(""), masked(BINARY, Uint8Array.of(0xff)), masked(TEXT, "x")],
    ["text Ã©", "text .", "binary ÿ.", "text x."],
  ],
  [
    "text that ends inside a character",
    [part(TEXT, "a"), last(euro1)],
    ["text a", "onViolation invalid-utf8"],
  ],
  ["text that is wrong at once", [part(TEXT, Uint8Array.of(0xff))], ["onViolation invalid-utf8"]],
  [
    "a message inside another",
    [part(TEXT, "a"), masked(TEXT, "b")],
    ["text a", "onViolation interrupted-message"],
  ],
  ["a close in the middle", [part(TEXT, "a"), masked(CLOSE, "")], ["text a"]],
];
test.each(messages)("%s", (_, chunks, expected) => {
  expect(told(chunks)).toEqual(expected);
});

test("any cutting gives the same bytes, in order, and one end", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      (text, places) => {
        const bytes = masked(TEXT, text);
        const stage = openServer(streaming);
        for (const chunk of cut(
          bytes,
          places.filter((at) => at < bytes.length).sort((a, b) => a - b),
        ))
          stage.connection.receive(chunk.slice());
        const fragments = stage.end.take().filter((action) => action[0] === "onFragment");
        expect(joinBytes(fragments.map((action) => action[2]))).toEqual(utf8(text));
        expect(fragments.map((action) => action[5])).toEqual([
          ...fragments.slice(1).map(() => false),
          true,
        ]);
      },
    ),
  );
});

describe("limits", () => {
  test("those of messages that are gathered do not hold", () => {
    const chunks = [part(BINARY, "abc"), part(CONTINUATION, "def"), last("ghi")];
    expect(told(chunks, { ...streaming, maxMessageSize: 2, maxFragments: 1 })).toEqual([
      "binary abc",
      "binary def",
      "binary ghi.",
    ]);
  });
  test("maxStreamSize does, over all frames, when a header says so", () => {
    const chunks = [part(BINARY, "abc"), last("def")];
    expect(told(chunks, { ...streaming, maxStreamSize: 6 })).toEqual(["binary abc", "binary def."]);
    expect(told(chunks, { ...streaming, maxStreamSize: 5 })).toEqual([
      "binary abc",
      "onViolation message-too-big",
    ]);
  });
});

describe("deliver()", () => {
  test("counts from the next message", () => {
    const stage = openServer();
    stage.connection.receive(part(TEXT, "a"));
    stage.connection.deliver("fragment");
    stage.connection.receive(last("b"));
    stage.connection.receive(part(TEXT, "c"));
    stage.connection.deliver("message");
    stage.connection.receive(last("d"));
    stage.connection.receive(masked(TEXT, "e"));
    expect(emitted(stage)).toEqual(["onText", "text c", "text d.", "onText"]);
  });
});

test("a pause between fragments of one frame holds the rest, to the byte", () => {
  const stage = openServer(streaming);
  const bytes = masked(BINARY, "abcdef");
  when(stage.end, "onFragment", () => {
    stage.connection.pause();
  });
  stage.connection.receive(bytes.slice(0, 8));
  stage.connection.receive(bytes.slice(8, 10));
  expect([emitted(stage), stage.end.paused]).toEqual([["binary ab"], true]);
  stage.connection.resume();
  expect(emitted(stage)).toEqual(["binary cd"]);
  stage.connection.resume();
  stage.connection.receive(joinBytes([bytes.slice(10), masked(TEXT, "next")]));
  expect(emitted(stage)).toEqual(["binary ef."]);
  stage.connection.resume();
  expect(emitted(stage)).toEqual(["text next."]);
});

test("a message that an extension must change comes whole; others stream", () => {
  const stage = extendedServer([new FakeExtension("a", { onlyMarked: true })], streaming);
  stage.connection.receive(masked(TEXT, "markeda", { rsv: 4 }));
  stage.connection.receive(part(TEXT, "x"));
  expect(emitted(stage)).toEqual(["onText", "text x"]);
});
