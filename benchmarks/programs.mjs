// The runtimes, as programs to start.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const run = (name, ...args) => execFileSync(fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url)), args, { encoding: "utf8" }).trim();

// Not what npm puts in their place: that may be a script that starts them, which would be measured, and outlive being stopped.
const paths = { bun: () => run("bun", "-e", "console.log(process.execPath)"), deno: () => run("deno", "eval", "console.log(Deno.execPath())") };

/** The command of a runtime that is to run a file, which may collect garbage. */
export function commandOf(runtime) {
  if (runtime === "node") return [process.execPath, "--expose-gc"];
  return runtime === "bun" ? [paths.bun()] : [paths.deno(), "run", "-A", "--v8-flags=--expose-gc"];
}

export const versionOf = (runtime) => (runtime === "node" ? "Node" : run(runtime, "--version").split("\n")[0].replace(/^deno |\(.*/g, "").trim().replace(/^/, `${runtime === "bun" ? "Bun" : "Deno"} `));
