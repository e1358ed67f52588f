import { describe, expect, test } from "vitest";
import { readTraces } from "../../../src/trace/read.ts";
import { redactEntries, redactFields } from "../../../src/trace/record/redact.ts";
import { replay } from "../../../src/trace/replay/replay.ts";
import type { TraceEntry } from "../../../src/trace/format.ts";
import { encodeUtf8, toHex } from "../../../src/trace/values.ts";
import { recordedPair } from "../recorded-pair.ts";

const SECRETS = ["s3cr3t-cookie", "Basic czNjcjN0", "t0ken", "set-s3cr3t"];
const request = {
  target: "/chat?room=t0ken&x",
  headers: { Cookie: "a=s3cr3t-cookie", Authorization: "Basic czNjcjN0", "X-Seen": "visible" },
};
const choice = { headers: { "Set-Cookie": "set-s3cr3t" } };
const isIn = (trace: string, text: string): boolean =>
  trace.includes(text) || trace.includes(toHex(encodeUtf8(text)));

describe("secrets of an opening", () => {
  const pair = recordedPair({ request, choice });
  pair.client.sendText("hello");
  pair.settle();
  pair.client.close(1000);
  pair.settle();
  const trace = pair.trace();

  test.each(SECRETS)("%s is nowhere, as text or as bytes", (secret) => {
    expect(isIn(trace, secret)).toBe(false);
  });
  test("the key is that of RFC 6455 §1.3, and so is the answer", () => {
    expect(isIn(trace, "dGhlIHNhbXBsZSBub25jZQ==")).toBe(true);
    expect(isIn(trace, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")).toBe(true);
    expect(trace).toContain('"source","random",{"hex":"7468652073616d706c65206e6f6e6365"}');
  });
  test("what is no secret stays", () => {
    expect([
      isIn(trace, "visible"),
      isIn(trace, "/chat?room=*****&x"),
      isIn(trace, "hello"),
    ]).toEqual([true, true, true]);
  });
  test("it replays all the same", () => {
    for (const {
      difference,
      stopped,
      trace: { head },
    } of replay(trace))
      expect([head.kind, difference, stopped]).toEqual([head.kind, undefined, undefined]);
  });
  test("the head says what is redacted", () => {
    for (const { head } of readTraces(trace)) expect(head.redacted).toContain("cookie");
  });
});

test("a response that waits with messages for the end of a turn has no secrets either", () => {
  const { server, settle, trace } = recordedPair({
    request,
    accept: (one) => {
      one.cork();
      one.accept(choice);
      one.sendText("welcome");
    },
  });
  server.uncork();
  settle();
  expect(SECRETS.filter((secret) => isIn(trace(), secret))).toEqual([]);
  expect(isIn(trace(), "welcome")).toBe(true);
  for (const { difference } of replay(trace())) expect(difference).toBeUndefined();
});

test("nothing is redacted where that is asked for; what the user lists is", () => {
  for (const secret of SECRETS)
    expect(isIn(recordedPair({ request, choice, redact: false }).trace(), secret)).toBe(true);
  expect(isIn(recordedPair({ request, redact: ["X-Seen"] }).trace(), "visible")).toBe(false);
});

describe("however a head is cut or written", () => {
  const pieces = (head: string, at: number): TraceEntry[] =>
    [head.slice(0, at), head.slice(at)].map((piece): TraceEntry => [
      1,
      "input",
      0,
      "receive",
      { hex: toHex(encodeUtf8(piece)) },
    ]);
  const text = (entries: readonly TraceEntry[]): string =>
    entries
      .map((entry) => Buffer.from((entry[4] as { hex: string }).hex, "hex").toString())
      .join("");
  const names = new Set(["cookie", "sec-websocket-key"]);
  const head =
    "GET /?a=secret HTTP/1.1\r\ncookie:\tsecret; b=secret \r\n secret\r\nA: b\r\nSec-WebSocket-Key: c2VjcmV0c2VjcmV0c2VjcmQ=\r\nCookie : secret\r\n\r\nCookie: payload";

  test("cut anywhere, no secret is left, sizes stay, and what follows the head is not touched", () => {
    for (let at = 0; at <= head.length; at++) {
      const seen = redactEntries(pieces(head, at), names);
      expect(text(seen)).not.toMatch(/secret|c2Vj/);
      expect(text(seen)).toHaveLength(head.length);
      expect(text(seen)).toMatch(/Cookie: payload$/);
      expect(seen.map((entry) => (entry[4] as { hex: string }).hex.length)).toEqual([
        2 * at,
        2 * (head.length - at),
      ]);
    }
  });
  test("with bare line feeds", () => {
    expect(text(redactEntries(pieces(head.replaceAll("\r", ""), 9), names))).not.toContain(
      "secret",
    );
  });
  test("with what was cut when it was recorded", () => {
    const hex = toHex(encodeUtf8(head.slice(0, 50)));
    expect(redactEntries([[1, "input", 0, "receive", { hex, size: 400, fnv: 1 }]], names)).toEqual([
      [
        1,
        "input",
        0,
        "receive",
        {
          hex: toHex(encodeUtf8("GET /?a=****** HTTP/1.1\r\ncookie:\t**************** ")),
          size: 400,
        },
      ],
    ]);
  });
  test("a key that is none stays wrong", () => {
    const wrong = "GET / HTTP/1.1\r\nSec-WebSocket-Key: short\r\n\r\n";
    expect(text(redactEntries(pieces(wrong, 3), names))).toBe(wrong.replace("short", "*****"));
  });
});

test("fields of a parsed request", () => {
  expect(
    redactFields(
      {
        target: "/?k=v",
        headers: [
          ["cookie", "abc"],
          ["a", "b"],
        ],
      },
      new Set(["cookie"]),
    ),
  ).toEqual({
    target: "/?k=*",
    headers: [
      ["cookie", "***"],
      ["a", "b"],
    ],
  });
  expect(redactFields({ fields: [[":path", "/?k=v"]] }, new Set())).toEqual({
    fields: [[":path", "/?k=*"]],
  });
  expect(redactFields("as it is", undefined)).toBe("as it is");
});
