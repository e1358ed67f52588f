/** One message sent in fragments: the frames, what may come between them, and where it goes whole after all. */
import { describe, expect, test } from "vitest";
import type { Connection } from "../../../src/connection/contract.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes, outcomeOf } from "../../../src/testing/recorder.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { draftServer, extendedServer, framesOf, sentText } from "../extended.ts";
import { openClient, openServer } from "../story.ts";

type Piece = [text: string, last?: boolean];
const send = (connection: Connection, kind: "text" | "binary", pieces: readonly Piece[]): void => {
  for (const [text, last] of pieces)
    connection.sendFragment(kind, utf8(text), undefined, undefined, last);
};

const cases: [name: string, kind: "text" | "binary", pieces: Piece[], story: string[]][] = [
  [
    "three pieces, three frames",
    "text",
    [["a"], ["b"], ["c", true]],
    ["> part of text a", "> part of continuation b", "> continuation c"],
  ],
  ["one piece, an ordinary message", "binary", [["a", true]], ["> binary a"]],
  ["an empty last", "binary", [["a"], ["", true]], ["> part of binary a", "> continuation"]],
  ["nothing at all", "text", [["", true]], ["> text"]],
  [
    "empty pieces are no frames",
    "text",
    [[""], ["a"], [""], ["b", true]],
    ["> part of text a", "> continuation b"],
  ],
];
test.each(cases)("%s", (_, kind, pieces, expected) => {
  const { connection, story } = openServer();
  send(connection, kind, pieces);
  expect(story()).toEqual(expected);
});

test("ranges are sent; over 4 KiB by reference", () => {
  const { connection, end } = openServer();
  const large = new Uint8Array(5000).fill(7);
  connection.sendFragment("binary", utf8("abcd"), 1, 3);
  connection.sendFragment("binary", large, 0, 5000, true);
  expect(outcomeOf(end.take()).sent).toEqual(
    joinBytes([Uint8Array.of(0x02, 2, 98, 99, 0x80, 126, 5000 >> 8, 5000 & 255), large]),
  );
});

test("a client masks each frame by a key of its own, and the server has one message", async () => {
  const client = await openClient();
  const server = openServer();
  send(client.connection, "text", [["a".repeat(5000)], ["b"], ["", true]]);
  server.connection.receive(outcomeOf(client.end.take()).sent);
  expect(server.story()).toEqual([`onText 5001 bytes`]);
});

test("the next message may follow", () => {
  const { connection, story } = openServer();
  send(connection, "text", [["a"], ["b", true]]);
  connection.sendText("c");
  send(connection, "binary", [["d", true]]);
  expect(story()).toEqual(["> part of text a", "> continuation b", "> text c", "> binary d"]);
});

describe("behind extensions", () => {
  test("it goes as it is where they only look at what is marked, behind what waits", () => {
    const extension = new FakeExtension("x", { slow: true, onlyMarked: true });
    const { connection, end } = extendedServer([extension]);
    connection.sendText("first");
    send(connection, "text", [["a"], ["b", true]]);
    connection.ping(utf8("p"));
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([["9 0 p"], 7]);
    extension.go();
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([
      ["1 4 firstx", "1 0 a", "0 0 b"],
      0,
    ]);
  });
  test("it goes whole where they must see everything; until then it is held, and counted", () => {
    const { connection, end } = extendedServer([new FakeExtension("x")]);
    const piece = utf8("a");
    connection.sendFragment("text", piece);
    piece.fill(0);
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([[], 1]);
    send(connection, "text", [["b"], ["", true]]);
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([["1 4 abx"], 0]);
  });
  test("what is held has the limit of all output", () => {
    const { connection, story } = extendedServer([new FakeExtension("x")], {
      maxBufferedBytes: 10,
    });
    send(connection, "text", [["123456"], ["789012"]]);
    expect(story()).toContain("onViolation output-overflow");
  });
});

test("drafts 75 and 76 have no fragments: it goes whole", () => {
  const { connection, end } = draftServer("hixie-76");
  send(connection, "text", [["a"], ["b", true]]);
  expect(sentText(end.take())).toBe("\x00ab\xff");
});

test("a fragment is never dropped: the limit closes", () => {
  const { connection, story } = openServer({ overflow: "drop", maxBufferedBytes: 20 });
  connection.receiveBacklog(3);
  connection.sendFragment("text", utf8("x".repeat(30)));
  expect(story()).toContain("onViolation output-overflow");
});

test.each([
  ["the first of a message: none is begun", [], "> text whole"],
  ["a later one: the message goes on", [["a"]], "> part of binary a"],
] as const)("a piece that cannot be read, %s", (_, before, first) => {
  class Refusing extends Uint8Array {
    override subarray(): never {
      throw new TypeError("refused");
    }
  }
  const { connection, story } = openServer();
  send(
    connection,
    "binary",
    before.map(([text]) => [text]),
  );
  expect(() => {
    connection.sendFragment("binary", new Refusing(101), 1, 101, true);
  }).toThrow("refused");
  if (before.length > 0) send(connection, "binary", [["b", true]]);
  connection.sendText("whole");
  const told = story();
  expect([told[0], told.at(-1)]).toEqual([first, "> text whole"]);
  expect(told).toHaveLength(before.length === 0 ? 1 : 3);
});
