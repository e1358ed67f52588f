/** The class itself, beside faye-websocket 0.11.4's: statics, lengths, events. */
import { expect, test } from "vitest";
import { WebSocket } from "../../src/index.ts";
import { libraries, original } from "./scene.ts";

test("statics, lengths and the shape of the class are the original's", () => {
  expect([WebSocket.length, WebSocket.Client.length]).toEqual([
    original.length,
    original.Client.length,
  ]);
  expect(WebSocket.WebSocket).toBe(WebSocket);
  for (const name of ["isWebSocket", "validateOptions", "WebSocket", "Client"])
    expect(Object.keys(WebSocket)).toContain(name);
  expect((WebSocket as any).super_.CLOSE_TIMEOUT).toBe(original.super_.CLOSE_TIMEOUT);
});

test("validateOptions names the first key it does not know, as there", () => {
  for (const [, library] of libraries) {
    expect(() => library.validateOptions({ a: 1, b: 2, c: 3 }, ["a"])).toThrow(
      new Error("Unrecognized option: b"),
    );
    expect(library.validateOptions({ a: 1 }, ["a"])).toBeUndefined();
  }
});

test.each([
  ["plain", "GET", { connection: "Upgrade", upgrade: "websocket" }],
  ["a list, in any case", "GET", { connection: "keep-alive, UPGRADE", upgrade: "WebSocket" }],
  ["another method", "POST", { connection: "Upgrade", upgrade: "websocket" }],
  ["a method in lower case", "get", { connection: "Upgrade", upgrade: "websocket" }],
  ["no fields", "GET", {}],
  ["a list of protocols", "GET", { connection: "upgrade", upgrade: "websocket, h2c" }],
  ["another option", "GET", { connection: "upgraded", upgrade: "websocket" }],
])("isWebSocket: %s", (_, method, headers) => {
  expect(WebSocket.isWebSocket({ method, headers, url: "/" })).toBe(
    original.isWebSocket({ method, headers }),
  );
});

test("what a socket, a client and their events are called", async () => {
  const request = { method: "GET", url: "/", headers: {} };
  for (const [, library] of libraries) {
    expect([
      library.prototype.constructor === library,
      library.Client.prototype.constructor === library.Client,
    ]).toEqual([true, true]);
    expect([library.name, library.Client.name, library.EventSource.name]).toEqual([
      "WebSocket",
      "Client",
      "EventSource",
    ]);
  }
  const socket = new WebSocket(request, null);
  const event = await new Promise<object>((resolve) => {
    socket.onclose = resolve;
  });
  expect([socket.constructor, event.constructor.name]).toEqual([WebSocket, "CloseEvent"]);
});
