import { expect, test } from "vitest";
import { EventSourceError } from "../../../../src/sse/client/error.ts";
import { EventSourceErrorEvent } from "../../../../src/shell/sse/client/error-event.ts";

test("tells what its error tells", () => {
  const error = new EventSourceError("bad-status", "503", 503);
  const event = new EventSourceErrorEvent(error);
  expect(event).toBeInstanceOf(Event);
  expect([event.type, event.error, event.message, event.code, event.status]).toEqual([
    "error",
    error,
    error.message,
    "bad-status",
    503,
  ]);
});
