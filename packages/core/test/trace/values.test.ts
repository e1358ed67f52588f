import { describe, expect, test } from "vitest";
import { ProtocolViolation } from "../../src/violation.ts";
import {
  bytesValue,
  decodeUtf8,
  defined,
  encodeUtf8,
  fieldsOf,
  fieldsValue,
  fnv1a,
  fromHex,
  isBytes,
  isCut,
  openingValue,
  requestValue,
  responseValue,
  sameValue,
  toHex,
  violationValue,
} from "../../src/trace/values.ts";

test("hexadecimal, both ways; what is none is refused", () => {
  expect(toHex(Uint8Array.of(0, 15, 255), 1)).toBe("0fff");
  expect([...fromHex("000fFF")]).toEqual([0, 15, 255]);
  for (const wrong of ["0", "0g", "00 "]) expect(() => fromHex(wrong)).toThrow(RangeError);
});

test("FNV-1a, as its authors publish it", () => {
  expect(fnv1a(encodeUtf8(""))).toBe(0x811c9dc5);
  expect(fnv1a(encodeUtf8("foobar"))).toBe(0xbf9cf968);
});

test("bytes that are cut keep their size, and a hash by which they are told apart", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const cut = bytesValue(bytes, 2);
  expect(cut).toEqual({ hex: "0102", size: 4, fnv: fnv1a(bytes) });
  expect([
    isBytes(cut),
    isCut(cut),
    isCut(bytesValue(bytes)),
    isBytes("0102"),
    isBytes(null),
  ]).toEqual([true, true, false, false, false]);
  expect(sameValue(cut, bytesValue(bytes))).toBe(true);
  expect(sameValue(cut, bytesValue(Uint8Array.of(1, 2, 3, 5)))).toBe(false);
  expect(sameValue(cut, bytesValue(Uint8Array.of(1, 2, 3)))).toBe(false);
  expect(sameValue([cut, "a"], [bytesValue(bytes), "a"])).toBe(true);
  expect(sameValue([cut], [bytesValue(bytes), "a"])).toBe(false);
});

test("values are the same whatever the order of members, and null is as good as absent", () => {
  expect(sameValue({ a: 1, b: null, c: [1, { d: "x" }] }, { c: [1, { d: "x" }], a: 1 })).toBe(true);
  expect(sameValue({ a: 1 }, { a: "1" })).toBe(false);
  expect(sameValue(undefined, null)).toBe(true);
});

describe("UTF-8", () => {
  test.each(["", "plain", "é水😀\u0000\uffff\u{10ffff}"])("%j there and back", (text) => {
    const bytes = encodeUtf8(text);
    expect([...bytes]).toEqual([...new TextEncoder().encode(text)]);
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
  });
  test("a lone surrogate becomes U+FFFD", () => {
    expect([...encodeUtf8("a\ud800b")]).toEqual([...new TextEncoder().encode("a\ud800b")]);
  });
});

test("header fields keep their order and repetition", () => {
  const fields = fieldsOf([
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
  expect([fields.get("a"), fields.get("c"), fieldsValue(fields)]).toEqual([
    "1, 3",
    undefined,
    [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ],
  ]);
});

test("requests, responses, outcomes and violations as they are written", () => {
  const headers = fieldsOf([["a", "1"]]);
  const response = { status: 101, statusText: "OK", headers, body: Uint8Array.of(7) };
  const written = { status: 101, statusText: "OK", headers: [["a", "1"]], body: { hex: "07" } };
  expect(requestValue({ method: "GET", target: "/", headers, secure: true })).toEqual({
    method: "GET",
    target: "/",
    headers: [["a", "1"]],
    secure: true,
  });
  expect(responseValue(response)).toEqual(written);
  expect(openingValue({ version: "hybi-13", protocol: "p", extensions: "", response })).toEqual({
    version: "hybi-13",
    protocol: "p",
    extensions: "",
    response: written,
  });
  expect(violationValue(new ProtocolViolation("mask-required", 0, { offset: 3 }))).toEqual({
    code: "mask-required",
    closeCode: 1002,
    message: "Received unmasked frame but masking is required",
    offset: 3,
  });
  expect(defined({ a: 1, b: undefined })).toEqual({ a: 1 });
});
