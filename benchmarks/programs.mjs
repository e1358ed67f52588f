// The runtimes, as programs to start.
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const run = (name, ...args) =>
  execFileSync(fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url)), args, {
    encoding: "utf8",
  }).trim();

// Not what npm puts in their place: that may be a script that starts them, which would be measured, and outlive being stopped.
const paths = {
  bun: () => run("bun", "-e", "console.log(process.execPath)"),
  deno: () => run("deno", "eval", "console.log(Deno.execPath())"),
};

/** The command of a runtime that is to run a file, which may collect garbage. */
export function commandOf(runtime) {
  if (runtime === "node") return [process.execPath, "--expose-gc"];
  return runtime === "bun" ? [paths.bun()] : [paths.deno(), "run", "-A", "--v8-flags=--expose-gc"];
}

export const versionOf = (runtime) =>
  runtime === "node"
    ? "Node"
    : run(runtime, "--version")
        .split("\n")[0]
        .replace(/^deno |\(.*/g, "")
        .trim()
        .replace(/^/, `${runtime === "bun" ? "Bun" : "Deno"} `);

/** Starts a program that answers each line it is given with a line of JSON. */
export function startAnswering(command) {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (text) =>
    waiting.shift()?.done(JSON.parse(text)),
  );
  child.once("exit", () =>
    waiting.splice(0).forEach(({ fail }) => fail(new Error(`${command.join(" ")} has ended`))),
  );
  const hear = () => new Promise((done, fail) => waiting.push({ done, fail }));
  return {
    hear,
    ask(line) {
      const answer = hear();
      child.stdin.write(`${line}\n`);
      return answer;
    },
    stop: () => child.kill("SIGKILL"),
  };
}
