import { describe, expect, test } from "vitest";
import { MessageStream } from "../../../../src/shell/websocket/streaming/message-stream.ts";

const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all);
const DONE = { done: true, value: undefined };

function stream(isBinary: boolean): { message: MessageStream; taken: number[] } {
  const taken: number[] = [];
  return {
    message: new MessageStream(isBinary, (size) => {
      taken.push(size);
    }),
    taken,
  };
}
async function read(message: MessageStream): Promise<unknown[]> {
  const pieces: unknown[] = [];
  for await (const piece of message) pieces.push(piece);
  return pieces;
}

test("binary comes in the pieces it came in, and what is taken is told", async () => {
  const { message, taken } = stream(true);
  message.add(bytes(1, 2), false);
  message.add(bytes(3), true);
  expect([await read(message), taken, message.isBinary]).toEqual([
    [bytes(1, 2), bytes(3)],
    [2, 1],
    true,
  ]);
});

test("text is decoded piece by piece; a character that is cut comes with its end", async () => {
  const { message } = stream(false);
  for (const [piece, last] of [
    [bytes(97, 0xe2), false],
    [bytes(0x82), false],
    [bytes(0xac, 98), true],
  ] as const)
    message.add(piece, last);
  expect(await read(message)).toEqual(["a", "€b"]);
});

test("a byte order mark is kept", async () => {
  const { message } = stream(false);
  message.add(bytes(0xef, 0xbb, 0xbf, 97), true);
  expect(await message.text()).toBe("\ufeffa");
});

test("pieces are waited for, by one at a time", async () => {
  const { message } = stream(true);
  const first = message.next();
  await expect(message.next()).rejects.toThrow("a message is read one piece at a time");
  message.add(bytes(1), true);
  expect([await first, await message.next(), await message.next()]).toEqual([
    { done: false, value: bytes(1) },
    DONE,
    DONE,
  ]);
});

describe("skipping", () => {
  test("is what happens to one that nobody has begun to read", async () => {
    const { message, taken } = stream(true);
    message.add(bytes(1, 2), false);
    message.skipUnread();
    message.add(bytes(3), true);
    await message.over;
    expect([await message.next(), taken]).toEqual([DONE, [2, 1]]);
  });
  test("is not, once someone has", async () => {
    const { message } = stream(true);
    message.add(bytes(1), false);
    await message.next();
    message.skipUnread();
    message.add(bytes(2), true);
    expect(await message.next()).toEqual({ done: false, value: bytes(2) });
  });
  test("follows leaving a loop, and ends who waits", async () => {
    const { message } = stream(true);
    const waiting = message.next();
    expect(await message.return()).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
  });
});

describe("a connection that ends", () => {
  test("fails what is not complete, after its pieces", async () => {
    const { message } = stream(true);
    const error = new Error("gone");
    message.add(bytes(1), false);
    message.fail(error);
    expect(await message.next()).toEqual({ done: false, value: bytes(1) });
    await expect(message.next()).rejects.toBe(error);
    expect(await message.next()).toEqual(DONE);
  });
  test("is nothing to what is", async () => {
    const { message } = stream(true);
    message.add(bytes(1), true);
    message.fail(new Error("gone"));
    expect(await read(message)).toEqual([bytes(1)]);
  });
});

test("text() is all of it, bytes as UTF-8", async () => {
  const binary = stream(true).message;
  const text = stream(false).message;
  binary.add(bytes(0xe2, 0x82), false);
  binary.add(bytes(0xac), true);
  text.add(bytes(97), true);
  expect([await binary.text(), await text.text()]).toEqual(["€", "a"]);
});
