/** Each row of the tables of differences names the test that shows it: it is there, under that name. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The files of the tests, as the tables call them; without a word before its name a test is in the section's own. */
const FILES: Readonly<Record<string, string>> = {
  wire: "websocket/websocket.wire.test.ts",
  client: "websocket/client.test.ts",
  both: "faye/differences.test.ts",
};
const SECTIONS: Readonly<Record<string, string>> = {
  "What is different": "websocket/websocket.test.ts",
  EventSource: "sse/event-source.test.ts",
};

function pathOf(name: string): string {
  return name.startsWith("packages/") ? name : `packages/node-adapter/test/${FILES[name] ?? name}`;
}

/** The tests of a cell: groups between semicolons, each of one file: `wire, "a test", "another"; "one of the section's"`. */
function testsOf(cell: string, own: string): [path: string, name: string][] {
  return cell.split(/(?<="); /).flatMap((group) => {
    const file = /^(?:`([^`]+)`|(\w+)), /.exec(group);
    return [...group.matchAll(/"([^"]+)"/g)].map(([, name]): [string, string] => [
      pathOf(file?.[1] ?? file?.[2] ?? own),
      name!,
    ]);
  });
}

const rows: [point: string, tests: [path: string, name: string][]][] = [];
let section = "";
for (const line of read("docs/migrating-from-faye-websocket.md").split("\n")) {
  section = /^## (.*)/.exec(line)?.[1] ?? section;
  const own = SECTIONS[section];
  const cells = line.split("|").map((cell) => cell.trim());
  if (own !== undefined && cells.length === 6 && !/^(?:Point|-+)$/.test(cells[1]!))
    rows.push([cells[1]!, testsOf(cells[4]!, own)]);
}

test("the tables are found", () => {
  expect(rows.length).toBeGreaterThan(50);
});

const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

test.each(rows)("%s", (_, tests) => {
  expect(tests, "a row names a test").not.toEqual([]);
  // A test by that name, or a scenario in a table of them.
  for (const [path, name] of tests)
    expect(read(path), `${path}: ${name}`).toMatch(
      new RegExp(
        `\\(\\s*${quoted(name)},|^ +\\[\\s*${quoted(name)},|^ +name: ${quoted(name)},`,
        "m",
      ),
    );
});
