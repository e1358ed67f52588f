import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../", import.meta.url));

/** How a program ended. */
interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A file of `examples/`, run as a person would: by Node, on the built packages. */
export class Program {
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private output = "";
  private errors = "";

  constructor(file: string, args: readonly string[] = [], env: Readonly<Record<string, string | undefined>> = {}) {
    const child = this.child = spawn(process.execPath, [file, ...args], { cwd: folder, env: { ...process.env, PORT: "0", ...env } });
    child.stdout.setEncoding("utf8").on("data", (text: string) => { this.output += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { this.errors += text; });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output: this.output, errors: this.errors }));
    });
  }

  /** Waits until the output matches, and returns the first group. Rejects when the program ends without. */
  printed(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.output);
        if (found === null) return;
        this.child.stdout?.off("data", look);
        resolve(found[1] ?? found[0]);
      };
      this.child.stdout?.on("data", look);
      look();
      void this.ended.then(({ code, errors }) => reject(new Error(`It ended with ${code}, before printing ${pattern}: ${this.output}${errors}`)), reject);
    });
  }

  /** Ends it now, if it runs. */
  kill(signal?: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
