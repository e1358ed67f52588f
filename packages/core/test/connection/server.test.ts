import { expect, test } from "vitest";
import { createServerConnection, UsageError } from "../../src/index.ts";
import { openingHead } from "../../src/testing/wire/bytes.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { decidingServer, newServer } from "./story.ts";

test("is connecting, and does nothing by itself", () => {
  const recorder = new Recorder();
  const { state, path, sendable, bufferedBytes } = createServerConnection(
    recorder,
    createTestPlatform(),
  );
  expect([state, path, sendable, bufferedBytes]).toEqual([
    "connecting",
    "alive.connecting.starting",
    false,
    0,
  ]);
  expect(recorder.take()).toEqual([]);
});

test("an option out of range is refused when it is made", () => {
  expect(() =>
    createServerConnection(new Recorder(), createTestPlatform(), { maxFragments: 0 }),
  ).toThrow(UsageError);
});

test("expectRequest() starts the peer's time, receiveRequest() needs none", () => {
  const { connection, timers } = newServer();
  connection.expectRequest();
  expect(timers()).toEqual(["handshake"]);
  expect(decidingServer().timers()).toEqual([]);
});

test("accept() takes a choice or none; reject() a refusal", () => {
  const accepted = decidingServer();
  const chosen = decidingServer();
  const rejected = decidingServer();
  accepted.connection.accept();
  chosen.connection.accept({ headers: { "X-Room": "1" } });
  rejected.connection.reject({ status: 404 });
  expect([accepted, chosen, rejected].map(({ connection }) => connection.state)).toEqual([
    "open",
    "open",
    "closing",
  ]);
  expect(() => {
    accepted.connection.accept();
  }).toThrow("accept: the connection is open, its opening is over");
  expect(() => {
    rejected.connection.receiveRequest(undefined as never);
    rejected.connection.receiveEnd();
  }).not.toThrow();
});

test.each([
  [undefined, undefined],
  [false, undefined],
  [true, true],
])("expectRequest(%s): the request it parses says whether it came by TLS: %s", (secure, said) => {
  const recorder = new Recorder();
  const connection = createServerConnection(recorder, createTestPlatform());
  connection.expectRequest(secure);
  connection.receive(openingHead({}, "/chat"));
  const request = recorder
    .take()
    .flatMap((action) => (action[0] === "onRequest" ? [action[1]] : []))[0];
  expect([request?.secure, request?.method, request?.target, request?.headers.get("host")]).toEqual(
    [said, "GET", "/chat", "localhost"],
  );
});
