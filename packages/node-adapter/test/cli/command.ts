/** The command, built from its sources once a file of tests, and run as people run it. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

const source = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A folder for the files of a test. It is gone when the tests are over. */
export let scratch = "";

/** Builds the command before the tests of a file. Core and adapter are taken from their sources. */
export function buildCommand(): void {
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "sansocket-cli-"));
    await build({
      entryPoints: [source],
      outdir: join(scratch, "cli"),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: ["source"],
      outExtension: { ".js": ".mjs" },
      external: ["undici"],
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
      logLevel: "warning",
    });
    cpSync(join(source, "../view/public"), join(scratch, "cli"), { recursive: true });
  }, 30_000);
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** How a run ended. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

/** A run that is under way. */
export interface Running {
  readonly ended: Promise<Ran>;
  /** Resolves when standard output has had `text`. */
  readonly says: (text: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly type: (text: string) => void;
  /** The output until now. */
  readonly soFar: () => { readonly out: string };
}

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
);

/** Starts the command. Without `input`, standard input stays open until {@link Running.type} is called or it ends. */
export function start(
  args: readonly string[],
  { input, env = {} }: { input?: string | Buffer; env?: Record<string, string> } = {},
): Running {
  const child = spawn(process.execPath, [join(scratch, "cli", "main.mjs"), ...args], {
    env: { ...environment, ...env },
    timeout: 15_000,
  });
  let out = Buffer.alloc(0);
  let err = "";
  let heard = (): void => {};
  child.stdout.on("data", (chunk: Buffer) => {
    out = Buffer.concat([out, chunk]);
    heard();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  child.stdin.on("error", () => {});
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (code) => {
      heard();
      resolve({ code, out: out.toString(), bytes: out, err });
    });
  });
  return {
    ended,
    says: async (text) => {
      while (!out.includes(text)) {
        if (child.exitCode !== null)
          throw new Error(`it ended and never said ${text}: ${out.toString()}${err}`);
        await new Promise<void>((resolve) => (heard = resolve));
      }
    },
    kill: (signal) => child.kill(signal),
    type: (text) => child.stdin.write(text),
    soFar: () => ({ out: out.toString() }),
  };
}

/** Runs the command to its end. */
export const sansocket = (
  args: readonly string[],
  options?: Parameters<typeof start>[1],
): Promise<Ran> => start(args, { input: "", ...options }).ended;

/** The lines of JSON that a run wrote. */
export const eventsIn = (out: string): any[] =>
  out
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
