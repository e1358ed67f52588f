/**
 * `npm run interop`: all peers that are installed. `-- NAME…` for some, `-- --list` for their names and what is missing, `-- --packages` for what Debian has of them, `-- --write` to put what was seen into
 * docs/interop.md, `-- --idle 330` for how long proxies bear a socket on which nothing is said. Ends with 1 where a run differs from that page, or a peer that was named is not installed.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brokers } from "./brokers/index.ts";
import { browsers } from "./browsers.ts";
import { foreigners } from "./foreign.ts";
import type { Peer, Row } from "./peer.ts";
import { root, textOf } from "./processes.ts";
import { proxies } from "./proxies/index.ts";
import { readers } from "./readers/index.ts";
import { differences, PAGE, withRows } from "./table.ts";
import { idle, runProxy } from "./through.ts";
import { workers } from "./workers/index.ts";

interface Runnable {
  readonly peer: Peer;
  run(): Promise<Row[]>;
}

const all: readonly Runnable[] = [
  ...proxies.map((peer) => ({ peer, run: () => runProxy(peer) })),
  ...browsers.map((peer) => ({ peer, run: () => peer.run() })),
  ...brokers.map((peer) => ({ peer, run: () => peer.run() })),
  ...readers.map((peer) => ({ peer, run: () => peer.run() })),
  ...workers.map((peer) => ({ peer, run: () => peer.run() })),
  ...foreigners().map((peer) => ({ peer, run: () => peer.run() })),
];

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    packages: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    idle: { type: "string" },
  },
});
const unknown = names.filter((name) => !all.some(({ peer }) => peer.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no peer ${unknown.join(", ")}. Known are: ${all.map(({ peer }) => peer.name).join(", ")}.`,
  );
  process.exit(2);
}

const howTo = ({ install }: Peer): string => `not installed: ${install}`;

function list(): void {
  for (const { peer } of all)
    console.log(`${peer.name.padEnd(24)} ${peer.role.padEnd(15)} ${peer.version() ?? howTo(peer)}`);
}

/** Returns what is wrong. */
async function runOne({ peer, run }: Runnable): Promise<string[]> {
  const version = peer.version();
  if (version === undefined) {
    console.log(`${peer.name}: ${howTo(peer)}`);
    return names.length > 0 ? [`${peer.name} is not installed: ${peer.install}`] : [];
  }
  const begun = performance.now();
  try {
    const rows = await run();
    console.log(`${version}, ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    for (const { http, cells } of rows)
      console.log(
        `  HTTP/${http}: ${Object.entries(cells)
          .map(([name, word]) => `${name} ${word}`)
          .join(" | ")}`,
      );
    if (!values.write) return rows.flatMap((row) => differences(peer, version, row));
    const page = withRows(textOf(PAGE), peer, version, rows, new Date().toISOString().slice(0, 10));
    writeFileSync(join(root, PAGE), page);
    return [];
  } catch (error) {
    return [`${peer.name}: ${(error as Error).message}`];
  }
}

/** All at once, since they are waited for. */
async function idleOnes(seconds: number): Promise<void> {
  const chosen = proxies.filter(
    (peer) => peer.version() !== undefined && (names.length === 0 || names.includes(peer.name)),
  );
  await Promise.all(
    chosen.map(async (peer) => {
      for (const line of await idle(peer, seconds * 1000).catch((error: Error) => [error.message]))
        console.log(`${peer.name}, ${line}`);
    }),
  );
}

/** Prints the Debian packages that all peers together want. */
function packages(): void {
  const wanted = all.flatMap(
    ({ peer }) => /^apt-get install ([^;]*)/.exec(peer.install)?.[1]?.split(" ") ?? [],
  );
  for (const name of new Set(wanted)) console.log(name);
}

if (values.list) list();
else if (values.packages) packages();
else if (values.idle !== undefined) await idleOnes(Number(values.idle));
else {
  const wrong: string[] = [];
  for (const one of all)
    if (names.length === 0 || names.includes(one.peer.name)) wrong.push(...(await runOne(one)));
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
// Programs that were stopped may still hold a pipe.
process.exit();
