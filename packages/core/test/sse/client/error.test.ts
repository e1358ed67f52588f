import { expect, test } from "vitest";
import { EventSourceError } from "../../../src/sse/client/error.ts";

test("tells what happened, and what was seen", () => {
  const cause = new Error("refused");
  expect(new EventSourceError("connection-failed", "refused", undefined, cause)).toMatchObject({
    name: "EventSourceError",
    code: "connection-failed",
    message: "No response came: refused",
    status: undefined,
    cause,
  });
  expect(new EventSourceError("bad-status", "503", 503)).toMatchObject({
    status: 503,
    message: "The response has another status than 200: 503",
  });
});

test("without more to tell", () => {
  const error = new EventSourceError("stream-ended");
  expect(error.message).toBe("The event stream ended");
  expect("cause" in error).toBe(false);
});
