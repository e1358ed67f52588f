import { expect, test } from "vitest";
import { ClosedError, closeInfoOf } from "../../../src/shell/websocket/close-info.ts";
import { SESSION } from "../../../src/shell/websocket/websocket.ts";
import { facePair } from "../server/socket-story.ts";
import { fake } from "./fake-driver.ts";

test.each([
  ["with a reason", "gone", "The WebSocket was closed: 4000 gone"],
  ["without", "", "The WebSocket was closed: 4000"],
])("an error, %s", (_, reason, message) => {
  const error = new ClosedError({ code: 4000, reason, wasClean: true });
  expect([
    error instanceof Error,
    error.name,
    error.message,
    error.code,
    error.reason,
    error.wasClean,
    "cause" in error,
  ]).toEqual([true, "ClosedError", message, 4000, reason, true, false]);
  expect(new ClosedError(error, "why").cause).toBe("why");
});

test("how a session was closed is the connection's to tell; a dead one's is 1006", async () => {
  const { server, client } = await facePair();
  const dead = fake().session;
  client.close(4000, "bye");
  await server.closed;
  dead.driver = undefined;
  expect([closeInfoOf(server[SESSION]), closeInfoOf(dead)]).toEqual([
    { code: 4000, reason: "bye", wasClean: true },
    { code: 1006, reason: "", wasClean: false },
  ]);
});
