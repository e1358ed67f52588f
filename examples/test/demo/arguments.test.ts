import { describe, expect, test } from "vitest";
import { readArguments } from "../../demo/arguments.mjs";

const none = { port: undefined, check: false, help: false };

describe("the demo's arguments", () => {
  const accepted: [given: string[], expected: object][] = [
    [[], none],
    [["--port", "9000"], { ...none, port: 9000 }],
    [["--port=0"], { ...none, port: 0 }],
    [["--", "--check"], { ...none, check: true }],
    [["--check", "--screenshot", "page.png"], { ...none, check: true, screenshot: "page.png" }],
    [["--help"], { ...none, help: true }],
  ];
  test.each(accepted)("%j is understood", (given, expected) =>
    expect(readArguments(given)).toEqual(expected),
  );

  const refused: [given: string[], message: string | RegExp][] = [
    [["--port", "http"], "--port: expected a whole number from 0 to 65535, got http"],
    [["--port", "65536"], "--port: expected a whole number from 0 to 65535, got 65536"],
    [["--port", "80.5"], "--port: expected a whole number from 0 to 65535, got 80.5"],
    [["--screenshot", "page.png"], "--screenshot goes with --check"],
    [["--chekc"], /Unknown option '--chekc'/],
    [["9000"], /Unexpected argument '9000'/],
  ];
  test.each(refused)("%j is refused with a sentence", (given, message) =>
    expect(() => readArguments(given)).toThrow(message),
  );
});
