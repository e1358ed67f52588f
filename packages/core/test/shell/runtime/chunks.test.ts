import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { chunksOf } from "../../../src/shell/runtime/chunks.ts";
import { settle } from "../websocket/wired.ts";

async function* generated(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}
const sources: [name: string, make: () => Parameters<typeof chunksOf>[0]][] = [
  ["an array", () => [1, 2]],
  ["an async generator", generated],
  [
    "a Web stream",
    () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          controller.enqueue(2);
          controller.close();
        },
      }),
  ],
  [
    "a Node stream",
    () => {
      const stream = new PassThrough({ objectMode: true });
      stream.write(1);
      stream.end(2);
      return stream;
    },
  ],
];
test.each(sources)("the chunks of %s", async (_, make) => {
  const chunks = chunksOf(make());
  const seen: unknown[] = [];
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
    seen.push(next.value);
  expect(seen).toEqual([1, 2]);
});

test("stopping destroys, cancels or returns, and its failure is nobody's", async () => {
  const stream = new PassThrough();
  const told: string[] = [];
  chunksOf(stream).stop();
  chunksOf(
    new ReadableStream({
      cancel() {
        told.push("cancelled");
        throw new Error("x");
      },
    }),
  ).stop();
  chunksOf({
    [Symbol.iterator]: () => ({
      next: () => ({ done: true, value: 0 }),
      return: () => {
        told.push("returned");
        return { done: true, value: 0 };
      },
    }),
  }).stop();
  chunksOf([]).stop();
  await settle();
  expect([stream.destroyed, told.sort()]).toEqual([true, ["cancelled", "returned"]]);
});

test.each<[name: string, source: Parameters<typeof chunksOf>[0]]>([
  ["a text", "abc"],
  ["bytes", Buffer.from("abc")],
  ["a Blob", new Blob(["abc"])],
])("%s is one chunk, whatever it could be iterated by", async (_, source) => {
  const chunks = chunksOf(source);
  const { value } = await chunks.next();
  expect([
    String(typeof value === "string" ? value : Buffer.from(value as Uint8Array)),
    (await chunks.next()).done,
  ]).toEqual(["abc", true]);
});

test.each([{}, 5, undefined, null])("what cannot be iterated throws: %s", (source) => {
  expect(() => chunksOf(source as never)).toThrow(
    new TypeError(
      `expected an iterable, such as a stream, a generator or an array; got ${typeof source}`,
    ),
  );
});
