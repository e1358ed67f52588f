import { describe, expect, test } from "vitest";
import {
  createEventSourceConnection,
  DEFAULT_EVENT_SOURCE_OPTIONS,
  type EventSourceActions,
  type EventSourceConnection,
  type EventSourceConnectionOptions,
} from "../../../src/sse/server/connection.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { UsageError } from "../../../src/violation.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Writes down what is asked for; what is written stays in the transport until the test says otherwise, where `holds` is set. */
class Story implements EventSourceActions {
  readonly seen: unknown[][] = [];
  readonly connection: EventSourceConnection;
  private readonly holds: boolean;
  private held = 0;

  constructor(options?: Partial<EventSourceConnectionOptions>, holds = false) {
    this.holds = holds;
    this.connection = createEventSourceConnection(this, createTestPlatform(), options);
  }

  take(): unknown[][] {
    return this.seen.splice(0);
  }

  write(bytes: Uint8Array): void {
    this.wrote(["write", text(bytes)], bytes.length);
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    this.wrote(
      ["writeMany", ...pieces.map((piece) => piece.length)],
      pieces.reduce((sum, { length }) => sum + length, 0),
    );
  }
  endTransport(): void {
    this.seen.push(["endTransport"]);
  }
  destroyTransport(): void {
    this.seen.push(["destroyTransport"]);
  }
  setTimer(...args: unknown[]): void {
    this.seen.push(["setTimer", ...args]);
  }
  clearTimer(...args: unknown[]): void {
    this.seen.push(["clearTimer", ...args]);
  }
  onViolation({ code }: { code: string }): void {
    this.seen.push(["onViolation", code]);
  }
  onClose(clean: boolean): void {
    this.seen.push(["onClose", clean]);
  }

  private wrote(action: unknown[], size: number): void {
    this.seen.push(action);
    if (this.holds) this.connection.receiveBacklog((this.held += size));
  }
}

const opened = (options?: Partial<EventSourceConnectionOptions>, holds = false): Story => {
  const story = new Story(options, holds);
  story.connection.open();
  story.take();
  return story;
};

describe("opening", () => {
  test.each<
    [name: string, options: Partial<EventSourceConnectionOptions> | undefined, seen: unknown[][]]
  >([
    ["nothing asked for, nothing done", undefined, []],
    ["the reconnection time goes first", { retry: 1500 }, [["write", "retry: 1500\r\n\r\n"]]],
    ["the ping's timer", { pingInterval: 10, retry: 0 }, [["setTimer", "ping", 10]]],
  ])("%s", (_, options, seen) => {
    const story = new Story(options);
    expect(story.connection.state).toBe("connecting");
    story.connection.open();
    expect(story.connection.state).toBe("open");
    expect(story.take()).toEqual(seen);
  });
  test("twice is an error", () => expect(() => opened().connection.open()).toThrow(UsageError));
  test("before it, nothing can be sent, and closing ends it", () => {
    const story = new Story({ pingInterval: 5 });
    const { connection } = story;
    expect([
      connection.send("a"),
      connection.sendEncoded(utf8("a")),
      connection.comment(""),
      connection.ping(),
    ]).toEqual([false, false, false, false]);
    connection.fireTimer("ping");
    connection.close();
    expect(story.take()).toEqual([["endTransport"], ["clearTimer", "ping"], ["onClose", true]]);
  });
});

describe("sending", () => {
  test("each command is a write", () => {
    const story = opened();
    const { connection } = story;
    expect([
      connection.send("a", { id: 0 }),
      connection.comment("b"),
      connection.ping(),
      connection.sendEncoded(utf8("data: c\n\n")),
    ]).toEqual([true, true, true, true]);
    expect(story.take()).toEqual([
      ["write", "id: 0\r\ndata: a\r\n\r\n"],
      ["write", ": b\r\n\r\n"],
      ["write", ":\r\n\r\n"],
      ["write", "data: c\n\n"],
    ]);
  });
  test("what is corked leaves in one write, in order", () => {
    const story = opened();
    const { connection } = story;
    connection.cork();
    connection.cork();
    connection.send("ü");
    connection.sendEncoded(utf8("data: shared\n\n"));
    connection.send("z");
    connection.uncork();
    expect(connection.bufferedBytes).toBe(37);
    expect(story.take()).toEqual([]);
    connection.uncork();
    connection.uncork(); // one too many changes nothing
    expect(story.take()).toEqual([["write", "data: ü\r\n\r\ndata: shared\n\ndata: z\r\n\r\n"]]);
    expect(connection.bufferedBytes).toBe(0);
  });
  test("encoded bytes go out as they are, shared by all", () => {
    const bytes = utf8("data: a\n\n");
    const written: Uint8Array[] = [];
    const story = opened();
    story.write = (piece) => {
      written.push(piece);
    };
    story.connection.sendEncoded(bytes);
    expect(written[0]).toBe(bytes);
  });
  test("long text is a piece of its own", () => {
    const story = opened();
    const { connection } = story;
    connection.cork();
    connection.send("a");
    connection.send("x".repeat(100_000));
    connection.uncork();
    expect(story.take()).toEqual([["writeMany", 11, 100_010]]);
  });
  test("what cannot be sent throws, and nothing is written", () => {
    const story = opened();
    expect(() => story.connection.send("a", { id: "1\n" })).toThrow(UsageError);
    expect(story.take()).toEqual([]);
    expect(story.connection.state).toBe("open");
  });
});

describe("pings", () => {
  test("one an interval, as long as it is open", () => {
    const story = opened({ pingInterval: 7 });
    const { connection } = story;
    connection.fireTimer("ping");
    expect(story.take()).toEqual([
      ["setTimer", "ping", 7],
      ["write", ":\r\n\r\n"],
    ]);
    connection.close();
    connection.fireTimer("ping");
    expect(story.take()).toEqual([["endTransport"], ["clearTimer", "ping"], ["onClose", true]]);
  });
});

describe("the end", () => {
  test("close sends what is corked first, and does nothing twice", () => {
    const story = opened();
    const { connection } = story;
    connection.cork();
    connection.send("a");
    connection.close();
    connection.uncork();
    connection.close();
    connection.terminate();
    expect(story.take()).toEqual([
      ["write", "data: a\r\n\r\n"],
      ["endTransport"],
      ["onClose", true],
    ]);
    expect([connection.state, connection.send("b"), connection.ping()]).toEqual([
      "closed",
      false,
      false,
    ]);
  });
  test("terminate drops what is corked", () => {
    const story = opened({ pingInterval: 1 });
    const { connection } = story;
    connection.cork();
    connection.send("a");
    connection.terminate();
    connection.uncork();
    expect(story.take()).toEqual([
      ["destroyTransport"],
      ["clearTimer", "ping"],
      ["onClose", false],
    ]);
  });
  test("the reader left: told once", () => {
    const story = opened();
    const { connection } = story;
    connection.receiveError();
    connection.receiveError();
    expect(story.take()).toEqual([["onClose", false]]);
  });
});

describe("a slow reader", () => {
  test("is dropped when more waits than the limit allows", () => {
    const story = opened({ maxBufferedBytes: 25 }, true);
    const { connection } = story;
    expect([connection.send("1"), connection.send("2"), connection.send("3")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(story.take().slice(3)).toEqual([
      ["destroyTransport"],
      ["onViolation", "output-overflow"],
      ["onClose", false],
    ]);
  });
  test("what is corked counts, and is dropped too", () => {
    const story = opened({ maxBufferedBytes: 25 });
    const { connection } = story;
    connection.cork();
    expect([
      connection.send("1"),
      connection.send("2"),
      connection.sendEncoded(utf8("data: 3\n\n")),
    ]).toEqual([true, true, false]);
    connection.uncork();
    expect(story.take()).toEqual([
      ["destroyTransport"],
      ["onViolation", "output-overflow"],
      ["onClose", false],
    ]);
  });
  test("the last write before a close may be one too many", () => {
    const story = opened({ maxBufferedBytes: 25 }, true);
    const { connection } = story;
    connection.send("1");
    connection.cork();
    connection.send("2");
    connection.receiveBacklog(20);
    connection.close();
    expect(story.take().at(-1)).toEqual(["onClose", true]);
    const late = opened({ maxBufferedBytes: 25 });
    late.write = () => {
      late.connection.receiveBacklog(26);
    };
    late.connection.cork();
    late.connection.send("1");
    late.connection.close();
    expect(late.take()).toEqual([
      ["destroyTransport"],
      ["onViolation", "output-overflow"],
      ["onClose", false],
    ]);
  });
  test("after a close the last bytes may take their time, as long as they move", () => {
    const story = opened({}, true);
    const { connection } = story;
    connection.send("1");
    connection.send("2");
    connection.close();
    expect(story.take().slice(2)).toEqual([
      ["endTransport"],
      ["setTimer", "close", 30_000],
      ["onClose", true],
    ]);
    connection.receiveBacklog(11);
    connection.fireTimer("close");
    expect(story.take()).toEqual([["setTimer", "close", 30_000]]);
    connection.fireTimer("close");
    connection.fireTimer("close");
    connection.receiveError();
    expect(story.take()).toEqual([["destroyTransport"]]);
  });
  test("after a close there is one timer, for the last bytes: pings have stopped before it starts", () => {
    const story = opened({ pingInterval: 7 }, true);
    story.connection.send("1");
    story.connection.close();
    expect(story.take().slice(1)).toEqual([
      ["endTransport"],
      ["clearTimer", "ping"],
      ["setTimer", "close", 30_000],
      ["onClose", true],
    ]);
  });
  test("after a close, terminate drops the last bytes", () => {
    const story = opened({}, true);
    const { connection } = story;
    connection.send("1");
    connection.close();
    story.take();
    connection.terminate();
    connection.terminate();
    connection.fireTimer("close");
    expect(story.take()).toEqual([["clearTimer", "close"], ["destroyTransport"]]);
  });
  test.each<[string, (connection: EventSourceConnection) => void]>([
    ["all has left", (connection) => connection.receiveBacklog(0)],
    ["the transport is gone", (connection) => connection.receiveError()],
  ])("after a close the timer goes when %s", (_, happen) => {
    const story = opened({}, true);
    story.connection.send("1");
    story.connection.close();
    story.take();
    happen(story.connection);
    story.connection.fireTimer("close");
    expect(story.take()).toEqual([["clearTimer", "close"]]);
  });
});

describe("options", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ retry: -1 }, "retry: expected a whole number from 0"],
    [{ pingInterval: 2 ** 31 }, "pingInterval: expected a whole number from 0 to 2147483647"],
    [{ maxBufferedBytes: 0 }, "maxBufferedBytes: expected a whole number from 1"],
    [{ retry: "5" }, "got 5"],
    [{ pings: 1 }, "Unrecognized option: pings"],
  ])("%j is refused", (options, message) => {
    expect(() => new Story(options)).toThrow(UsageError);
    expect(() => new Story(options)).toThrow(message);
  });
  test("undefined means the default", () => {
    const story = new Story({ retry: undefined, pingInterval: undefined } as never);
    story.connection.open();
    expect(story.take()).toEqual([]);
    expect(DEFAULT_EVENT_SOURCE_OPTIONS).toEqual({
      retry: 0,
      pingInterval: 0,
      maxBufferedBytes: 16_777_216,
    });
  });
});
