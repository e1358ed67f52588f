import { describe, expect, test } from "vitest";
import type { EventStreamClientOptions } from "../../../src/sse/client/options.ts";
import { type Entry, Story } from "./client-story.ts";

const WAIT: Entry = ["setTimer", "reconnect", 3000];

describe("the wait", () => {
  /** The waits after each of `attempts` that fail, in milliseconds. */
  function waits(story: Story, attempts: number): unknown[] {
    story.client.connect();
    for (let attempt = 0; attempt < attempts; attempt++) {
      story.client.receiveError("refused");
      story.client.fireTimer("reconnect");
    }
    return story
      .take()
      .filter(([name]) => name === "setTimer")
      .map(([, , milliseconds]) => milliseconds);
  }
  const cases: [
    name: string,
    options: Partial<EventStreamClientOptions>,
    chance: number,
    expected: number[],
  ][] = [
    ["constant", {}, 0, [3000, 3000, 3000]],
    ["another", { reconnectDelay: 500 }, 0, [500, 500, 500]],
    ["none, however it grows", { reconnectDelay: 0, backoff: Number.MAX_VALUE }, 0, [0, 0, 0, 0]],
    [
      "growing to a limit",
      { reconnectDelay: 1000, backoff: 2, maxReconnectDelay: 5000 },
      0,
      [1000, 2000, 4000, 5000, 5000],
    ],
    ["a limit below the delay", { maxReconnectDelay: 5 }, 0, [3000, 3000]],
    ["jitter, by no chance", { jitter: 0.5 }, 0, [3000, 3000]],
    ["jitter, by much", { jitter: 0.5 }, 0xff, [1500, 1500]],
    ["jitter of a half, by a half", { jitter: 0.5 }, 0x80, [2247]],
  ];
  test.each(cases)("%s", (_, options, chance, expected) => {
    expect(waits(new Story(options, { chance }), expected.length)).toEqual(expected);
  });

  test("is what the stream says, for good", () => {
    const story = new Story({ maxReconnectDelay: 10 }).open();
    story.send("retry: 70000\n");
    story.client.receiveEnd();
    expect(story.take()[0]).toEqual(["setTimer", "reconnect", 70_000]);
    expect(waits(story, 1)).toEqual([70_000]);
  });

  test("is no longer than timers run", () => {
    const story = new Story().open();
    story.send(`retry: ${"9".repeat(400)}\n`);
    story.client.receiveEnd();
    expect(story.take()[0]).toEqual(["setTimer", "reconnect", 2 ** 31 - 1]);
  });

  test("begins anew when a stream has opened", () => {
    const story = new Story({ backoff: 2 });
    const { client } = story;
    expect(waits(story, 2)).toEqual([3000, 6000]);
    story.respond();
    client.receiveEnd();
    expect(story.take()).toContainEqual(WAIT);
  });

  test("is cut short by connect()", () => {
    const story = new Story().open();
    story.client.receiveEnd();
    story.take();
    story.client.connect();
    story.client.connect();
    expect(story.take()).toEqual([
      ["clearTimer", "reconnect"],
      ["request", ""],
    ]);
    story.client.fireTimer("reconnect"); // it was due already
    expect(story.take()).toEqual([]);
  });
});
