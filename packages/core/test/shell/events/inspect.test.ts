import { inspect } from "node:util";
import { expect, test } from "vitest";
import { showAs } from "../../../src/shell/events/inspect.ts";
import { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { facePair } from "../server/socket-story.ts";

class Box {
  readonly hidden = "machinery";
  readonly shown: unknown;

  constructor(shown: unknown) {
    this.shown = shown;
  }
}
showAs(Box.prototype, ({ shown }) => ({ shown }));

test.each<[value: unknown, text: string]>([
  [new Box(1), "Box { shown: 1 }"],
  [[new Box({ a: 1 })], "[ Box { shown: { a: 1 } } ]"],
  [{ a: { b: new Box({ c: {} }) } }, "{ a: { b: Box { shown: [Object] } } }"],
  [[[[new Box(1)]]], "[ [ [ [Box] ] ] ]"],
])("what is shown: %s", (value, text) => {
  expect(inspect(value)).toBe(text);
});

test("a socket shows where it leads and how it is, and an event what it says", async () => {
  const { server, client, cut } = await facePair();
  const message = new Promise((resolve) => {
    client.onmessage = resolve;
  });
  Object.assign(client, { name: "mine", _private: 1 });
  server.send("hello");
  expect(inspect(await message, { depth: 0 })).toBe(
    "MessageEvent { type: 'message', data: 'hello', target: [WebSocket] }",
  );
  expect(inspect(client, { breakLength: Infinity })).toBe(
    "WebSocket { url: 'ws://h/', state: 'open', version: 'hybi-13', protocol: '', extensions: '', bufferedAmount: 0, onmessage: [Function (anonymous)], name: 'mine' }",
  );
  cut();
});

test("what inherits from a socket and is none yet can be shown", () => {
  expect(inspect(Object.assign(Object.create(WebSocket.prototype) as object, { a: 1 }))).toBe(
    "WebSocket { a: 1 }",
  );
});
