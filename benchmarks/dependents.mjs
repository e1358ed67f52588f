#!/usr/bin/env node
// Servers of packages that depend on ws, with ws and with ours in its place by `overrides`, in turns: CPU time of the server for each message. See README.md beside this file.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { install, pack } from "../tools/dependents.mjs";
import { sessions } from "../tools/dependents/sessions.mjs";
import { stop } from "./load.mjs";
import { heading, median, table } from "./report.mjs";

/** `most` is the share of ws's CPU time that we promise to stay within. */
const scenarios = {
  echo: { title: "socket.io: echo of 64 B, 16 clients", server: "socket.io", most: 0.85 },
  room: { title: "socket.io: room of ten (per delivery)", server: "socket.io", most: 0.95 },
  documents: { title: "y-websocket: eight editors", server: "y-websocket", most: 0.95 },
};

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    secs: { type: "string", default: "1" },
    rounds: { type: "string" }, // 7, or 3 quick
    strict: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const secs = Number(given.secs);
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");
const wanted = given.only?.split(",") ?? Object.keys(scenarios);
for (const name of wanted)
  if (!Object.hasOwn(scenarios, name))
    stop(`There is no scenario "${name}"; there are ${Object.keys(scenarios).join(", ")}.`);

/** A program that answers each line with a line. */
class Program {
  constructor(args, cwd) {
    this.process = spawn(process.execPath, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async answer() {
    const { done, value } = await this.lines.next();
    if (done) throw new Error(`${this.process.spawnargs.join(" ")} ended early`);
    return value;
  }

  ask(line) {
    this.process.stdin.write(`${line}\n`);
    return this.answer();
  }

  async stop() {
    const ended = once(this.process, "exit");
    this.process.kill();
    await ended;
  }
}

/** Microseconds of the server's CPU for each message, by implementation, a number a round. */
async function measure(load, kind, projects) {
  const shares = Object.fromEntries(Object.keys(projects).map((name) => [name, []]));
  const up = [];
  try {
    for (const [name, folder] of Object.entries(projects)) {
      const server = new Program(["server.mjs", kind], folder);
      up.push({ name, server });
      const port = await server.answer();
      const client = new Program(["client.mjs", load, port], projects.ws);
      up.at(-1).client = client;
      await client.answer();
      await client.ask(2 * secs); // warm
    }
    for (let round = 0; round < rounds; round++) {
      for (let at = 0; at < up.length; at++) {
        const { name, server, client } = up[(at + round) % up.length];
        const before = Number(await server.ask("cpu"));
        const messages = Number(await client.ask(secs));
        shares[name].push((Number(await server.ask("cpu")) - before) / messages);
      }
    }
  } finally {
    for (const { server, client } of up) {
      await client?.stop();
      await server.stop();
    }
  }
  return shares;
}

const scratch = mkdtempSync(join(tmpdir(), "sansocket-dependents-"));
let missed = 0;
try {
  console.log(heading("Dependents of ws: CPU time of the server for each message"));
  const chosen = sessions.filter(({ name }) => ["socket.io", "y-websocket"].includes(name));
  const projects = { ws: join(scratch, "theirs"), ours: join(scratch, "ours") };
  const overrides = { ws: { ws: "8.23.0" }, ours: await pack(scratch) };
  for (const [name, project] of Object.entries(projects)) {
    const failure = await install(project, chosen, overrides[name]);
    if (failure !== undefined) stop(`The packages cannot be installed: ${failure}`);
    for (const file of ["server.mjs", "client.mjs"])
      copyFileSync(
        fileURLToPath(new URL(`dependents/${file}`, import.meta.url)),
        join(project, file),
      );
  }
  const rows = [];
  for (const name of wanted) {
    const { title, server, most } = scenarios[name];
    const { ws, ours } = await measure(name, server, projects);
    const shares = ws.map((theirs, round) => ours[round] / theirs);
    const share = median(shares);
    if (share > most) missed++;
    rows.push([
      title,
      `${median(ws).toFixed(1)} / ${median(ours).toFixed(1)}`,
      share.toFixed(2),
      `${Math.min(...shares).toFixed(2)}–${Math.max(...shares).toFixed(2)}`,
      `≤ ${most}`,
      share > most ? "missed" : "",
    ]);
  }
  console.log(table(["", "µs: ws / ours", "× ws", "rounds", "mark", ""], rows));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (given.strict && missed > 0) process.exitCode = 1;
