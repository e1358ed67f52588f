/** The table of docs/interop.md: read, compared with what a run has seen, and written. */
import type { Cells, Peer, Role, Row } from "./peer.ts";
import { textOf } from "./processes.ts";

export const PAGE = "docs/interop.md";

const COLUMNS: readonly (keyof Cells)[] = [
  "opens",
  "text",
  "binary",
  "ping",
  "deflate",
  "ours",
  "theirs",
  "gone",
  "events",
];
const WITH_EVENTS: readonly Role[] = ["proxy", "browser"];

/** A row as the page has it. */
export interface Written {
  readonly name: string;
  readonly version: string;
  readonly http: string;
  readonly cells: Cells;
}

const OF_READERS: readonly (keyof Cells)[] = [
  "opens",
  "text",
  "binary",
  "named",
  "returns",
  "gone",
];

const columnsOf = (role: Role): readonly (keyof Cells)[] =>
  (role === "reader" ? OF_READERS : COLUMNS).filter(
    (column) =>
      (column !== "events" || WITH_EVENTS.includes(role)) &&
      (column !== "gone" || role.endsWith("proxy") || role === "reader"),
  );

const marker = (role: Role): string => `<!-- rows: ${role} -->`;

/** The table of one role: from its marker to the first line that is no row. */
function linesOf(page: string, role: Role): { lines: string[]; from: number; to: number } {
  const lines = page.split("\n");
  const at = lines.indexOf(marker(role));
  if (at === -1) throw new Error(`${PAGE} has no ${marker(role)}`);
  const from = at + 4; // a blank line, the head, the rule
  let to = from;
  while (lines[to]?.startsWith("|")) to++;
  return { lines, from, to };
}

function read(line: string, role: Role): Written {
  const [first = "", http = "", ...rest] = line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
  const [, name = "", version = ""] = /^`(.*?)`, (.*)$/.exec(first) ?? [];
  const cells = Object.fromEntries(columnsOf(role).map((column, at) => [column, rest[at]]));
  return { name, version, http, cells: { gone: "–", events: "–", ...cells } as Cells };
}

/** The rows of a role on the page. */
export function written(role: Role, page = textOf(PAGE)): Written[] {
  const { lines, from, to } = linesOf(page, role);
  return lines.slice(from, to).map((line) => read(line, role));
}

const rowOf = (peer: Peer, version: string, { http, cells }: Row, date: string): string =>
  `| \`${peer.name}\`, ${version} | ${http} | ${columnsOf(peer.role)
    .map((column) => (cells[column] ?? "–").replaceAll("|", "/"))
    .join(" | ")} | ${peer.notes} | ${date} |`;

/** The page with the rows of `peer` in place of those it had, in order of names. */
export function withRows(
  page: string,
  peer: Peer,
  version: string,
  rows: readonly Row[],
  date: string,
): string {
  const { lines, from, to } = linesOf(page, peer.role);
  const others = lines.slice(from, to).filter((line) => read(line, peer.role).name !== peer.name);
  const all = [...others, ...rows.map((row) => rowOf(peer, version, row, date))];
  const key = (line: string): string => line.split("|", 3).slice(1).join(" ").toLowerCase();
  all.sort((one, other) => (key(one) < key(other) ? -1 : 1));
  return [...lines.slice(0, from), ...all, ...lines.slice(to)].join("\n");
}

/** A cell without durations, which vary by machine, and without when a server notices a reader that left, which only the long run tests. */
const essence = (cell = "–"): string =>
  cell.replace(/, after \d+ s/, "").replace(/; (?:leaving|readers).*/, "");

/**
 * The differences between a run and the page, in words. With another version than the page's, results that were good must
 * stay so, and the rest is not compared.
 */
export function differences(peer: Peer, version: string, row: Row, page = textOf(PAGE)): string[] {
  const known = written(peer.role, page).find(
    ({ name, http }) => name === peer.name && http === row.http,
  );
  if (known === undefined) return [`${peer.name} over HTTP/${row.http} has no row in ${PAGE}`];
  const isSame = known.version === version;
  return columnsOf(peer.role)
    .filter((column) => (row.cells[column] ?? "–") !== "–") // not asked
    .filter((column) => essence(known.cells[column]) !== essence(row.cells[column]))
    .filter(
      (column) =>
        isSame ||
        /^(?:yes|both notice|notices|at once|3001|4002)$/.test(essence(known.cells[column])),
    )
    .map(
      (column) =>
        `${peer.name} over HTTP/${row.http}, ${column}: ${PAGE} has "${known.cells[column]}" (${known.version}), seen was "${row.cells[column]}" (${version})`,
    );
}
