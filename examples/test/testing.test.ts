/** The tests in `examples/testing` are run by the runners they are for, and by those that need one line changed. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../testing/", import.meta.url));
const modules = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const NODE = [process.execPath, "--test"];

/** The runner, its file, what is changed in that, and what it prints when all is well. */
const runners: Record<
  string,
  { command: string[]; file: string; change?: [from: string, to: string]; says: RegExp }
> = {
  vitest: {
    command: [process.execPath, `${modules}vitest/vitest.mjs`, "run"],
    file: "orders.test.mjs",
    says: /Tests +1 passed/,
  },
  "bun test": {
    command: [`${modules}bun/bin/bun.exe`, "test"],
    file: "orders.test.mjs",
    change: ['from "vitest"', 'from "bun:test"'],
    says: /\b1 pass\n\s*0 fail/,
  },
  "node:test": { command: NODE, file: "orders.node.mjs", says: /^# pass 1\n# fail 0$/m },
  "node:test, pairs": { command: NODE, file: "pair.node.mjs", says: /^# pass 4\n# fail 0$/m },
  "deno test": {
    command: [`${modules}deno/deno`, "test", "--no-prompt", "--no-check"],
    file: "orders.node.mjs",
    change: ['import { test } from "node:test";', "const { test } = Deno;"],
    says: /ok \| 1 passed \| 0 failed/,
  },
};

test.concurrent.for(Object.entries(runners))(
  "%s",
  { timeout: 120_000 },
  async ([name, { command, file, change, says }], { onTestFinished }) => {
    const [program, ...args] = command;
    const path = change === undefined ? file : `${name.split(" ")[0]}-changed.test.mjs`;
    if (change !== undefined) {
      const text = readFileSync(folder + file, "utf8");
      expect(text).toContain(change[0]);
      writeFileSync(folder + path, text.replace(...change));
      onTestFinished(() => rmSync(folder + path));
    }
    const child = spawn(program!, [...args, `./${path}`], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, output]).toEqual([0, expect.stringMatching(says)]);
  },
);
