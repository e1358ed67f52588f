import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openedSource } from "./event-source-story.ts";
import { settle } from "../../websocket/wired.ts";

describe("sendAll", () => {
  test("what is there already leaves in one write", async () => {
    const { source, transport } = openedSource();
    expect(await source.sendAll(["a", 2, { data: "c", id: 3, event: "e" }, { plain: true }])).toBe(
      true,
    );
    await settle();
    expect(transport.writes).toEqual([
      "data: a\r\n\r\ndata: 2\r\n\r\nevent: e\r\nid: 3\r\ndata: c\r\n\r\ndata: [object Object]\r\n\r\n",
    ]);
    expect(source.readyState).toBe(1);
  });
  test.each<[string, () => AsyncIterable<unknown> | Iterable<unknown>]>([
    [
      "an async generator",
      async function* () {
        yield "a";
        await settle();
        yield "b";
      },
    ],
    [
      "a generator",
      function* () {
        yield "a";
        yield "b";
      },
    ],
    ["a Node stream", () => Readable.from(["a", "b"])],
    [
      "a Web stream",
      () =>
        new Blob(["a"]).stream().pipeThrough(
          new TransformStream({
            flush(controller) {
              controller.enqueue("b");
            },
          }),
        ) as never,
    ],
    [
      "an iterator of promises' own",
      () => ({
        [Symbol.asyncIterator]: () => {
          const left = ["a", "b"];
          return {
            next: () =>
              Promise.resolve(
                left.length > 0
                  ? { value: left.shift(), done: false }
                  : { value: undefined, done: true },
              ),
          } as AsyncIterator<unknown>;
        },
      }),
    ],
  ])("%s", async (_, make) => {
    const { source, transport } = openedSource();
    expect(await source.sendAll(make())).toBe(true);
    await settle();
    expect(transport.text).toBe("data: a\r\n\r\ndata: b\r\n\r\n");
    expect(source.listenerCount("close")).toBe(0);
  });
  test("waits for drain", async () => {
    const { source, transport } = openedSource();
    const sent: number[] = [];
    transport.holds = true;
    source.send("first");
    await settle();
    const all = source.sendAll(
      (function* () {
        for (let at = 0; at < 3; at++) {
          sent.push(at);
          yield at;
        }
      })(),
    );
    await settle();
    expect(sent).toEqual([0]);
    transport.drain();
    await settle();
    transport.holds = false;
    transport.drain();
    expect(await all).toBe(true);
    expect([sent, source.listenerCount("drain")]).toEqual([[0, 1, 2], 0]);
  });
  test("an endless iterable does not hold up the process", async () => {
    const { source, transport } = openedSource();
    transport.holds = true;
    const all = source.sendAll(
      (function* () {
        while (true) yield "x".repeat(1000);
      })(),
    );
    await settle();
    expect(transport.writes.length).toBeLessThan(10);
    source.close();
    expect(await all).toBe(false);
  });
});

describe("when the reader leaves", () => {
  test("a generator is finished, while it waits for drain too", async () => {
    const { source, transport } = openedSource();
    const log: string[] = [];
    transport.holds = true;
    source.send("first");
    await settle();
    const all = source.sendAll(
      (async function* () {
        try {
          while (true) yield "a";
        } finally {
          log.push("finally");
        }
      })(),
    );
    await settle();
    transport.listener.onGone();
    expect(await all).toBe(false);
    await settle();
    expect(log).toEqual(["finally"]);
  });
  test("nobody waits for an iterable that never comes to an end", async () => {
    const { source } = openedSource();
    const all = source.sendAll(
      (async function* () {
        await new Promise(() => {});
        yield "never";
      })(),
    );
    await settle();
    source.close();
    expect(await all).toBe(false);
  });
  test("a Node stream is destroyed while it is being waited for", async () => {
    const { source } = openedSource();
    const from = new PassThrough();
    const all = source.sendAll(from);
    await settle();
    source.close();
    expect([await all, (await settle(), from.destroyed)]).toEqual([false, true]);
  });
  test("a Web stream is cancelled while it is being waited for", async () => {
    const { source } = openedSource();
    let cancelled = false;
    const all = source.sendAll(
      new ReadableStream({
        cancel() {
          cancelled = true;
        },
      }) as never,
    );
    await settle();
    source.close();
    expect([await all, (await settle(), cancelled)]).toEqual([false, true]);
  });
  test("an iterator without return is left alone; one that is closed already is not begun", async () => {
    const { source } = openedSource();
    const iterator = { next: () => new Promise<IteratorResult<unknown>>(() => {}) };
    const all = source.sendAll({ [Symbol.asyncIterator]: () => iterator });
    await settle();
    source.close();
    expect(await all).toBe(false);
    let begun = false;
    expect(
      await source.sendAll(
        (function* () {
          begun = true;
          yield 1;
        })(),
      ),
    ).toBe(false);
    expect(begun).toBe(false);
  });
  test("what comes after is not sent", async () => {
    const { source, transport } = openedSource();
    expect(
      await source.sendAll(
        (async function* () {
          yield "a";
          source.close();
          yield "b";
        })(),
      ),
    ).toBe(false);
    expect(transport.text).toBe("data: a\r\n\r\n");
  });
});

test.each<[string, () => AsyncIterable<unknown> | Iterable<unknown>, string]>([
  [
    "it throws",
    async function* () {
      yield "a";
      throw new Error("no more");
    },
    "no more",
  ],
  [
    "it gives what cannot be sent",
    () => [{ data: "a", id: "\n" }],
    "id: expected text without line breaks",
  ],
])("rejects when %s; the stream stays open", async (_, make, message) => {
  const { source } = openedSource();
  await expect(source.sendAll(make())).rejects.toThrow(message);
  expect([source.readyState, source.listenerCount("close")]).toEqual([1, 0]);
});
