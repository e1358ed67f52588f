import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_EVENT_SOURCE_OPTIONS } from "../../src/sse/server/connection.ts";
import { DEFAULT_EVENT_STREAM_LIMITS } from "../../src/sse/client/decoder.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { LIMITS_DOCUMENT, optionsOf, renderLimits } from "../../tools/render-limits.ts";

test("docs/limits.md is what the sources say", () => {
  expect(
    readFileSync(LIMITS_DOCUMENT, "utf8"),
    "docs/limits.md is stale: run `pnpm --filter @sansocket/core docs:limits`",
  ).toBe(renderLimits());
});

/** The default that a comment names, as a value: `67_108_863 (64 MiB − 1)`, `2^53 − 1`, `"close"`. */
function valueOf(text: string): unknown {
  const plain = text.replaceAll("_", "").replace("2^53 − 1", String(Number.MAX_SAFE_INTEGER));
  return JSON.parse(plain.split(" (")[0]!);
}

describe.each<[declaration: string, file: string, defaults: object]>([
  ["ConnectionOptions", "options.ts", DEFAULT_OPTIONS],
  ["EventSourceConnectionOptions", "sse/server/connection.ts", DEFAULT_EVENT_SOURCE_OPTIONS],
  ["EventStreamLimits", "sse/client/decoder.ts", DEFAULT_EVENT_STREAM_LIMITS],
])("%s", (declaration, file, defaults) => {
  const rows = optionsOf(file, declaration);
  test("every option is there", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(defaults).sort());
  });
  test.each(rows.map((row) => [row.name, row] as const))(
    "%s: the default is what its comment says, and has a reason",
    (name, { value, reason, meaning }) => {
      expect(valueOf(value)).toEqual(defaults[name as never]);
      expect([reason, meaning]).not.toContain("");
    },
  );
});

test("an interface that is not there is said to be missing", () => {
  expect(() => optionsOf("options.ts", "Nothing")).toThrow(
    "options.ts declares no interface Nothing",
  );
});
