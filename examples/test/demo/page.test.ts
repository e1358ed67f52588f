/** The page of the demo needs nothing but what the demo serves, and speaks to everyone. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const folder = new URL("../../demo/page/", import.meta.url);
const files = readdirSync(folder);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const html = read("index.html");

describe.each(files)("%s", (name) => {
  test("loads nothing from elsewhere", () => {
    const addresses = [...read(name).matchAll(/(?:https?:)?\/\/[a-z][\w-]*\.[\w./-]+/g)].map(
      ([address]) => address,
    );
    expect(addresses.filter((address) => !address.includes("www.w3.org/2000/svg"))).toEqual([]);
  });
  test("is short", () => {
    expect(read(name).split("\n").length).toBeLessThanOrEqual(450);
  });
});

describe("the page", () => {
  const ids = [...html.matchAll(/\bid="([\w-]+)"/g)].map(([, id]) => id!);

  test("gives every control a name", () => {
    const inputs = [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
    expect(inputs.length).toBeGreaterThan(0);
    expect(inputs.filter((tag) => !/aria-label="[^"]+"/.test(tag))).toEqual([]);
    const buttons = [...html.matchAll(/<button\b[^>]*>([^<]*)/g)].map(([, text]) => text!.trim());
    expect(buttons).not.toContain("");
    expect(new Set(buttons).size).toBe(buttons.length);
  });

  test("uses each id once, and the script finds each it asks for", () => {
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = [...read("app.js").matchAll(/\$\("([\w-]+)"\)/g)].map(([, id]) => id!);
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("loads only files that are there", () => {
    const loaded = [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, file]) => file!);
    expect(loaded.filter((file) => !files.includes(file))).toEqual([]);
  });

  test("writes no markup from strings, which might be another's", () => {
    const scripts = files.filter((name) => name.endsWith(".js"));
    expect(
      scripts.filter((name) =>
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write/.test(read(name)),
      ),
    ).toEqual([]);
  });
});
