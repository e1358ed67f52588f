/** With real servers: the suite `doors` of `packages/core/testing/server`. */
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { AnswerLine, asksForWebSocket } from "../../../src/node-compat/server/ordinary.ts";

test.each([
  ["websocket", true],
  ["h2c, WebSocket", true],
  ["h2c", false],
  [undefined, false],
  ["websockets", false],
])("Upgrade: %s asks for a WebSocket: %s", (upgrade, asks) => {
  expect(asksForWebSocket({ headers: { upgrade } } as IncomingMessage)).toBe(asks);
});

test("an upgrade waits for the answer before it on the same connection, and is not lost to an error meanwhile", () => {
  const socket = new EventEmitter() as unknown as Duplex;
  const response = new EventEmitter() as unknown as ServerResponse;
  const line = new AnswerLine(() => {});
  const calls: string[] = [];
  line.behind(socket, () => {
    calls.push("first");
  });
  line.handle({ socket } as unknown as IncomingMessage, response);
  line.behind(socket, () => {
    calls.push("second");
  });
  socket.emit("error", new Error("reset"));
  expect(calls).toEqual(["first"]);
  response.emit("close");
  expect([calls, socket.listenerCount("error")]).toEqual([["first", "second"], 0]);
});
