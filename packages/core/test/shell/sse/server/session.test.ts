import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openedSource } from "./event-source-story.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("pings", () => {
  test("come at the interval, in one write each, and stop with the stream", async () => {
    const { source, transport } = openedSource({ ping: 2 });
    await turn();
    vi.advanceTimersByTime(5000);
    expect(transport.writes).toEqual([":\r\n\r\n", ":\r\n\r\n"]);
    source.close();
    expect(vi.getTimerCount()).toBe(0);
  });
  test.each<[string, (story: ReturnType<typeof openedSource>) => void]>([
    ["the reader leaves", ({ transport }) => transport.listener.onGone()],
    ["it is terminated", ({ source }) => source.terminate()],
  ])("no timer is left when %s", async (_, end) => {
    const story = openedSource({ ping: 2 });
    end(story);
    expect(vi.getTimerCount()).toBe(0);
    story.transport.listener.onDrain();
    story.transport.listener.onData(new Uint8Array());
    story.transport.listener.onEnd();
    await turn();
    expect(story.transport.text).toBe("");
  });
});

describe("the last bytes", () => {
  test("are waited for as long as they move", async () => {
    const { source, transport } = openedSource();
    transport.holds = true;
    source.send("a");
    source.close();
    expect([transport.calls, vi.getTimerCount()]).toEqual([["end"], 1]);
    transport.bufferedBytes--;
    vi.advanceTimersByTime(30_000);
    expect(transport.calls).toEqual(["end"]);
    vi.advanceTimersByTime(30_000);
    expect([transport.calls, vi.getTimerCount()]).toEqual([["end", "destroy"], 0]);
  });
  test("are waited for after pings too, which leave no timer", () => {
    const { source, transport } = openedSource({ ping: 2 });
    transport.holds = true;
    source.send("a");
    source.close();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect([transport.calls, vi.getTimerCount()]).toEqual([["end", "destroy"], 0]);
  });
  test("that leave end the wait", () => {
    const { source, transport } = openedSource();
    transport.holds = true;
    source.send("a");
    source.close();
    transport.drain();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a reader that is too slow: error, then close, and it is dropped", async () => {
  const { source, transport } = openedSource({ maxBufferedBytes: 20_000 });
  const log: unknown[] = [];
  source
    .on("error", ({ code, error }) => log.push([code, error instanceof Error]))
    .on("close", () => log.push("close"))
    .on("drain", () => log.push("drain"));
  transport.holds = true;
  expect(source.send("x".repeat(17_000))).toBe(true);
  await turn();
  expect(source.send("x".repeat(17_000))).toBe(false);
  await turn();
  expect([log, transport.calls, transport.writes.length]).toEqual([
    [["output-overflow", true], "close"],
    ["destroy"],
    1,
  ]);
});

describe("signals", () => {
  test("the one that is given closes the stream, and is let go when it closes by itself", async () => {
    const controller = new AbortController();
    const { source, transport } = openedSource({ signal: controller.signal });
    source.send("a");
    controller.abort();
    expect([source.readyState, transport.text, transport.calls]).toEqual([
      3,
      "data: a\r\n\r\n",
      ["end"],
    ]);
    const other = new AbortController();
    const removed = vi.spyOn(other.signal, "removeEventListener");
    openedSource({ signal: other.signal }).source.close();
    expect(removed).toHaveBeenCalledOnce();
  });
  test("one that has aborted closes it before it is open", async () => {
    const { source, transport } = openedSource({ signal: AbortSignal.abort(), retry: 1 });
    const log: string[] = [];
    source.on("open", () => log.push("open")).on("close", () => log.push("close"));
    await turn();
    expect([log, transport.text, transport.calls]).toEqual([["close"], "", ["end"]]);
  });
  test("its own aborts when it closes, also when it is asked for later", () => {
    const { source } = openedSource();
    const { signal } = source;
    expect([signal.aborted, source.signal === signal]).toEqual([false, true]);
    source.close();
    expect(signal.aborted).toBe(true);
    const closed = openedSource().source;
    closed.close();
    expect(closed.signal.aborted).toBe(true);
  });
});

test("large events beside small ones are not copied", async () => {
  const { source, transport } = openedSource();
  source.send("a");
  source.send("x".repeat(100_000));
  await turn();
  expect(transport.writes.map(({ length }) => length)).toEqual([11, 100_010]);
});

test("a reason that is no error is told as text", () => {
  const { source, transport } = openedSource();
  const messages: string[] = [];
  source.on("error", ({ message }) => messages.push(message));
  transport.listener.onGone("gone away");
  expect(messages).toEqual(["gone away"]);
});
