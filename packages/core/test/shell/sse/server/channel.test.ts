import { describe, expect, test } from "vitest";
import {
  type ChannelEvent,
  channelFor,
  type HistoryOptions,
} from "../../../../src/shell/sse/server/channel.ts";
import type { EventSource } from "../../../../src/shell/sse/server/event-source.ts";
import { openedSource } from "./event-source-story.ts";
import { settle, testRuntime } from "../../websocket/wired.ts";

const runtime = testRuntime();
const channel = channelFor(runtime);
const event = (id: number): string => `id: ${id}\r\ndata: ${id}\r\n\r\n`;
const events = (...ids: number[]): string => ids.map(event).join("");

describe("a channel", () => {
  test("sends each event to all, encoded once", async () => {
    const room = channel();
    const readers = [openedSource(), openedSource()];
    const pieces: Uint8Array[] = [];
    for (const { source, transport } of readers) {
      transport.write = (bytes) => {
        pieces.push(bytes);
      };
      room.add(source);
      room.add(source);
    }
    room.send("a", { event: "e", id: 0 });
    await settle();
    expect(Buffer.from(pieces[0]!).toString()).toBe("event: e\r\nid: 0\r\ndata: a\r\n\r\n");
    expect([pieces.length, pieces[1] === pieces[0]]).toEqual([2, true]);
  });
  test("JSON and comments too, in order with what a reader is sent alone, in one write", async () => {
    const room = channel();
    const { source, transport } = openedSource();
    room.add(source);
    source.send("alone");
    room.sendJSON({ a: 1 });
    room.comment("c");
    source.send("again");
    await settle();
    expect(transport.writes).toEqual([
      'data: alone\r\n\r\ndata: {"a":1}\r\n\r\n: c\r\n\r\ndata: again\r\n\r\n',
    ]);
  });
  test("knows its readers; those that close leave, those that are removed stay open", () => {
    const room = channel();
    const a = openedSource().source;
    const b = openedSource().source;
    room.add(a).add(b);
    expect([room.size, room.has(a), [...room]]).toEqual([2, true, [a, b]]);
    a.close();
    expect([room.size, room.has(a), room.remove(a), room.remove(b), room.size, b.writable]).toEqual(
      [1, false, false, true, 0, true],
    );
    expect([a, b].map((source) => source.listenerCount("close"))).toEqual([0, 0]);
    room.add(a);
    expect(room.size).toBe(0);
  });
  test.each<[string, (source: EventSource) => void]>([
    [
      "removes all listeners",
      (source) => {
        source.removeAllListeners();
      },
    ],
    [
      "throws in one",
      (source) => {
        source.prependListener("close", () => {
          throw new Error("a listener's");
        });
      },
    ],
  ])("forgets a reader that closes, though its application %s", (_, meddle) => {
    const room = channel();
    const { source } = openedSource();
    room.add(source);
    meddle(source);
    source.close();
    expect(room.size).toBe(0);
  });
  test("a reader may be in any number of channels", () => {
    const { source } = openedSource();
    const rooms = Array.from({ length: 30 }, () => channel().add(source));
    expect(source.listenerCount("close")).toBe(0); // from eleven on, Node warns of a leak
    rooms[3]!.remove(source);
    expect(rooms.map(({ size }) => size)).toEqual(rooms.map((_, at) => (at === 3 ? 0 : 1)));
    source.close();
    expect(rooms.map(({ size }) => size)).toEqual(rooms.map(() => 0));
  });
  test("what is sent because a slow reader was dropped comes after what dropped it, for all; who comes back then misses nothing", async () => {
    const room = channel({ history: { size: 5 } });
    const slow = openedSource({ maxBufferedBytes: 30 });
    const others = [openedSource(), openedSource()];
    const back = openedSource({}, "1");
    const late = openedSource();
    for (const { source } of [others[0]!, slow, others[1]!]) room.add(source);
    room.send(1, { id: 1 });
    slow.source.on("close", () => {
      room.send("dropped", { id: 3 });
      room.add(back.source).add(late.source);
      room.send("dropped", { id: 4 });
    });
    room.send("2", { id: 2 });
    await settle();
    const dropped = [3, 4].map((id) => `id: ${id}\r\ndata: dropped\r\n\r\n`).join("");
    expect(others.map(({ transport }) => transport.text)).toEqual(
      Array(2).fill(events(1, 2) + dropped),
    );
    expect([back.transport.text, late.transport.text]).toEqual([event(2) + dropped, dropped]);
  });
  test("close closes all", () => {
    const room = channel();
    const readers = [openedSource().source, openedSource().source];
    readers.forEach((source) => room.add(source));
    room.close();
    expect([room.size, ...readers.map((source) => source.readyState)]).toEqual([0, 3, 3]);
  });
  test("what may not be sent throws, and nobody is sent anything", async () => {
    const room = channel({ history: { size: 1 } });
    const { source, transport } = openedSource();
    room.add(source);
    expect(() => room.send("a", { id: "\n" })).toThrow(TypeError);
    await settle();
    expect(transport.text).toBe("");
  });
});

/** A reader that comes back to a channel which has sent events 1 to 4 and then, while it catches up, 5; and last 6. */
async function comesBack(
  history: HistoryOptions | undefined,
  lastEventId: string,
): Promise<string> {
  const room = channel({ history });
  const { source, transport } = openedSource({}, lastEventId);
  for (let id = 1; id <= 4; id++) room.send(id, { id });
  room.send("has no id");
  room.add(source);
  room.send(5, { id: 5 });
  await settle();
  room.send(6, { id: 6 });
  await settle();
  return transport.text;
}

const list = (...ids: number[]): ChannelEvent[] => ids.map((id) => ({ data: id, id }));

describe("a reader that comes back", () => {
  test.each<[name: string, history: HistoryOptions | undefined, lastEventId: string, text: string]>(
    [
      ["no history", undefined, "2", events(5, 6)],
      ["new: nothing was missed", { size: 3 }, "", events(5, 6)],
      ["the last one was seen", { size: 3 }, "4", events(5, 6)],
      ["what came after", { size: 3 }, "2", events(3, 4, 5, 6)],
      ["longer ago than is kept: all that is", { size: 3 }, "1", events(2, 3, 4, 5, 6)],
      ["an id of another life", { size: 3 }, "zzz", events(2, 3, 4, 5, 6)],
      [
        "a store is not asked for what is kept",
        {
          size: 3,
          since: () => {
            throw new Error("asked");
          },
        },
        "2",
        events(3, 4, 5, 6),
      ],
      [
        "a store",
        { size: 3, since: (id) => list(Number(id) + 1, 2, 3, 4) },
        "0",
        events(1, 2, 3, 4, 5, 6),
      ],
      ["a store alone", { since: () => list(3, 4) }, "2", events(3, 4, 5, 6)],
      [
        "a store that takes its time",
        {
          since: async () => {
            await new Promise((resolve) => {
              setImmediate(resolve);
            });
            return list(4);
          },
        },
        "3",
        events(4, 5, 6),
      ],
      [
        "a store that gives one at a time",
        {
          since: async function* () {
            yield* list(3);
            await Promise.resolve();
            yield* list(4);
          },
        },
        "2",
        events(3, 4, 5, 6),
      ],
      [
        "what the store has by then is sent once",
        { since: () => list(4, 5) },
        "3",
        events(4, 5, 6),
      ],
      [
        "a store that does not know the id",
        { size: 3, since: () => undefined },
        "0",
        events(2, 3, 4, 5, 6),
      ],
      [
        "a store's event without an id",
        { since: () => [{ data: "gap" }] },
        "0",
        `data: gap\r\n\r\n${events(5, 6)}`,
      ],
      ["nor keeps anything", { since: () => Promise.resolve(null) }, "0", events(5, 6)],
    ],
  )("%s", async (_, history, lastEventId, text) =>
    expect(await comesBack(history, lastEventId)).toBe(text),
  );

  test("a store that fails is reported, and the reader goes on", async () => {
    runtime.reported.length = 0;
    expect(
      await comesBack(
        {
          since: () => {
            throw new Error("no store");
          },
        },
        "1",
      ),
    ).toBe(events(5, 6));
    expect(runtime.reported).toEqual([new Error("no store")]);
  });
  test.each([
    [["a text"], "got string"],
    [[{ text: "no data" }], "got an object without data"],
  ])("a store that gives %j is reported, and the reader goes on", async (given, says) => {
    runtime.reported.length = 0;
    expect(await comesBack({ since: () => given as never }, "1")).toBe(events(5, 6));
    expect(runtime.reported.map(String)).toEqual([expect.stringContaining(says)]);
  });
  test("is sent no faster than it reads; leaving tells the store", async () => {
    const asked: number[] = [];
    const { source, transport } = openedSource({}, "0");
    let told = false;
    const room = channel({
      history: {
        since: function* () {
          try {
            for (let id = 1; ; id++) {
              asked.push(id);
              yield* list(id);
            }
          } finally {
            told = true;
          }
        },
      },
    });
    transport.holds = true;
    room.add(source);
    await settle();
    const held = asked.length;
    expect(held).toBeLessThan(600); // what is there already leaves in one write, of some 500 pieces at most
    transport.drain();
    await settle();
    expect(asked.length).toBeGreaterThan(held);
    source.close();
    await settle();
    expect([told, room.size]).toEqual([true, 0]);
  });
  test("removed and added again while the store thinks, it is sent the answer to the second question alone", async () => {
    const answers: ((events: ChannelEvent[]) => void)[] = [];
    const { source, transport } = openedSource({}, "1");
    const room = channel({
      history: {
        since: () =>
          new Promise((resolve) => {
            answers.push(resolve);
          }),
      },
    }).add(source);
    room.send(2, { id: 2 });
    room.remove(source);
    room.add(source);
    room.send(3, { id: 3 });
    answers[0]!(list(2));
    await settle();
    expect(transport.text).toBe("");
    answers[1]!(list(2));
    await settle();
    expect(transport.text).toBe(events(2, 3));
  });
  test("what waits for a store is bounded too", async () => {
    const room = channel({ history: { since: () => new Promise(() => {}) } });
    const { source } = openedSource({ maxBufferedBytes: 100 }, "1");
    room.add(source);
    for (let id = 0; id < 20 && source.writable; id++) room.send("ten bytes!", { id });
    expect([source.readyState, room.size]).toEqual([3, 0]);
  });
  test("that leaves while the store thinks, or with its last event, is forgotten", async () => {
    let answer!: (events: ChannelEvent[]) => void;
    const first = openedSource({}, "1");
    const room = channel({
      history: {
        since: () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      },
    });
    room.add(first.source);
    first.source.close();
    answer(list(2));
    await settle();
    const second = openedSource({}, "1");
    const last = channel({
      history: {
        since: async function* () {
          yield* list(2);
          second.source.close();
        },
      },
    }).add(second.source);
    await settle();
    expect([first.transport.text, second.transport.text, room.size, last.size]).toEqual([
      "",
      event(2),
      0,
      0,
    ]);
  });
  test("that leaves while the store looks for one more: the store is told at once", async () => {
    const log: string[] = [];
    const { source } = openedSource({}, "1");
    const events = new ReadableStream<ChannelEvent>({
      start: (controller) => {
        controller.enqueue({ data: 2, id: 2 });
      },
      cancel: () => {
        log.push("told");
      },
    });
    channel({ history: { since: () => events as never } }).add(source);
    await settle();
    source.close();
    await settle();
    expect(log).toEqual(["told"]);
  });
  test("that is removed while the store thinks is sent nothing, stays open, and the store is told", async () => {
    let told = 0;
    const cursor = {
      [Symbol.iterator]: () => cursor,
      next: () => ({ done: false as const, value: { data: 2, id: 2 } }),
      return: () => {
        told++;
        return { done: true as const, value: undefined };
      },
    };
    for (const found of [cursor, null]) {
      let answer!: (events: Iterable<ChannelEvent> | null) => void;
      const { source, transport } = openedSource({}, "1");
      const room = channel({
        history: {
          size: 3,
          since: () =>
            new Promise((resolve) => {
              answer = resolve;
            }),
        },
      });
      room.send(7, { id: 7 });
      room.add(source).remove(source);
      answer(found);
      await settle();
      expect([transport.text, source.writable]).toEqual(["", true]);
    }
    expect(told).toBe(1);
  });
});
