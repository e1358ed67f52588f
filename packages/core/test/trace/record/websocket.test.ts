import { describe, expect, test, vi } from "vitest";
import { createOpenConnection } from "../../../src/connection/open.ts";
import { prepare } from "../../../src/connection/send/prepared.ts";
import { permessageDeflate } from "../../../src/extension/permessage-deflate.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { Recorder } from "../../../src/testing/recorder.ts";
import { readTraces } from "../../../src/trace/read.ts";
import {
  recordOpenConnection,
  recordServerConnection,
} from "../../../src/trace/record/websocket.ts";
import { replay } from "../../../src/trace/replay/replay.ts";
import { createTraceRing } from "../../../src/trace/ring.ts";
import { masked, openingHead, utf8 } from "../../../src/testing/wire/bytes.ts";
import { SlowCompression } from "../../../fuzz/slow-compression.ts";
import { recordedPair, textOf } from "../recorded-pair.ts";

const context = { now: () => 1 };

test("what is recorded does what is not: the same actions", () => {
  const plain = new Recorder();
  const recorded = new Recorder();
  const ring = createTraceRing();
  for (const make of [
    () => createOpenConnection(plain, createTestPlatform(), { role: "server" }),
    () =>
      recordOpenConnection(recorded, createTestPlatform(), { role: "server" }, undefined, {
        sink: ring,
        context,
      }),
  ]) {
    const connection = make();
    connection.start();
    connection.cork();
    connection.sendText("a");
    connection.sendTextBytes(utf8("bc"), 1);
    connection.sendBinary(Uint8Array.of(1, 2, 3), 1, 2);
    connection.sendParts("binary", [Uint8Array.of(4), Uint8Array.of(5)], 2);
    connection.sendPrepared(prepare("d"));
    connection.sendFragment("text", utf8("e"));
    connection.sendFragment("text", utf8("f"), undefined, undefined, true);
    connection.sendFrames([Uint8Array.of(0x81, 0)]);
    connection.notify("sent");
    connection.flush();
    connection.ping(Uint8Array.of(6));
    connection.pong();
    connection.uncork();
    expect(() => {
      connection.uncork();
    }).toThrow("uncork: there is no cork() to match");
    connection.pause();
    connection.resume();
    connection.deliver("fragment");
    connection.receive(masked(1, "hello"));
    connection.deliver("message");
    connection.receiveBacklog(5);
    connection.receive(masked(2, "hello"));
    connection.close(1000, "bye");
    connection.receiveEnd();
    connection.terminate();
    connection.receiveError();
    expect([
      connection.state,
      connection.path,
      connection.sendable,
      connection.bufferedBytes,
      connection.closure?.code,
      connection.supports.ping,
    ]).toEqual(["closed", "closed", false, 0, 1006, true]);
  }
  expect(recorded.take()).toEqual(plain.take());
  const [result] = replay(textOf(ring));
  expect([result!.difference, result!.stopped]).toEqual([undefined, undefined]);
});

test("each input, command and action is a line, with when it came and what it was inside of", () => {
  const pair = recordedPair({ onText: (server, text) => server.sendText(`${text}!`) });
  pair.client.sendText("hi");
  pair.settle();
  const [, server] = readTraces(pair.trace());
  const lines = server!.entries.map(({ entry }) => entry.slice(1)).slice(-4);
  expect(lines).toEqual([
    ["input", expect.any(Number), "receive", { hex: expect.stringMatching(/^8182/) }],
    ["action", "onText", "hi", true],
    ["command", -1, "sendText", "hi!", true],
    ["action", "write", { hex: "8103686921" }],
  ]);
});

describe("compression", () => {
  test.each([
    [false, "at once"],
    [true, "later"],
  ])("(%s) done %s is an input, and no codec is needed to replay", (slow) => {
    const compression = new SlowCompression(slow);
    const extensions = [permessageDeflate(compression, { threshold: 0 })];
    const pair = recordedPair({
      request: { extensions },
      choice: { extensions },
      onText: (server, text) => server.sendText(text),
    });
    const finish = (): void => {
      pair.settle();
      for (
        let next = compression.waiting.shift();
        next !== undefined;
        next = compression.waiting.shift()
      ) {
        next(true);
        pair.settle();
      }
    };
    pair.client.sendText("hello ".repeat(100));
    finish();
    pair.client.close(1000);
    finish();
    pair.client.receiveEnd();
    const trace = pair.trace();
    expect(trace).toContain(slow ? '"input",' : '"source","extension.done","permessage-deflate"');
    expect(trace).toContain('"extension.done","permessage-deflate","incoming",{"rsv":0,"data"');
    expect(pair.client.closure?.code).toBe(1000);
    const create = vi.spyOn(compression, "createDeflater");
    expect(replay(trace).map(({ difference, stopped }) => difference ?? stopped)).toEqual([
      undefined,
      undefined,
    ]);
    expect(create).not.toHaveBeenCalled();
  });
});

test("payloads are cut where that is asked, and the replay says where it stops", () => {
  const pair = recordedPair({ maxPayload: 4096 });
  pair.client.sendText("x".repeat(5000));
  pair.settle();
  const results = replay(pair.trace());
  for (const { stopped, difference } of results)
    expect([stopped?.reason, difference]).toEqual([
      "the payload was cut when it was recorded",
      undefined,
    ]);
});

test("a sink that throws ends the recording, not the connection", () => {
  const errors: unknown[] = [];
  const actions = new Recorder();
  const sink = {
    begin: () => {},
    write: () => {
      throw new Error("disk full");
    },
    end: () => {
      throw new Error("not reached");
    },
  };
  const connection = recordServerConnection(actions, createTestPlatform(), undefined, {
    sink,
    context: { ...context, onError: (error) => errors.push(error) },
  });
  connection.expectRequest();
  actions.onRequest = () => {
    connection.accept();
  };
  connection.receive(openingHead());
  connection.receive(masked(8, ""));
  connection.receiveEnd();
  expect([errors.map(String), connection.closure?.code]).toEqual([["Error: disk full"], 1005]);
});
