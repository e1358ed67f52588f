/** A trace that one runtime has recorded replays on every other, to the same bytes: compression included. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const here = fileURLToPath(new URL("traces/", import.meta.url));
const bin = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const RUNTIMES = {
  node: [process.execPath],
  bun: [bin("bun")],
  deno: [bin("deno"), "run", "-A"],
} as const;
type Name = keyof typeof RUNTIMES;
const names = Object.keys(RUNTIMES) as Name[];
const folder = mkdtempSync(join(tmpdir(), "sansocket-traces-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function on(runtime: Name, program: string, args: string[], record?: string): Promise<string> {
  const [command, ...before] = RUNTIMES[runtime];
  const env = { ...process.env, ...(record !== undefined && { SANSOCKET_RECORD: record }) };
  return run(command, [...before, join(here, program), ...args], { env, timeout: 60_000 }).then(
    ({ stdout }) => stdout,
  );
}

beforeAll(async () => {
  for (const name of names)
    await on(name, "conversation.mjs", [`${name}-adapter`], join(folder, name));
}, 120_000);

describe.each(names)("recorded on %s", (recorded) => {
  const text = (): string =>
    readdirSync(join(folder, recorded))
      .map((name) => readFileSync(join(folder, recorded, name), "utf8"))
      .join("");

  test("both ends of each kind, of the runtime it says, without the secrets", () => {
    for (const kind of ["websocket-server", "websocket-client", "event-stream-server"])
      expect(text()).toContain(`"kind":"${kind}"`);
    expect(text()).toContain(`"kind":"event-stream-client"`);
    expect(text()).toMatch(new RegExp(`"runtime":"${recorded} \\d`));
    expect(text()).toContain('"extension.done","permessage-deflate","outgoing",{"rsv":4');
    expect(text()).not.toMatch(/secret|736563726574/);
  });

  test.each(names)("replays on %s", async (name) => {
    const output = await on(name, "replay.mjs", [join(folder, recorded)]);
    expect(output.trim().split("\n").length).toBeGreaterThanOrEqual(4);
  });
});
