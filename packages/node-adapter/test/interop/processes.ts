/** Programs of others: started in a folder of their own, waited for, and stopped with all that they started. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The repository's own folder: this file may run bundled, from elsewhere. */
export const root = findRoot(process.cwd());

function findRoot(folder: string): string {
  if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
  if (dirname(folder) === folder) throw new Error("run it in the repository");
  return findRoot(dirname(folder));
}

/** The text of a file of the repository. */
export const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

/** Debian keeps many servers where users without rights do not look. */
const env = {
  ...process.env,
  PATH: `${process.env["PATH"]}:/usr/sbin:/sbin:/usr/local/sbin`,
  NODE_EXTRA_CA_CERTS: join(root, "packages/node-adapter/test/fixtures/authority.pem"),
  DENO_CERT: join(root, "packages/node-adapter/test/fixtures/authority.pem"),
};

/** Standard output and error of a command; `undefined` where it is missing, or fails without a word. */
export function printed(command: string, ...args: string[]): string | undefined {
  const { error, stdout, stderr, status } = spawnSync(command, args, {
    encoding: "utf8",
    env,
    timeout: 120_000, // a busy machine must not look like one on which a peer is missing
  });
  if (error !== undefined || (status !== 0 && `${stdout}${stderr}` === "")) return undefined;
  return `${stdout}${stderr}`;
}

/** The version in what a command prints: the first thing of the form 1.2 or 1.2.3. */
export function versionOf(name: string, command: string, ...args: string[]): string | undefined {
  const version = /\d+\.\d+(?:\.\d+)*/.exec(printed(command, ...args) ?? "")?.[0];
  return version === undefined ? undefined : `${name} ${version}`;
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A program that runs. */
export interface Program {
  readonly folder: string;
  readonly lines: readonly string[];
  /** Waits for a line of its output that matches, for at most `milliseconds`. */
  line(pattern: RegExp, milliseconds?: number): Promise<RegExpExecArray | undefined>;
  stop(): Promise<void>;
  /** Ends with the program. */
  readonly ended: Promise<void>;
  reload(): void;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  const [isUp] = await Promise.race([
    once(socket, "connect").then(() => [true]),
    once(socket, "close").then(() => [false]),
  ]).catch(() => [false]);
  socket.destroy();
  return isUp!;
}

/** Programs under way, so that none outlives a run that was broken off. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) killAll(child, "SIGKILL");
});

function killAll(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * Writes `files` into a folder of their own, FOLDER in them standing for it, runs `command` there, and waits until it accepts connections at
 * every port of `ports`.
 * @throws {Error} with what it has printed, where it does not.
 */
export async function start(
  command: (folder: string) => readonly string[],
  {
    files = {},
    ports = [],
    patience = 30_000,
  }: { files?: Record<string, string>; ports?: readonly number[]; patience?: number },
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "sansocket-interop-"));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text.replaceAll("FOLDER", folder), { mode: 0o644 });
  chmodSync(folder, 0o755); // some read their files as another user
  const [program, ...args] = command(folder);
  const child = spawn(program!, args, {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  const lines: string[] = [];
  let changed: (() => void)[] = [];
  const tell = (): void => {
    const all = changed;
    changed = [];
    for (const one of all) one();
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.on("data", (chunk) => {
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      tell();
    });
  }
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      running.delete(child);
      tell();
      resolve();
    };
    child.once("error", (error) => {
      lines.push(error.message);
      end();
    });
    child.once("close", end);
  });
  const stop = async (): Promise<void> => {
    if (!over) {
      killAll(child, "SIGTERM");
      await Promise.race([ended, pause(3000)]);
      killAll(child, "SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const line = async (
    pattern: RegExp,
    milliseconds = 10_000,
  ): Promise<RegExpExecArray | undefined> => {
    const end = performance.now() + milliseconds;
    for (;;) {
      for (const one of lines) {
        const match = pattern.exec(one);
        if (match !== null) return match;
      }
      const left = end - performance.now();
      if (over || left <= 0) return undefined;
      let wake!: () => void;
      const said = new Promise<void>((resolve) => (wake = resolve));
      changed.push(wake);
      await Promise.race([said, pause(Math.min(left, 250))]);
    }
  };
  const patienceEnds = performance.now() + patience;
  for (const port of ports) {
    while (!(await accepts(port))) {
      if (over || performance.now() > patienceEnds) {
        await stop();
        throw new Error(`${program} does not accept connections at ${port}:\n${lines.join("\n")}`);
      }
      await pause(50);
    }
  }
  const reload = (): void => {
    child.kill("SIGHUP");
  };
  return { folder, lines, line, stop, ended, reload };
}
