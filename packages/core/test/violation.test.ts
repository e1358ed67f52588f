import { describe, expect, test } from "vitest";
import { ProtocolViolation, UsageError, type ViolationCode, violations } from "../src/violation.ts";

const codes = Object.keys(violations) as ViolationCode[];

describe.each(codes)("%s", (code) => {
  test("earns a close code that RFC 6455 §7.4.1 or the registry knows", () => {
    expect([1002, 1006, 1007, 1008, 1009, 1010, 1011, 1013]).toContain(violations[code][0]);
    expect(new ProtocolViolation(code).closeCode).toBe(violations[code][0]);
  });

  test("says what happened in a text that fits into a close frame", () => {
    const { message } = new ProtocolViolation(code, 4_294_967_295);
    expect(message).not.toBe("");
    expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(123);
  });

  test("takes another text in place of the table's", () => {
    expect(new ProtocolViolation(code, "as seen here")).toMatchObject({
      code,
      message: "as seen here",
      closeCode: violations[code][0],
    });
  });

  test("is named in kebab-case and cites its clause", () => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
    expect(violations[code][2]).toMatch(/^RFC \d+ §[\d.]+/);
  });
});

test.each<[bits: number, text: string]>([
  [4, "reserved1 = 1, reserved2 = 0, reserved3 = 0"],
  [2, "reserved1 = 0, reserved2 = 1, reserved3 = 0"],
  [1, "reserved1 = 0, reserved2 = 0, reserved3 = 1"],
  [7, "reserved1 = 1, reserved2 = 1, reserved3 = 1"],
])("reserved bits %i are told one by one", (bits, text) => {
  expect(new ProtocolViolation("reserved-bits", bits).message).toBe(
    `One or more reserved bits are on: ${text}`,
  );
});

test("who may have made an unmasked close frame is told, within a close frame", () => {
  const { message, detail } = new ProtocolViolation("mask-required", 8);
  expect([message.length <= 123, detail]).toEqual([true, 8]);
  expect(message).toMatch(/unmasked close frame.*: proxies such as Caddy/);
});

test("errors can be told apart", () => {
  const violation = new ProtocolViolation("mask-required");
  const usage = new UsageError("no");
  expect(violation).toBeInstanceOf(Error);
  expect(violation).not.toBeInstanceOf(TypeError);
  expect(usage).toBeInstanceOf(TypeError);
  expect([violation.name, usage.name]).toEqual(["ProtocolViolation", "UsageError"]);
});
