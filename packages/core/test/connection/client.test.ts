import { expect, test } from "vitest";
import { createClientConnection, UsageError } from "../../src/index.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";

const request = { host: "localhost", target: "/" };

test("is connecting, and does nothing until open()", () => {
  const recorder = new Recorder();
  const client = createClientConnection(recorder, createTestPlatform(), request);
  expect([client.state, client.path, client.sendable]).toEqual([
    "connecting",
    "alive.connecting.starting",
    false,
  ]);
  expect(recorder.take()).toEqual([]);
  client.open();
  expect(client.path).toBe("alive.connecting.awaitingResponse");
  expect(recorder.take().map(([type]) => type)).toEqual(
    expect.arrayContaining(["setTimer", "onState", "write"]),
  );
});

test("an option out of range is refused when it is made", () => {
  expect(() =>
    createClientConnection(new Recorder(), createTestPlatform(), request, { pongTimeout: -1 }),
  ).toThrow(UsageError);
});

test("two clients ask with different keys", () => {
  const platform = createTestPlatform();
  const heads = [0, 1].map(() => {
    const recorder = new Recorder();
    createClientConnection(recorder, platform, request).open();
    return recorder
      .take()
      .flatMap((action) => (action[0] === "write" ? [Buffer.from(action[1]).toString()] : []))
      .join("");
  });
  expect(heads[0]).not.toBe(heads[1]);
});
