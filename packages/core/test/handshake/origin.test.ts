import { describe, expect, test } from "vitest";
import { checkOrigins, originOf, originProblem } from "../../src/handshake/origin.ts";
import { createServerConnection } from "../../src/index.ts";
import type { OpeningRequest, Origins } from "../../src/opening.ts";
import { openingHead } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { outcomeOf, Recorder } from "../../src/testing/recorder.ts";
import { UsageError } from "../../src/violation.ts";

const request = (fields: Record<string, string>): OpeningRequest => ({
  method: "GET",
  target: "/",
  headers: new Map(Object.entries({ "sec-websocket-version": "13", ...fields })),
});
const from = (origin: string | undefined, host = "example.com"): OpeningRequest =>
  request({ host, ...(origin === undefined ? {} : { origin }) });

describe("where the origin is", () => {
  test.each<[version: string, fields: Record<string, string>, origin: string | undefined]>([
    ["13", { origin: "https://a" }, "https://a"],
    ["13", { "sec-websocket-origin": "https://b" }, undefined],
    ["13", { origin: "https://a", "sec-websocket-origin": "https://b" }, "https://a"],
    ["8", { "sec-websocket-origin": "https://b" }, "https://b"],
    ["7", { origin: "https://a", "sec-websocket-origin": "https://b" }, "https://b"],
    ["7", { origin: "https://a" }, "https://a"],
    ["8", {}, undefined],
  ])("version %s, %o: %s", (version, fields, origin) => {
    expect(originOf(request({ "sec-websocket-version": version, ...fields }))).toBe(origin);
  });
});

describe("who may connect", () => {
  const rows: [origins: Origins, origin: string | undefined, host: string, may: boolean][] = [
    ["same-origin", undefined, "example.com", true],
    ["same-origin", "https://example.com", "example.com", true],
    ["same-origin", "http://example.com", "example.com", true],
    ["same-origin", "HTTPS://EXAMPLE.COM", "Example.Com", true],
    ["same-origin", "https://example.com", "example.com:443", true],
    ["same-origin", "http://example.com:80", "example.com", true],
    ["same-origin", "https://example.com", "example.com:80", false],
    ["same-origin", "http://localhost:8080", "localhost:8080", true],
    ["same-origin", "http://localhost:3000", "localhost:8080", false],
    ["same-origin", "http://[::1]:8080", "[::1]:8080", true],
    ["same-origin", "http://localhost:8080/", "localhost:8080", true], // Go's x/net/websocket
    ["same-origin", "https://example.com//", "example.com", false],
    ["same-origin", "https://example.com/x", "example.com", false],
    ["same-origin", "https://evil.example", "example.com", false],
    ["same-origin", "https://example.com.evil.example", "example.com", false],
    ["same-origin", "https://evil.example/example.com", "example.com", false],
    ["same-origin", "https://evil.example@example.com", "example.com", false],
    ["same-origin", "https://example.com, https://evil.example", "example.com", false],
    ["same-origin", "https://evil.example, https://example.com", "example.com", false],
    ["same-origin", "null", "example.com", false],
    ["same-origin", "null", "null", false],
    ["same-origin", "", "", false],
    ["same-origin", "example.com", "example.com", false],
    ["same-origin", "file://", "example.com", false],
    ["same-origin", "chrome-extension://abcdef", "example.com", false],
    [["https://example.com"], undefined, "h", true],
    [["https://example.com"], "https://example.com", "h", true],
    [["https://Example.com:443"], "https://example.com", "h", true],
    [["https://example.com"], "https://example.com/", "h", true],
    [["https://example.com/"], "https://example.com", "h", true],
    [["https://example.com"], "http://example.com", "h", false],
    [["https://example.com"], "https://example.com:8443", "h", false],
    [["https://example.com"], "https://a.example.com", "h", false],
    [["https://example.com"], "https://h", "h", false],
    [["https://a", "https://b"], "https://b", "h", true],
    [["https://a", "null"], "null", "h", true],
    [["https://a"], "null", "h", false],
    [[], "https://a", "h", false],
    ["*", "https://evil.example", "h", true],
    [true, "null", "h", true],
    [(origin) => origin === "https://a", "https://a", "h", true],
    [(origin) => origin === "https://a", "https://b", "h", false],
    [(origin) => origin !== undefined, undefined, "h", false],
    [(_, { target }) => target === "/", "https://b", "h", true],
  ];
  test.each(rows)("%s, from %s to %s: %s", (origins, origin, host, may) => {
    const problem = originProblem(from(origin, host), origins);
    expect(problem === undefined).toBe(may);
    if (problem !== undefined)
      expect(problem).toEqual({ status: 403, message: expect.stringContaining("may not connect") });
  });

  test("a refusal says who, and why", () => {
    expect(
      originProblem(from("http://localhost:3000", "localhost:8080"), "same-origin")!.message,
    ).toBe(
      "Origin http://localhost:3000 may not connect: it is not that of this server (localhost:8080), nor among the origins that are allowed",
    );
    expect(originProblem(from("https://b"), ["https://a"])!.message).toBe(
      "Origin https://b may not connect: it is not among the origins that are allowed",
    );
    expect(originProblem(from(undefined), () => false)!.message).toContain("Origin (none)");
    expect(
      originProblem(from(`https://${"x".repeat(10_000)}`), "same-origin")!.message.length,
    ).toBeLessThan(500);
  });

  test.each<[answer: unknown]>([[Promise.resolve(false)], [undefined], [1], ["no"]])(
    "a function that answers %s is a mistake, not a yes",
    (answer) => {
      expect(() => originProblem(from("https://a"), () => answer as boolean)).toThrow(UsageError);
    },
  );
});

describe("what may be given", () => {
  test.each<[origins: unknown]>([
    ["*"],
    [true],
    ["same-origin"],
    [() => true],
    [[]],
    [["https://a", "http://b:81", "null", "app://x"]],
  ])("%s", (origins) => {
    expect(() => {
      checkOrigins(origins);
    }).not.toThrow();
  });
  test.each<[origins: unknown, says: string]>([
    ["https://example.com", 'got "https://example.com"; put it in a list'],
    [false, "got boolean"],
    [null, "got object"],
    [{}, "got object"],
    [5, "got number"],
    [["example.com"], 'got "example.com"'],
    [["https://example.com/x"], 'got "https://example.com/x"'],
    [["https://*.example.com", 5], "got 5"],
    [["*"], 'got "*"'],
    [[/x/], "got {}"],
  ])("but not %o", (origins, says) => {
    expect(() => {
      checkOrigins(origins);
    }).toThrow(UsageError);
    expect(() => {
      checkOrigins(origins);
    }).toThrow(says);
  });
});

test.each<[name: string, head: Uint8Array, drafts: boolean]>([
  ["version 13", openingHead({ Origin: "https://evil.example" }), false],
  [
    "version 8",
    openingHead({ "Sec-WebSocket-Version": "8", "Sec-WebSocket-Origin": "https://evil.example" }),
    false,
  ],
  [
    "draft 76",
    openingHead({
      "Sec-WebSocket-Version": undefined,
      "Sec-WebSocket-Key": undefined,
      "Sec-WebSocket-Key1": "1 2",
      "Sec-WebSocket-Key2": "1 2",
      Origin: "https://evil.example",
    }),
    true,
  ],
  [
    "draft 75",
    openingHead({
      "Sec-WebSocket-Version": undefined,
      "Sec-WebSocket-Key": undefined,
      Origin: "https://evil.example",
    }),
    true,
  ],
])("accept() refuses with 403, %s", (_, head, drafts) => {
  const actions = new Recorder();
  const connection = createServerConnection(actions, createTestPlatform());
  connection.expectRequest();
  connection.receive(head);
  connection.accept({ origins: "same-origin", drafts });
  const { events, sent } = outcomeOf(actions.take());
  expect(new TextDecoder().decode(sent)).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n[^]*Connection: close\r\n\r\nOrigin https:\/\/evil\.example may not connect/,
  );
  expect(events.find(([type]) => type === "onViolation")![1]).toMatchObject({
    code: "handshake-failed",
    message: expect.stringContaining("https://evil.example"),
  });
});
