import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../", import.meta.url));
const modules = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** Where a program runs. */
export type Runtime = "node" | "deno" | "bun";

/** How a program is run. */
export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue what the name of the file says, `node` where it says nothing */
  readonly runtime?: Runtime | undefined;
  /** Files and folders it reads: on Deno it is allowed these, and the network, and nothing else. */
  readonly reads?: readonly string[];
  /** On Deno it is allowed all: it starts processes. */
  readonly isAllowedAll?: boolean;
}

/** How a program ended. */
interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The command, as words, that runs a file of `examples/` on a runtime; on Deno with all permissions. */
export const commandFor = (file: string, runtime: Runtime): string[] => [
  ...commands[runtime]([], true),
  runtime === runtimeOf(file) ? join(folder, file) : adapted(file, runtime),
];

/** A file of `examples/`, run as a person would: on the built packages; in another runtime than it was written for with the name of the adapter changed, and nothing else. */
export class Program {
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private output = "";
  private errors = "";

  constructor(
    file: string,
    {
      args = [],
      env = {},
      runtime = runtimeOf(file),
      reads = [],
      isAllowedAll = false,
    }: RunOptions = {},
  ) {
    const path = runtime === runtimeOf(file) ? file : adapted(file, runtime);
    const [command, ...before] = commands[runtime](reads, isAllowedAll);
    const child = (this.child = spawn(command!, [...before, path, ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", ...env },
    }));
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output: this.output, errors: this.errors }));
    });
  }

  /** Waits until the output matches, and returns the first group. Rejects when the program ends without, or after a minute. */
  printed(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`It has not printed ${pattern} in a minute: ${this.output}`));
      }, 60_000).unref();
      const look = (): void => {
        const found = pattern.exec(this.output);
        if (found === null) return;
        this.child.stdout?.off("data", look);
        clearTimeout(timer);
        resolve(found[1] ?? found[0]);
      };
      this.child.stdout?.on("data", look);
      look();
      void this.ended.then(
        ({ code, errors }) =>
          reject(
            new Error(`It ended with ${code}, before printing ${pattern}: ${this.output}${errors}`),
          ),
        reject,
      );
    });
  }

  /** Ends it now, if it runs. */
  kill(signal?: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

const commands: Record<Runtime, (reads: readonly string[], isAllowedAll: boolean) => string[]> = {
  // The programs themselves, not their wrappers in `.bin`, which a signal would end alone.
  node: () => [process.execPath],
  bun: () => [`${modules}bun/bin/bun.exe`],
  deno: (reads, isAllowedAll) => [
    `${modules}deno/deno`,
    "run",
    "--no-prompt",
    ...(isAllowedAll ? ["--allow-all"] : ["--allow-net"]),
    ...(reads.length > 0 ? [`--allow-read=${reads.join(",")}`] : []),
  ],
};

const runtimeOf = (file: string): Runtime =>
  (/-(deno|bun)\.ts$/.exec(file)?.[1] ?? "node") as Runtime;

/** Beside the examples, since packages are found from there. */
let scratch: string | undefined;

/** Removes the copies that were made for other runtimes. */
export function removeCopies(): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  scratch = undefined;
}

function adapted(file: string, runtime: Runtime): string {
  scratch ??= mkdtempSync(join(folder, ".one-word-"));
  const path = join(scratch, `${runtime}-${basename(file)}`);
  if (!existsSync(path))
    writeFileSync(
      path,
      readFileSync(join(folder, file), "utf8").replaceAll("node-adapter", `${runtime}-adapter`),
    );
  return path;
}
