/** The scripts of findings/ have the form that CONTRIBUTING states, their first lines too. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../findings/", import.meta.url));
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));

describe.each(scripts)("%s", (name) => {
  const [shebang, ...lines] = readFileSync(folder + name, "utf8").split("\n");
  const comment = lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith("#")),
    )
    .join("\n");

  test("is a program that fails where a command fails, in a folder of its own", () => {
    expect(shebang).toBe("#!/usr/bin/env bash");
    expect(lines).toContain("set -euo pipefail");
    expect(lines).toContain("folder=$(mktemp -d)");
    expect(lines.some((line) => line.startsWith('trap \'rm -rf "$folder"'))).toBe(true);
  });

  test("says at the top which version it runs, and what it sees", () => {
    expect(comment).toMatch(/\d+\.\d+/);
    expect(comment).toMatch(/Seen/);
  });
});
