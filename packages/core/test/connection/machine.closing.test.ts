/** How a connection ends: by a closing handshake from either side, by violation, by the transport. */
import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/connection/contract.ts";
import { CLOSE, PING, TEXT } from "../../src/frame/opcode.ts";
import { HeaderList } from "../../src/http/headers.ts";
import { UsageError } from "../../src/index.ts";
import { closePayload, frame, masked } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { FakeExtension } from "../extension/fake-extension.ts";
import { extendedServer, framesOf } from "./extended.ts";
import {
  askingClient,
  decidingServer,
  newClient,
  newServer,
  openClient,
  openServer,
  type Stage,
} from "./story.ts";

const text = (data: string): Uint8Array => masked(TEXT, data);
const close = (code: number, reason = ""): Uint8Array => masked(CLOSE, closePayload(code, reason));

describe("close()", () => {
  test("goes behind what was sent, in the same write, and waits for the peer's", () => {
    const { connection, end, story, timers } = openServer();
    connection.cork();
    connection.sendText("last");
    connection.close(1000, "done");
    connection.uncork();
    expect(end.take().filter(([type]) => type === "write")).toHaveLength(1);
    connection.receive(joinBytes([text("still read"), close(1000, "too")]));
    expect(story()).toEqual([
      "onText still read",
      "setTimer close 2000",
      "endTransport",
      "= closing.ending",
    ]);
    expect(timers()).toEqual(["close"]);
    connection.receiveEnd();
    expect(story()).toEqual(["clearTimer close", "= closed", "onClose 1000 too clean"]);
  });

  test("without a code sends an empty frame; the peer's code is what counts", () => {
    const { connection, story } = openServer();
    connection.close();
    expect(story()).toEqual([
      "setTimer close 30000",
      "= closing.draining",
      "= closing.awaitingClose",
      "> close",
    ]);
    connection.receive(close(4000, "mine"));
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 4000 mine clean");
  });

  test.each(["closing.awaitingClose", "closing.ending", "closed"])("does nothing in %s", (path) => {
    const { connection, story } = openServer();
    connection.close();
    if (path !== "closing.awaitingClose") connection.receive(close(1000));
    if (path === "closed") connection.receiveEnd();
    story();
    expect(connection.path.replace("alive.", "")).toBe(path);
    connection.close(3000);
    expect(story()).toEqual([]);
  });

  test("the peer that never answers: the timer destroys, and the close is abnormal", () => {
    const { connection, story, timers } = openServer({ closeTimeout: 7 });
    connection.close(1000);
    expect(story()).toContain("setTimer close 7");
    connection.fireTimer("close");
    expect(story()).toEqual(["clearTimer close", "destroyTransport", "= closed", "onClose 1006"]);
    expect(timers()).toEqual([]);
  });

  test("a close timeout of 0 sets no timer", () => {
    const { connection, timers } = openServer({ closeTimeout: 0 });
    connection.close();
    expect(timers()).toEqual([]);
  });

  test.each<[code: number | undefined, told: string]>([
    [undefined, "onClose 1006"],
    [4000, "onClose 4000 enough"],
  ])("while connecting gives up: close(%s)", (code, told) => {
    for (const made of [newServer(), newClient(), decidingServer()] as Stage<Connection>[]) {
      made.connection.close(code, code === undefined ? "" : "enough");
      expect(made.story().slice(-3)).toEqual(["destroyTransport", "= closed", told]);
      expect(made.timers()).toEqual([]);
    }
  });

  test("while waiting for the peer's part of the opening clears its timer", async () => {
    const client = await askingClient();
    client.connection.close();
    expect(client.story()).toEqual([
      "clearTimer handshake",
      "destroyTransport",
      "= closed",
      "onClose 1006",
    ]);
    client.connection.receive(client.response);
    expect(client.story()).toEqual([]);
  });

  test.each<[code: number | undefined, reason: string]>([
    [1005, ""],
    [999, ""],
    [5000, ""],
    [undefined, "why"],
    [1000, "é".repeat(62)],
  ])("close(%s, %j) throws and changes nothing", (code, reason) => {
    const { connection, story } = openServer();
    expect(() => {
      connection.close(code, reason);
    }).toThrow(UsageError);
    expect(story()).toEqual([]);
    expect(connection.sendable).toBe(true);
  });
});

describe("pings while closing (RFC 6455 §5.5.2)", () => {
  test("are answered until the peer's close frame, after ours too", () => {
    const { connection, story } = openServer();
    connection.close(1000);
    story();
    connection.receive(joinBytes([masked(PING, "a"), close(1000), masked(PING, "b")]));
    expect(story()).toEqual([
      "onPing a",
      "setTimer close 2000",
      "> pong a",
      "endTransport",
      "= closing.ending",
    ]);
  });

  test("cannot make us hold answers without end there either", () => {
    const { connection, story } = openServer({ maxBufferedBytes: 1000, maxPongs: 1000 });
    connection.close(1000);
    connection.receiveBacklog(990);
    story();
    connection.receive(masked(PING, "0123456789"));
    expect(story()).toContain("onViolation output-overflow");
    expect(connection.path).toBe("alive.closing.ending");
  });
});

describe("both close at once", () => {
  test("each answers nothing more, and both are clean", async () => {
    const server = openServer();
    const client = await openClient();
    server.connection.close(1000, "server");
    client.connection.close(1001, "client");
    client.story();
    client.connection.receive(frame(CLOSE, closePayload(1000, "server")));
    expect(client.story()).toEqual(["setTimer close 2000", "= closing.lingering"]);
    client.connection.receiveEnd();
    expect(client.story()).toEqual([
      "clearTimer close",
      "endTransport",
      "= closed",
      "onClose 1000 server clean",
    ]);
    server.story();
    server.connection.receive(close(1001, "client"));
    expect(server.story()).toEqual(["setTimer close 2000", "endTransport", "= closing.ending"]);
  });
});

describe("both close frames have gone, and the peer does not end the transport", () => {
  type Options = Parameters<typeof openServer>[0];
  const exchanged = async (
    side: "server" | "client",
    first: "ours" | "theirs",
    options?: Options,
  ): Promise<Stage<Connection>> => {
    const stage: Stage<Connection> =
      side === "server" ? openServer(options) : await openClient(options);
    if (first === "ours") stage.connection.close(1000);
    stage.connection.receive(
      side === "server" ? close(1000) : frame(CLOSE, closePayload(1000, "")),
    );
    stage.story();
    return stage;
  };
  const rows = (["server", "client"] as const).flatMap((side) =>
    (["ours", "theirs"] as const).map((first) => [side, first] as const),
  );

  test.each(rows)("the %s waits two seconds, and is clean: %s first", async (side, first) => {
    const { connection, end, story, timers } = await exchanged(side, first);
    expect(timers()).toEqual(["close"]);
    connection.fireTimer("close");
    expect(story()).toEqual([
      "clearTimer close",
      "destroyTransport",
      "= closed",
      "onClose 1000 clean",
    ]);
    expect(end.take()).toEqual([]);
  });

  test.each(rows)("where output still waits, the %s waits once more: %s first", async (...row) => {
    const { connection, story, timers } = await exchanged(...row);
    connection.receiveBacklog(1);
    connection.fireTimer("close");
    expect(story()).toEqual(["setTimer close 30000"]);
    expect(timers()).toEqual(["close"]);
    connection.fireTimer("close");
    expect(story().at(-1)).toBe("onClose 1000 clean");
    expect(timers()).toEqual([]);
  });

  test.each(rows)(
    "a shorter closeTimeout stays, with all there is of it: %s, %s first",
    async (...row) => {
      const { connection, story } = await exchanged(...row, { closeTimeout: 7 });
      connection.receiveBacklog(1);
      connection.fireTimer("close");
      expect(story().at(-1)).toBe("onClose 1000 clean");
    },
  );

  test.each(["ours", "theirs"])(
    "a client's stream of HTTP/2 ends at once, once: %s first",
    (first) => {
      const { connection, story } = newClient({}, { http2: { scheme: "http" } });
      connection.open();
      connection.receiveResponse({ status: 200, statusText: "", headers: new HeaderList() });
      if (first === "ours") connection.close(1000);
      connection.receive(frame(CLOSE, closePayload(1000, "")));
      expect(story().slice(-2)).toEqual(["endTransport", "= closing.ending"]);
      connection.receiveEnd();
      expect(story()).toEqual(["clearTimer close", "= closed", "onClose 1000 clean"]);
    },
  );

  test.each(rows)("a closeTimeout of 0 waits for ever: %s, %s first", async (...row) => {
    const { timers } = await exchanged(...row, { closeTimeout: 0 });
    expect(timers()).toEqual([]);
  });
});

describe("the transport's end and loss", () => {
  const cases: [
    name: string,
    before: (connection: Connection) => void,
    input: (connection: Connection) => void,
    expected: string[],
  ][] = [
    [
      "the peer ends without a word",
      () => {},
      (c) => {
        c.receiveEnd();
      },
      ["endTransport", "= closed", "onClose 1006"],
    ],
    [
      "lost",
      () => {},
      (c) => {
        c.receiveError();
      },
      ["= closed", "onClose 1006"],
    ],
    [
      "lost after our close frame",
      (c) => {
        c.close(1000);
      },
      (c) => {
        c.receiveError();
      },
      ["clearTimer close", "= closed", "onClose 1006"],
    ],
    [
      "lost after both close frames: still clean",
      (c) => {
        c.receive(close(1000, "x"));
      },
      (c) => {
        c.receiveError();
      },
      ["clearTimer close", "= closed", "onClose 1000 x clean"],
    ],
    [
      "ended in the middle of a message",
      (c) => {
        c.receive(text("hello").subarray(0, 8));
      },
      (c) => {
        c.receiveEnd();
      },
      ["endTransport", "= closed", "onClose 1006"],
    ],
    [
      "terminate()",
      () => {},
      (c) => {
        c.terminate();
      },
      ["destroyTransport", "= closed", "onClose 1006"],
    ],
    [
      "terminate() while closing",
      (c) => {
        c.close();
      },
      (c) => {
        c.terminate();
      },
      ["clearTimer close", "destroyTransport", "= closed", "onClose 1006"],
    ],
  ];
  test.each(cases)("%s", (_, before, input, expected) => {
    const { connection, story, timers } = openServer();
    before(connection);
    story();
    input(connection);
    expect(story()).toEqual(expected);
    expect(timers()).toEqual([]);
    // And then nothing, whatever comes.
    connection.receive(text("late"));
    connection.receiveEnd();
    connection.receiveError();
    connection.receiveBacklog(1);
    for (const timer of ["handshake", "close", "ping", "pong"] as const)
      connection.fireTimer(timer);
    connection.close();
    connection.terminate();
    connection.pause();
    connection.resume();
    expect(story()).toEqual([]);
    expect(connection.state).toBe("closed");
  });

  test("what was queued is sent before an orderly end, and dropped by terminate()", () => {
    const ended = openServer();
    const terminated = openServer();
    for (const { connection } of [ended, terminated]) {
      connection.cork();
      connection.sendText("queued");
    }
    expect(ended.connection.bufferedBytes).toBe(8);
    ended.connection.receiveEnd();
    expect(ended.story()).toEqual(["> text queued", "endTransport", "= closed", "onClose 1006"]);
    terminated.connection.terminate();
    terminated.connection.uncork();
    expect(terminated.story()).toEqual(["destroyTransport", "= closed", "onClose 1006"]);
    expect(terminated.connection.bufferedBytes).toBe(0);
  });

  test("lost with output queued: nothing is written", () => {
    const { connection, story } = openServer();
    connection.cork();
    connection.sendText("queued");
    connection.receiveError();
    connection.uncork();
    expect(story()).toEqual(["= closed", "onClose 1006"]);
  });
});

describe("a closing handshake that went one way only is not clean", () => {
  const ends: [name: string, act: (c: Connection) => void][] = [
    [
      "lost",
      (c) => {
        c.receiveError();
      },
    ],
    [
      "terminated",
      (c) => {
        c.terminate();
      },
    ],
  ];
  test.each(ends)(
    "theirs came, and the transport is %s before ours can go: a message is still being worked on",
    (_, act) => {
      const { connection, story } = extendedServer([new FakeExtension("+", { slow: true })]);
      connection.sendText("slow");
      connection.receive(close(4000, "bye"));
      expect(connection.path).toBe("alive.closing.replying");
      act(connection);
      expect(story().at(-1)).toBe("onClose 4000 bye");
    },
  );

  test("theirs came, and they have ended their side: what is being worked on goes out all the same, and ours behind it", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end, story } = extendedServer([extension]);
    connection.sendText("1");
    connection.sendText("2");
    connection.receive(close(4000, "bye"));
    connection.receiveEnd();
    connection.receiveEnd();
    extension.go();
    expect([framesOf(end.take()), connection.path]).toEqual([["1 4 1+"], "alive.closing.replying"]);
    extension.go();
    expect(story()).toEqual([
      "setTimer close 2000",
      "> text 2+",
      "> close 4000 bye",
      "endTransport",
      "= closing.ending",
      "clearTimer close",
      "= closed",
      "onClose 4000 bye clean",
    ]);
  });

  test("the same, while the message they sent last is being worked on, too", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, story } = extendedServer([extension]);
    connection.receive(joinBytes([masked(TEXT, "in+", { rsv: 4 }), close(1000)]));
    connection.sendText("out");
    connection.receiveEnd();
    extension.go();
    expect(connection.path).toBe("alive.closing.replying");
    extension.go();
    expect(story().filter((line) => /^(on|>)/.test(line))).toEqual([
      "onText in",
      "> text out+",
      "> close 1000",
      "onClose 1000 clean",
    ]);
  });

  test("but a transport that is gone, or takes too long, ends it", () => {
    for (const act of [
      (c: Connection) => {
        c.receiveError();
      },
      (c: Connection) => {
        c.fireTimer("close");
      },
    ]) {
      const { connection, story } = extendedServer([new FakeExtension("+", { slow: true })]);
      connection.sendText("slow");
      connection.receive(close(4000));
      connection.receiveEnd();
      expect(connection.state).toBe("closing");
      act(connection);
      expect(story().at(-1)).toBe("onClose 4000");
    }
  });

  test("both went, and then the transport is lost: clean", () => {
    const { connection, story } = openServer();
    connection.close(1000);
    connection.receive(close(1000));
    connection.receiveError();
    expect(story().at(-1)).toBe("onClose 1000 clean");
  });
});
