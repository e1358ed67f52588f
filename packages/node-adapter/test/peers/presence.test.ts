/** Counts over processes of their own and real brokers, while one process stands still and another is killed with -9. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { freePort, isLeftOutWithout, startBroker, stopBroker } from "./brokers.ts";

const INTERVAL = 100;
const scratch = mkdtempSync(join(tmpdir(), "sansocket-presence-"));
const program = join(scratch, "process.mjs");

beforeAll(() =>
  build({
    stdin: {
      contents: readFileSync(new URL("presence.process.mjs", import.meta.url), "utf8"),
      resolveDir: fileURLToPath(new URL("../../", import.meta.url)),
    },
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["source"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire("/");',
    },
    logLevel: "error",
  }),
);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** A process with subscribers, and every count it has reported. */
class Counting {
  readonly told: { readonly at: number; readonly count: number }[] = [];
  private readonly child: ChildProcess;

  constructor(broker: string, port: number, subscribers: number) {
    const args = [program, broker, `${port}`, `${INTERVAL}`, `${subscribers}`];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => {
      this.signal("SIGKILL");
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      const [at, count] = line.split(" ").map(Number) as [number, number];
      this.told.push({ at, count });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  counts(count: number): Promise<void> {
    return vi.waitFor(() => expect(this.told.at(-1)?.count).toBe(count), {
      timeout: 20_000,
      interval: 5,
    });
  }
}

describe.each(["nats-server", "redis-server"])("%s", (broker) => {
  const isLeftOut = isLeftOutWithout(broker);
  test.skipIf(isLeftOut)(
    `a process that stood still counts right at once, and one that was killed is gone in four intervals${isLeftOut ? ` (left out: there is no ${broker})` : ""}`,
    { timeout: 60_000 },
    async () => {
      const folder = mkdtempSync(join(scratch, "broker-"));
      const port = await freePort();
      const started = await startBroker(broker, port, folder);
      onTestFinished(() => stopBroker(started));
      const all = [1, 2, 4].map((subscribers) => new Counting(broker, port, subscribers));
      const [one, two, four] = all as [Counting, Counting, Counting];
      await Promise.all(all.map((each) => each.counts(7)));
      const before = one.told.length;
      one.signal("SIGSTOP");
      // The others are right to count it out, and to count it again when it goes on.
      await Promise.all([two, four].map((each) => each.counts(6)));
      one.signal("SIGCONT");
      await Promise.all([two, four].map((each) => each.counts(7)));
      expect(one.told.slice(before)).toEqual([]); // it has counted 7 all the time

      const killed = Date.now();
      four.signal("SIGKILL");
      await Promise.all([one, two].map((each) => each.counts(3)));
      for (const { told } of [one, two]) {
        const took = told.at(-1)!.at - killed;
        expect(took).toBeGreaterThan(2 * INTERVAL - 20);
        // The rest is for a machine on which timers come late.
        expect(took).toBeLessThan(4 * INTERVAL + 1000);
      }
    },
  );
});
