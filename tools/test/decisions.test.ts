/** Decisions are numbered without gaps, listed, and each says what would make us decide again. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../docs/decisions/", import.meta.url));
const files = readdirSync(folder)
  .filter((name) => name !== "README.md")
  .sort();

test("are numbered without gaps", () => {
  expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_, at) => at + 1));
});

test("are listed in order, each under its title", () => {
  const listed = [
    ...readFileSync(`${folder}README.md`, "utf8").matchAll(/^\| (\d+) \| \[(.+)\]\((.+)\) \|$/gm),
  ].map(([, number, title, file]) => [number, title, file]);
  const titles = files.map((name) => {
    const heading = /^# 0*\d+[.:] (.+)$/m.exec(readFileSync(folder + name, "utf8"))?.[1];
    return [name.slice(0, 4), heading, name];
  });
  expect(listed).toEqual(titles);
});

describe.each(files)("%s", (name) => {
  const text = readFileSync(folder + name, "utf8");

  test("has its own number", () => {
    expect(Number(/^# 0*(\d+)[.:] /.exec(text)?.[1])).toBe(Number(name.slice(0, 4)));
  });

  test("says what would make us decide again", () => {
    expect(text).toMatch(/^## What would make us decide again\n\n\* \S/m);
  });
});
