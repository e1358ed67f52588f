import { expect, test } from "vitest";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes, outcomeOf, Recorder } from "../../src/testing/recorder.ts";

test("writes down every action, and copies what is lent", () => {
  const recorder = new Recorder();
  const bytes = utf8("-abc-");
  recorder.write(bytes);
  recorder.writeMany([bytes]);
  recorder.endTransport();
  recorder.destroyTransport();
  recorder.pauseTransport();
  recorder.resumeTransport();
  recorder.setTimer("ping", 5);
  recorder.clearTimer("ping");
  recorder.onState("closed");
  recorder.onText(bytes, 1, 4, true);
  recorder.onTextParts([bytes], 5, true);
  recorder.onBinary(bytes, 1, 4);
  recorder.onBinaryParts([bytes], 5);
  recorder.onPing(bytes, 1, 2);
  recorder.onPong(bytes, 2, 3);
  recorder.onRequest({ method: "GET" } as never);
  recorder.onOpen({ version: "hybi-13" } as never);
  recorder.onViolation({ code: "invalid-utf8" } as never);
  recorder.onClose(1000, "", true);
  bytes.fill(0);
  expect(recorder.take()).toEqual([
    ["write", utf8("-abc-")],
    ["writeMany", [utf8("-abc-")]],
    ["endTransport"],
    ["destroyTransport"],
    ["pauseTransport"],
    ["resumeTransport"],
    ["setTimer", "ping", 5],
    ["clearTimer", "ping"],
    ["onState", "closed"],
    ["onText", utf8("abc"), 0, 3, true],
    ["onTextParts", [utf8("-abc-")], 5, true],
    ["onBinary", utf8("abc"), 0, 3],
    ["onBinaryParts", [utf8("-abc-")], 5],
    ["onPing", utf8("a"), 0, 1],
    ["onPong", utf8("b"), 0, 1],
    ["onRequest", { method: "GET" }],
    ["onOpen", { version: "hybi-13" }],
    ["onViolation", { code: "invalid-utf8" }],
    ["onClose", 1000, "", true],
  ]);
  expect(recorder.take()).toEqual([]);
});

test("an outcome does not tell how things were cut", () => {
  const whole = outcomeOf([
    ["write", utf8("abc")],
    ["onText", utf8("xy"), 0, 2, true],
    ["onBinary", utf8("z"), 0, 1],
    ["endTransport"],
  ]);
  const cut = outcomeOf([
    ["writeMany", [utf8("a"), utf8("b")]],
    ["onTextParts", [utf8("x"), utf8("y")], 2, true],
    ["write", utf8("c")],
    ["onBinaryParts", [utf8("z")], 1],
    ["endTransport"],
  ]);
  expect(cut).toEqual(whole);
  expect(whole.sent).toEqual(utf8("abc"));
});

test("joins bytes", () => {
  expect(joinBytes([utf8("a"), utf8(""), utf8("bc")])).toEqual(utf8("abc"));
});
