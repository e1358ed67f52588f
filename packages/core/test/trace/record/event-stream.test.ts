import { expect, test } from "vitest";
import {
  EventStreamClient,
  type EventStreamClientActions,
} from "../../../src/sse/client/client.ts";
import {
  createEventSourceConnection,
  type EventSourceActions,
} from "../../../src/sse/server/connection.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import {
  recordEventSourceConnection,
  recordEventStreamClient,
} from "../../../src/trace/record/event-stream.ts";
import { replay } from "../../../src/trace/replay/replay.ts";
import { createTraceRing } from "../../../src/trace/ring.ts";
import { encodeUtf8 } from "../../../src/trace/values.ts";
import { textOf } from "../recorded-pair.ts";

const context = { now: () => 1 };

/** Actions that are written down as text. */
function loggingServer(log: string[]): EventSourceActions {
  const decoder = new TextDecoder();
  return {
    write: (bytes) => {
      log.push(decoder.decode(bytes));
    },
    writeMany: (pieces) => {
      log.push(pieces.map((piece) => decoder.decode(piece)).join(""));
    },
    endTransport: () => {
      log.push("end");
    },
    destroyTransport: () => {
      log.push("destroy");
    },
    setTimer: (timer, milliseconds) => {
      log.push(`${timer} ${milliseconds}`);
    },
    clearTimer: (timer) => {
      log.push(`clear ${timer}`);
    },
    onViolation: ({ code }) => {
      log.push(code);
    },
    onClose: (clean) => {
      log.push(`closed ${clean}`);
    },
  };
}

test.each([["close"], ["terminate"], ["receiveError"], ["overflow"]] as const)(
  "a server's stream that ends by %s: recorded as it is otherwise, and replayed",
  (ending) => {
    const plain: string[] = [];
    const recorded: string[] = [];
    const ring = createTraceRing();
    const options = { retry: 2000, pingInterval: 1000, maxBufferedBytes: 50_000 };
    for (const connection of [
      createEventSourceConnection(loggingServer(plain), createTestPlatform(), options),
      recordEventSourceConnection(loggingServer(recorded), createTestPlatform(), options, {
        sink: ring,
        context,
      }),
    ]) {
      connection.open();
      expect(connection.send("a\né", { id: "1", event: "x" })).toBe(true);
      connection.cork();
      connection.comment("c");
      connection.ping();
      connection.sendEncoded(encodeUtf8("data: b\n\n"));
      connection.uncork();
      expect(() => connection.send("a", { event: "\n" })).toThrow();
      connection.fireTimer("ping");
      connection.receiveBacklog(5);
      connection.receiveBacklog(5);
      if (ending === "overflow") {
        connection.receiveBacklog(60_000);
        connection.ping();
      } else connection[ending]();
      expect([connection.send("late"), connection.state, connection.bufferedBytes]).toEqual([
        false,
        "closed",
        0,
      ]);
    }
    expect(recorded).toEqual(plain);
    const [result] = replay(textOf(ring));
    expect([result!.difference, result!.stopped, result!.actions > 6]).toEqual([
      undefined,
      undefined,
      true,
    ]);
  },
);

function loggingClient(log: string[], comments: boolean): EventStreamClientActions {
  return {
    request: (id) => {
      log.push(`request ${id}`);
    },
    abandonRequest: () => {
      log.push("abandon");
    },
    setTimer: (timer, milliseconds) => {
      log.push(`${timer} ${milliseconds}`);
    },
    clearTimer: (timer) => {
      log.push(`clear ${timer}`);
    },
    onOpen: () => {
      log.push("open");
    },
    onEvent: (...event) => {
      log.push(event.join());
    },
    ...(comments && {
      onComment: (text: string) => {
        log.push(`: ${text}`);
      },
    }),
    onError: ({ code }) => {
      log.push(code);
    },
  };
}

test.each([[true], [false]])(
  "a client, comments %s, with jitter from recorded entropy",
  (comments) => {
    const plain: string[] = [];
    const recorded: string[] = [];
    const ring = createTraceRing();
    const options = { jitter: 0.5, reconnectDelay: 1000 };
    for (const client of [
      new EventStreamClient(loggingClient(plain, comments), createTestPlatform(), options),
      recordEventStreamClient(loggingClient(recorded, comments), createTestPlatform(), options, {
        sink: ring,
        context,
      }),
    ]) {
      client.connect();
      client.receiveError(new Error("no route"));
      client.fireTimer("reconnect");
      client.receiveResponse({ status: 200, contentType: "text/event-stream" });
      client.receive(encodeUtf8("id: 7\ndata: é\n\n: note\n\nretry: 5\n"));
      client.receiveEnd();
      expect([client.state, client.lastEventId]).toEqual(["waiting", "7"]);
      client.connect();
      client.receiveResponse({ status: 404, contentType: null });
      client.close();
    }
    expect(recorded).toEqual(plain);
    expect(recorded).toContain("message,é,7");
    const [result] = replay(textOf(ring));
    expect([result!.difference, result!.stopped]).toEqual([undefined, undefined]);
  },
);
