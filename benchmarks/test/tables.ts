/** Runs a benchmark, and reads the tables that it prints. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

export async function run(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    cwd: folder,
    timeout: 110_000,
  });
  return stdout;
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table under the heading that begins with `title`. */
export function tableOf(output: string, title: string): Table {
  const section = output.split("\n## ").find((text) => text.startsWith(title));
  const [head = [], , ...rows] = (section ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return { head, rows };
}
export const column = ({ head, rows }: Table, name: string): string[] =>
  rows.map((cells) => cells[head.indexOf(name)] ?? "");
export const numbers = (table: Table, name: string): number[] =>
  column(table, name).map((cell) => Number(cell.replaceAll(",", "")));

export function expectMessages(table: Table, servers: string[]): void {
  expect(column(table, "server")).toEqual(servers);
  for (const count of numbers(table, "per CPU second")) expect(count).toBeGreaterThan(0);
  expect(numbers(table, "errors")).toEqual(servers.map(() => 0));
}
