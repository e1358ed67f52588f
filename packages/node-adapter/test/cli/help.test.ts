/** The command's help and version. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildCommand, sansocket } from "./command.ts";

buildCommand();

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

test("--help lists the subcommands, and each has a help that fits a screen, without colours", async () => {
  const { out, code } = await sansocket(["--help"]);
  expect(code).toBe(0);
  const names = [...out.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name!);
  expect(names).toEqual(expect.arrayContaining(["connect", "listen", "events"]));
  const helps = await Promise.all(names.map((name) => sansocket([name, "--help"])));
  for (const help of helps) {
    expect(help.code).toBe(0);
    const lines = help.out.split("\n");
    expect(lines[0]).toMatch(/^Usage: sansocket \w+ \[options\]/);
    expect(lines.length - 1).toBeLessThanOrEqual(24); // the last line ends, too
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(help.out).toContain("Exit codes: 0 done; ");
    expect(help.out).not.toContain("\u001b");
  }
});

test("help NAME has every option, with what it does", async () => {
  const [short, full] = await Promise.all([
    sansocket(["connect", "--help"]),
    sansocket(["help", "connect"]),
  ]);
  const [, rare] = /^And: (--[^;]*);/m.exec(short.out)!;
  const names = rare!.split(/\s+/);
  expect(names).toEqual(expect.arrayContaining(["--proxy", "--http2", "--reconnect"]));
  for (const name of names)
    expect(full.out).toMatch(new RegExp(`^ .*${name}( [A-Z:=]+)? {2,}\\w`, "m"));
  expect(full.out).not.toContain("And: ");
  expect(full.out).toContain("Exit codes: 0 done; ");
  const bogus = await sansocket(["help", "bogus"]);
  expect([bogus.code, bogus.err]).toEqual([
    2,
    expect.stringContaining("there is no command bogus"),
  ]);
});

test("without arguments it says how it is used, and ends with 2", async () => {
  const { out, code } = await sansocket([]);
  expect([code, out.startsWith("Usage: sansocket COMMAND")]).toEqual([2, true]);
});

test("--version", async () => {
  expect(version).toMatch(/^\d/);
  expect((await sansocket(["--version"])).out).toMatch(/^\d|^unknown/);
});

test("help script tells what a script may say", async () => {
  expect((await sansocket(["help", "script"])).out).toContain("< text      expects that");
});
