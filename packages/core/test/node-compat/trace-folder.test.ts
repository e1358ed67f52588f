import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTraceFolder, processRecorder } from "../../src/node-compat/trace-folder.ts";
import { readTraces } from "../../src/trace/read.ts";
import { encodeUtf8 } from "../../src/trace/values.ts";
import { UsageError } from "../../src/violation.ts";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "sansocket-folder-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const head = (connection: number): Uint8Array =>
  encodeUtf8(
    `{"sansocketTrace":1,"connection":${connection},"kind":"websocket-server","options":{},"redacted":[]}\n`,
  );
const line = (connection: number, name: string): Uint8Array =>
  encodeUtf8(`[${connection},"action","onState","${name}"]\n`);
const files = (): string[] =>
  fs
    .readdirSync(folder)
    .sort((a, b) => Number(/(\d+)\.jsonl/.exec(a)![1]) - Number(/(\d+)\.jsonl/.exec(b)![1]));
const read = (name: string): string => fs.readFileSync(join(folder, name), "utf8");

test("a step is in the file when it is over, which its owner alone may read", () => {
  const traces = createTraceFolder(fs, 42, join(folder));
  traces.begin(1, head(1));
  traces.write(1, line(1, "alive.open"));
  const [name] = files();
  expect(name).toMatch(/^42-\d+-1\.jsonl$/);
  expect(readTraces(read(name!))[0]!.entries).toHaveLength(1);
  expect(fs.statSync(join(folder, name!)).mode & 0o777).toBe(0o600);
});

test("files rotate: each can be read by itself, says what went before, and only the last are kept", () => {
  const traces = createTraceFolder(fs, 42, join(folder), { fileBytes: 400, files: 2 });
  traces.begin(1, head(1));
  traces.begin(2, head(2));
  traces.end(2);
  for (let count = 0; count < 60; count++) traces.write(1, line(1, String(count)));
  expect(files()).toHaveLength(2);
  let last = -1;
  for (const name of files()) {
    expect(fs.statSync(join(folder, name)).size).toBeLessThan(550);
    const [{ entries }] = readTraces(read(name)) as [ReturnType<typeof readTraces>[number]];
    const [gap, ...rest] = entries.map(({ entry }) => entry);
    expect(gap).toEqual([1, "gap", Number(rest[0]![3])]);
    if (last !== -1) expect(Number(rest[0]![3])).toBe(last + 1);
    last = Number(rest.at(-1)![3]);
  }
  expect(last).toBe(59);
  traces.write(2, line(2, "ended"));
  expect(files().map(read).join("")).not.toContain("ended");
});

test.each([
  [["", {}], "recordTo: expected the path of a folder, got "],
  [["x", { fileBytes: 0 }], "fileBytes: expected a whole number from 1, got 0"],
  [["x", { files: 1.5 }], "files: expected a whole number from 1, got 1.5"],
] as const)("%j is refused, before a folder is made", ([path, options], message) => {
  const make = (): unknown =>
    createTraceFolder(fs, 1, path === "" ? "" : join(folder, path), options);
  expect(make).toThrow(UsageError);
  expect(make).toThrow(message);
  expect(files()).toEqual([]);
});

test("a process records where its variable names a folder, which is read once", () => {
  let asked = 0;
  const recorder = processRecorder({
    fs,
    pid: 7,
    folder: () => {
      asked += 1;
      return folder;
    },
  });
  const sink = recorder.processRecord();
  expect(sink).toBeDefined();
  expect(recorder.processRecord()).toBe(sink);
  expect(asked).toBe(1);
});

test("without the variable a process does not record", () => {
  const recorder = processRecorder({ fs, pid: 7, folder: () => undefined });
  expect(recorder.processRecord()).toBeUndefined();
});
