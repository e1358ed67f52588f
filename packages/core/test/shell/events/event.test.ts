import { expect, test } from "vitest";
import { ProtocolViolation } from "../../../src/violation.ts";
import {
  setTarget,
  CloseEvent,
  ErrorEvent,
  Event,
  handlerOf,
} from "../../../src/shell/events/event.ts";

test("an event has the DOM's fields and methods, which do nothing here", () => {
  const event = new Event("custom");
  expect([
    event.type,
    event.target,
    event.currentTarget,
    event.eventPhase,
    event.bubbles,
    event.cancelable,
  ]).toEqual(["custom", null, null, 0, false, false]);
  event.initEvent("other", true, true);
  event.stopPropagation();
  event.preventDefault();
  expect([event.type, event.bubbles, event.cancelable]).toEqual(["other", true, true]);
  expect(new Event("next").bubbles).toBe(false);
  expect([Event.CAPTURING_PHASE, Event.AT_TARGET, Event.BUBBLING_PHASE]).toEqual([1, 2, 3]);
});

test("a close event tells how the connection ended", () => {
  expect(new CloseEvent(1001, "away", true)).toMatchObject({
    type: "close",
    code: 1001,
    reason: "away",
    wasClean: true,
  });
});

const codes: [name: string, error: unknown, code: string | undefined][] = [
  ["the error's", Object.assign(new Error("x"), { code: "ECONNRESET" }), "ECONNRESET"],
  ["none, where it is no text", Object.assign(new Error("x"), { code: 5 }), undefined],
  ["none, where there is no error", undefined, undefined],
];
test.each(codes)("the code of an error event is %s", (_, error, code) => {
  const event = new ErrorEvent("text", error);
  expect([event.type, event.message, event.error, event.code, event instanceof Error]).toEqual([
    "error",
    "text",
    error,
    code,
    false,
  ]);
});

test("events are aimed: ours, plain objects, and as far as they allow the runtime's own", () => {
  const target = {};
  const events = [new Event("a"), { type: "b" }, new globalThis.Event("c")];
  for (const event of events) setTarget(event, target);
  expect(events.slice(0, 2)).toMatchObject([
    { target, currentTarget: target, eventPhase: 2 },
    { target, currentTarget: target, eventPhase: 2 },
  ]);
});

test("handlers are what the property of their name holds, a getter's too", () => {
  const target = {
    onmessage: 1,
    onopen: null,
    get onclose() {
      return this.onmessage + 1;
    },
  };
  expect(["message", "open", "close", "custom"].map((type) => handlerOf(target, type))).toEqual([
    1,
    null,
    2,
    undefined,
  ]);
});

test("an error event tells where a violation was, and what lies beneath", () => {
  const cause = new Error("invalid distance", { cause: new Error("deeper") });
  const event = new ErrorEvent(
    "text",
    new ProtocolViolation("invalid-compressed-data", 0, { offset: 7, cause }),
  );
  expect([event.code, event.offset, event.cause, (event.cause as Error).cause]).toEqual([
    "invalid-compressed-data",
    7,
    cause,
    cause.cause,
  ]);
  for (const error of [undefined, null, "text", new Error("bare"), { offset: "7" }]) {
    expect([new ErrorEvent("", error).offset, new ErrorEvent("", error).cause]).toEqual([
      undefined,
      undefined,
    ]);
  }
});

test("an error event has the answer that refused: status, fields and body", () => {
  const response = {
    status: 403,
    statusText: "Forbidden",
    headers: new Map([["x", "1"]]),
    body: new Uint8Array([110, 111]),
  };
  const event = new ErrorEvent(
    "refused",
    new ProtocolViolation("opening-refused", 403, { response }),
  );
  const other = new ErrorEvent("lost", new Error("lost"));
  expect([event.code, event.status, event.headers, event.body?.toString()]).toEqual([
    "opening-refused",
    403,
    { x: "1" },
    "no",
  ]);
  expect([other.status, other.headers, other.body]).toEqual([undefined, undefined, undefined]);
});
