#!/usr/bin/env node
// Echo over loopback: this library, ws and faye-websocket in turns. See README.md beside this file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { pinned, prepareLoad, stop } from "./load.mjs";
import { commit, committed, fallen } from "./ratios.mjs";
import { heading, median, ratios, table, times } from "./report.mjs";
import { idle, scenarios } from "./scenarios.mjs";
import {
  argsOf,
  atRest,
  errorsOf,
  idleHeading,
  inTurns,
  kib,
  tableOf,
  timetable,
} from "./turns.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    servers: { type: "string", default: "ws,ours,faye" },
    secs: { type: "string" },
    rounds: { type: "string" }, // of a scenario 7, or 3 quick; of idle 2, or 1
    idle: { type: "string" },
    dist: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    commit: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const secs = Number(given.secs ?? (given.quick ? 0.5 : 0.45));
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const wanted = given.only?.split(",") ?? [
  ...Object.keys(scenarios).filter((name) => !given.quick || scenarios[name].quick),
  ...(given.quick ? ["idle"] : Object.keys(idle)),
];
for (const name of wanted) {
  if (!Object.hasOwn(scenarios, name) && !Object.hasOwn(idle, name))
    stop(
      `There is no scenario "${name}"; there are ${[...Object.keys(scenarios), ...Object.keys(idle)].join(", ")}.`,
    );
}
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

const file = (name) => fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
const files = Object.fromEntries(
  ["ws", "faye", "ours", "least", "serve", "listen"].map((name) => [name, file(name)]),
);
/** Of the tests, for localhost: without `.pem` and `-key.pem`. */
const certificate = fileURLToPath(
  new URL("../packages/node-adapter/test/fixtures/localhost", import.meta.url),
);
const SERVERS = ["ws", "ours", "faye", "least"];
const names = given.servers.split(",");
for (const name of names)
  if (!SERVERS.includes(name))
    stop(`There is no server "${name}"; there are ${SERVERS.join(", ")}.`);

prepareLoad();
if (names.includes("ours") && !given.dist)
  for (const name of ["ours", "serve", "listen"])
    files[name] = await bundle({ entry: `servers/${name}.mjs`, name }).catch((error) =>
      stop(`Our server does not build: ${error.message}`),
    );

const raw = {};
/** Ours × ws, by scenario. */
const measured = {};
const marks = [];
const mark = (what, value, promised, met) =>
  marks.push([what, value, promised, met ? "met" : "missed"]);
console.log(heading("Echo over loopback"));
if (!pinned)
  console.log(
    "\nServer and load share cores here (one core, or no taskset): expect wider spreads.",
  );

// Where rounds are not asked for, a busy machine gets fewer, so that a run ends in the time it promises.
const budget =
  given.rounds === undefined && given.only === undefined ? (given.quick ? 50 : 270) : Infinity;
const due = timetable(
  budget,
  wanted.map((name) => (Object.hasOwn(idle, name) ? 4 : 1)),
);
for (const name of wanted) {
  if (Object.hasOwn(idle, name)) await rest(name, idle[name], due());
  else await compare(name, scenarios[name], due());
}
if (given.check) await check();
if (given.commit)
  commit(measured, {
    date: new Date().toISOString().slice(0, 10),
    command: [
      "npm run bench --",
      ...process.argv.slice(2).filter((word) => word !== "--commit"),
    ].join(" "),
    machine: heading("").split("\n").at(-1).split(" · ").slice(1).join(", "),
  });
if (marks.length)
  console.log(`\n## Marks\n\n${table(["scenario", "measured", "mark", ""], marks)}`);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), node: process.version, secs, rounds, raw, marks }, null, 1)}\n`,
  );
}
if (given.strict && marks.some(([, , , verdict]) => verdict === "missed")) process.exitCode = 1;

/** Compares with the committed ratios. Measures once more those that have fallen: other work on the machine can distort a round of seconds. */
async function check() {
  const { runs, ratios: then } = committed();
  const first = fallen(measured, then);
  for (const { scenario, now } of first) {
    await compare(scenario, scenarios[scenario], Infinity);
    measured[scenario] = Math.max(now, measured[scenario] ?? 0);
  }
  const left = fallen(measured, then);
  const sources = runs.map(({ date, command, machine }) => `${date} (\`${command}\`; ${machine})`);
  console.log(`\n## Beside the ratios of ${sources.join(", and ")}\n`);
  if (left.length === 0) console.log("None has fallen by more than a fifth.");
  for (const { scenario, now, then: was } of left)
    console.log(
      `${scenario} has fallen from ${times(was)} to ${times(now)} of ${scenarios[scenario].base ?? "ws"}.`,
    );
  if (left.length > 0) process.exitCode = 1;
}

/** The commands of those of the servers asked for that can do a scenario, and wsload's arguments for each. */
function plan({ mode, load, tls, servers, programs }, ...flags) {
  const able = programs ?? Object.fromEntries(names.map((name) => [name, { file: name }]));
  const chosen = Object.entries(able).filter(([name]) => servers?.includes(name) ?? true);
  const command = ({ file: program, args = [] }) => [
    process.execPath,
    "--expose-gc",
    ...flags,
    files[program],
    mode,
    ...args,
    ...(tls ? [certificate] : []),
  ];
  const words = ({ load: more }) =>
    [load, ...(tls ? ["--tls"] : []), more].filter(Boolean).join(" ");
  return {
    commands: Object.fromEntries(chosen.map(([name, program]) => [name, command(program)])),
    args: Object.fromEntries(chosen.map(([name, program]) => [name, words(program)])),
  };
}

async function compare(scenario, what, until) {
  const { title, mark: least, base = "ws" } = what;
  console.log(`\n## ${scenario}: ${title}\n`);
  const { commands, args } = plan(what);
  let rows;
  try {
    rows = raw[scenario] = await inTurns(commands, args, { secs, rounds, until });
  } catch (error) {
    console.log(`Given up: ${error.message}`);
    if (least) mark(scenario, "–", `≥ ${times(least)}`, false);
    return;
  }
  console.log(tableOf(rows, [base]));
  if (!rows.ours || !rows[base]) return;
  const ours = (measured[scenario] = median(ratios(rows.ours, rows[base], "per_cpu_s")));
  if (!least) return;
  mark(scenario, times(ours), `≥ ${times(least)}`, ours >= least && errorsOf(rows.ours) === 0);
}

async function rest(scenario, what, until) {
  const count = idleHeading(
    scenario,
    what.title,
    Number(given.idle ?? what.count ?? (given.quick ? 2000 : 10_000)),
  );
  const per = (raw[scenario] = {});
  // The young generation grows and shrinks by megabytes as it likes, which would drown what is measured: it is kept at its smallest.
  const { commands, args } = plan(what, "--max-semi-space-size=1");
  for (
    let round = 0;
    round < Number(given.rounds ?? (given.quick ? 1 : 2)) && (round < 1 || Date.now() < until);
    round++
  ) {
    for (const [name, command] of Object.entries(commands)) {
      try {
        (per[name] ??= []).push(await atRest(command, argsOf(args, name), count));
      } catch (error) {
        console.log(`${name}: given up: ${error.message}\n`);
      }
    }
  }
  const cells = Object.entries(per)
    .filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => [name, kib(rows, "heap"), kib(rows, "external"), kib(rows, "rss")]);
  console.log(table(["server", "heap KiB each", "external KiB each", "RSS KiB each"], cells));
  markRest(scenario, per, what.mark);
}

function markRest(scenario, { ours, ws }, share) {
  if (!ws || share === undefined) return;
  // zlib's memory is in no heap: a share below 1 is one of resident memory alone.
  for (const [label, key] of share < 1
    ? [["RSS", "rss"]]
    : [
        ["heap", "heap"],
        ["RSS", "rss"],
      ]) {
    if (!ours?.length || !ws.length) {
      mark(`${scenario} ${label}`, "–", `< ${share} × ws`, false);
      continue;
    }
    const allowed = share * Number(kib(ws, key));
    mark(
      `${scenario} ${label}`,
      `${kib(ours, key)} KiB`,
      `< ${allowed.toFixed(2)} KiB`,
      Number(kib(ours, key)) < allowed,
    );
  }
}
