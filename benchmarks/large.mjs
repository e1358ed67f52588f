#!/usr/bin/env node
// Large and fragmented messages: CPU time of the server for an echo, as a share of ws's, servers in turns. See README.md beside this file.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { prepareLoad, stop } from "./load.mjs";
import { heading, median, ratios, short, table } from "./report.mjs";
import { errorsOf, inTurns } from "./turns.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    bufferutil: { type: "boolean", default: false },
    least: { type: "boolean", default: false },
    only: { type: "string" },
    secs: { type: "string", default: "0.4" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});
const [secs, rounds] = [Number(given.secs), Number(given.rounds)];
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

const KIB = 1024;
const MIB = KIB * KIB;
/** The most of ws's CPU time that we promise to take for one message of each row. */
const MOST = { ws: 0.8, "ws + bufferutil": 0.9 };

const size = (bytes) =>
  bytes >= MIB ? `${bytes / MIB} MiB` : bytes >= KIB ? `${bytes / KIB} KiB` : `${bytes} B`;
const forms = ["text", "binary"];
const rowsOf = (sizes, title, load) =>
  forms.flatMap((form) =>
    sizes.map((each) => ({
      title: `${form}, ${title(each)}`,
      load: `-c 1 -p 1 --${form} ${load(each)}`,
    })),
  );
/** Kinds of rows: what is sent, and in which pieces. `quick` are the sizes of a short run. */
const kinds = {
  whole: {
    sizes: [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB],
    quick: [64 * KIB, 4 * MIB],
    title: (bytes) => size(bytes),
    load: (bytes) => `-s ${bytes}`,
  },
  fragments: {
    sizes: [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB],
    quick: [256, 16 * KIB],
    title: (bytes) => `4 MiB in fragments of ${size(bytes)}`,
    load: (bytes) => `-s ${4 * MIB} --fragment ${bytes}`,
  },
  chops: {
    sizes: [64, 128, 256, 512, KIB],
    quick: [256],
    title: (bytes) => `1 MiB in writes of ${size(bytes)}`,
    load: (bytes) => `-s ${MIB} --chop ${bytes}`,
  },
};
const wanted = given.only?.split(",") ?? Object.keys(kinds);
for (const name of wanted)
  if (!Object.hasOwn(kinds, name))
    stop(`There is no kind "${name}"; there are ${Object.keys(kinds).join(", ")}.`);

const beside = (name) => fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));

/** ws with its native helper, which npm installs into `folder`; our other benchmarks have ws as it is installed by default. */
function withBufferutil(folder) {
  for (const name of ["ws", "ws-program", "mode", "announce"])
    copyFileSync(beside(name), join(folder, `${name}.mjs`));
  const dependencies = { ws: "8.23.0", bufferutil: "4.1.0" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: "inherit",
  });
  return join(folder, "ws.mjs");
}

prepareLoad();
const ours = await bundle({ entry: "servers/ours.mjs", name: "ours" }).catch((error) =>
  stop(`Our server does not build: ${error.message}`),
);
const scratch = mkdtempSync(join(tmpdir(), "sansocket-large-"));
const raw = {};
let missed = 0;
try {
  const files = {
    ws: beside("ws"),
    ...(given.bufferutil ? { "ws + bufferutil": withBufferutil(scratch) } : {}),
    ours,
    "ours, relayed": ours,
    ...(given.least ? { least: beside("least") } : {}),
  };
  const commands = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      [process.execPath, "--expose-gc", file, name.endsWith("relayed") ? "relay" : "echo"],
    ]),
  );
  const peers = Object.keys(files).filter((name) => Object.hasOwn(MOST, name));
  const names = Object.keys(files);
  console.log(heading("Large and fragmented: CPU time of the server for an echo"));
  const sums = Object.fromEntries(names.map((name) => [name, 0]));
  const shares = Object.fromEntries(peers.map((peer) => [peer, []]));
  for (const kind of wanted) {
    const { sizes, quick, title, load } = kinds[kind];
    const cells = [];
    for (const row of rowsOf(given.quick ? quick : sizes, title, load)) {
      const measured = (raw[row.title] = await inTurns(commands, row.load, {
        secs,
        rounds,
        warm: 0.4,
      }));
      const spent = Object.fromEntries(
        names.map((name) => [name, median(measured[name].map((each) => each.srv_us))]),
      );
      for (const name of names) sums[name] += spent[name];
      for (const peer of peers) {
        // The cost of a message is the reverse of the number of messages in a second of CPU time.
        const all = ratios(measured[peer], measured.ours, "per_cpu_s");
        shares[peer].push(median(all));
      }
      const errors = names.reduce((sum, name) => sum + errorsOf(measured[name]), 0);
      if (errors > 0) missed++;
      cells.push([
        row.title,
        ...names.map((name) => short(spent[name])),
        ...peers.map((peer) => shares[peer].at(-1).toFixed(2)),
        errors,
      ]);
    }
    const heads = [...names.map((name) => `${name} µs`), ...peers.map((peer) => `ours × ${peer}`)];
    console.log(`\n## ${kind}\n\n${table(["", ...heads, "errors"], cells)}`);
  }
  const ends = peers.map((peer) => {
    const share = sums.ours / sums[peer];
    if (share > MOST[peer]) missed++;
    const mean = Math.exp(
      shares[peer].reduce((sum, each) => sum + Math.log(each), 0) / shares[peer].length,
    );
    return [
      peer,
      share.toFixed(2),
      mean.toFixed(2),
      `≤ ${MOST[peer]}`,
      share > MOST[peer] ? "missed" : "met",
    ];
  });
  console.log(
    `\n## Ours, one message of each row\n\n${table(["×", "CPU of all together", "geometric mean of the rows", "mark", ""], ends)}`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), secs, rounds, raw }, null, 1)}\n`,
  );
}
if (given.strict && missed > 0) process.exitCode = 1;
