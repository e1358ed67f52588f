#!/usr/bin/env node
// Holds conversations of every kind for a long time, on each runtime, and watches that nothing is wrong, nothing stays open, and memory does not grow.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { stop } from "./load.mjs";
import { commandOf, startAnswering } from "./programs.mjs";
import { median, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    runtimes: { type: "string", default: "node,bun,deno" },
    seconds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    verbose: { type: "boolean", default: false },
  },
});
const seconds = Number(given.seconds ?? (given.quick ? 10 : 200));
const samples = 20;

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const known = ["node", "bun", "deno"];
const program = readFileSync(file("soak-endpoint.mjs"), "utf8");
const MiB = 2 ** 20;

/** Soaks one runtime, and says what is wrong with it. */
async function soak(runtime) {
  const outfile = await bundle({
    source: program.replace("node-adapter", `${runtime}-adapter`),
    from: file(`../packages/${runtime}-adapter`),
    name: `soak-${runtime}`,
  });
  const command = [...commandOf(runtime), outfile];
  const server = startAnswering([...command, "server", given.seed]);
  const ends = { server };
  const trouble = [];
  const heaps = { server: [], client: [] };
  try {
    const { urls } = await server.hear();
    const client = (ends.client = startAnswering([...command, "client", given.seed, ...urls]));
    for (let sample = 0; sample < samples; sample++) {
      await pause((seconds * 1000) / samples);
      await client.ask("rest");
      await pause(300); // the server's ends close after the client's
      for (const [name, end] of Object.entries(ends)) {
        const last = await end.ask("report");
        heaps[name].push(last.heap / MiB);
        trouble.push(...last.wrong.map((text) => `${name}: ${text}`));
      }
      await client.ask("go on");
    }
    const left = await client.ask("stop");
    await pause(500);
    const { open, readers } = await server.ask("report");
    const gone = await server.ask("stop");
    trouble.push(...[...left.wrong, ...gone.wrong]);
    if (left.conversations === 0) trouble.push("no conversation came to its end");
    if (open + readers > 0)
      trouble.push(`${open} sockets and ${readers} event streams are left open at the server`);
    for (const [name, all] of Object.entries(heaps)) {
      if (given.verbose)
        console.log(`  ${name}'s heap, MiB: ${all.map((heap) => heap.toFixed(1)).join(" ")}`);
      const early = median(all.slice(3, 8));
      const late = median(all.slice(-5));
      if (late > early * 1.1 + 1)
        trouble.push(
          `${name}: the heap has grown from ${early.toFixed(1)} to ${late.toFixed(1)} MiB`,
        );
    }
    return {
      trouble,
      row: [
        runtime,
        left.conversations,
        left.messages,
        ...Object.values(heaps).map(
          (all) => `${median(all.slice(3, 8)).toFixed(1)} → ${median(all.slice(-5)).toFixed(1)}`,
        ),
      ],
    };
  } finally {
    for (const end of Object.values(ends)) end.stop();
  }
}

const rows = [];
let isSound = true;
for (const runtime of given.runtimes.split(",")) {
  if (!known.includes(runtime))
    stop(`There is no runtime "${runtime}"; there are ${known.join(", ")}.`);
  console.log(`Soaking ${runtime} for ${seconds} s, seed ${given.seed} …`);
  const { trouble, row } = await soak(runtime);
  rows.push([...row, trouble.length === 0 ? "nothing" : trouble.length]);
  for (const text of new Set(trouble.slice(0, 20))) console.log(`  ${text}`);
  isSound &&= trouble.length === 0;
}
console.log(
  `\n${table(["runtime", "conversations", "messages", "server's heap, MiB", "client's heap, MiB", "wrong"], rows)}`,
);
process.exitCode = isSound ? 0 : 1;
