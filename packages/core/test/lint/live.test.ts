/** Linting while a connection talks: after each line what a file up to that line would give. */
import { describe, expect, test } from "vitest";
import { lint, LiveLint, type LiveLintOptions, type LintReport } from "../../src/lint/index.ts";
import { recordedPair } from "../trace/recorded-pair.ts";
import { tools } from "./tools.ts";

/** The lines of a talk with fragments, a ping and a close. */
function talked(): string[] {
  const { client, server, settle, trace } = recordedPair({
    onText: (one, text) => one.sendText(`You said ${text}`),
  });
  client.open();
  settle();
  client.sendText("hello");
  settle();
  server.ping(Uint8Array.of(1));
  settle();
  client.close(1000, "bye");
  settle();
  client.receiveEnd();
  server.receiveEnd();
  return trace().trimEnd().split("\n");
}

/** Gives lines to a linter, as the recorder does. */
function feed(live: LiveLint, lines: readonly string[], shift = 0): void {
  for (const line of lines) {
    const value = JSON.parse(line) as { connection: number } | [number];
    const number = (Array.isArray(value) ? value[0] : value.connection) + shift;
    if (Array.isArray(value)) live.write(number, Buffer.from(`${line}\n`));
    else live.begin(number, Buffer.from(`${line}\n`));
  }
}

/** Without the numbers, which count connections here, and conversations in a file. */
const unnumbered = ({ conversations }: LintReport): unknown[] =>
  conversations
    .map(({ id: _, ...rest }) => rest)
    .sort((one, other) => one.label.localeCompare(other.label));

const made = (options?: LiveLintOptions): LiveLint => new LiveLint(tools, options);

test("says after each line what lint says of the lines so far, but of how it ends", () => {
  const lines = talked();
  const live = made();
  for (const [index, line] of lines.entries()) {
    feed(live, [line]);
    const file = lint(Buffer.from(lines.slice(0, index + 1).join("\n")), tools);
    const report = live.report();
    expect(unnumbered(report)).toEqual(unnumbered(file));
    expect(report.count).toBe(index + 1);
  }
  const [one] = live.report().conversations;
  expect(one!.messages.map(({ kind }) => kind)).toEqual([
    "text",
    "text",
    "ping",
    "pong",
    "close",
    "close",
  ]);
  expect(one!.ended).toMatchObject({ client: expect.any(Number), server: expect.any(Number) });
});

test("a connection that has ended is judged by its end, once", () => {
  const lines = talked();
  const cut = lines.findIndex((line) => /"command".*"close"/.test(line));
  const broken = [...lines.slice(0, cut), '[1,"input",9999,"receiveEnd"]'];
  const live = made();
  feed(live, broken);
  const codes = (): string[] => live.report().findings.map(({ code }) => code);
  expect(codes()).toEqual([]);
  live.end(1);
  live.end(1);
  expect(codes()).toEqual(
    lint(Buffer.from(broken.join("\n")), tools).findings.map((one) => one.code),
  );
  expect(codes()).toContain("no-close-frame");
});

test("a connection that is broken off says when", () => {
  const lines = talked();
  const live = made();
  feed(live, [...lines.slice(0, 20), '[1,"action","destroyTransport"]']);
  expect(live.report().conversations[0]!.broken).toBe(live.report().conversations[0]!.ended.client);
});

test("event streams have no frames: they are passed over", () => {
  const live = made();
  const options = { sansocketTrace: 1, connection: 1, kind: "event-stream-server", options: {} };
  feed(live, [JSON.stringify(options), '[1,"command",0,"send"]']);
  live.end(1);
  expect(live.report().conversations).toEqual([]);
});

describe("its memory is bounded", () => {
  /** Of one conversation, whose both sides are recorded. */
  const size =
    talked()
      .filter((line) => /"receive"|"write"/.test(line))
      .join("").length / 2;

  test("closed connections go first, the oldest before others", () => {
    const live = made({ bytes: Math.round(3 * size) });
    for (const shift of [0, 10, 20, 30]) {
      feed(live, talked(), shift);
      for (const number of [1, 2]) live.end(number + shift);
    }
    const ids = live.report().conversations.map(({ id }) => id);
    expect(ids).not.toContain(1);
    expect(ids).toContain(31);
    expect(live.report().findings).toEqual([]);
  });

  test("an open connection is read up to the limit, and a note says so", () => {
    const live = made({ bytes: Math.round(size / 2) });
    feed(live, talked());
    expect(
      live.report().findings.map(({ severity, code, message }) => [severity, code, message]),
    ).toContainEqual(["note", "not-seen", expect.stringContaining("the limit of")]);
  });

  test.each([0, 1.5, NaN])("%d bytes are no limit", (bytes) => {
    expect(() => made({ bytes })).toThrow("bytes: expected a whole number from 1");
  });
});
