// Runs a server on one core and the load generator on another.
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { results } from "./build.mjs";

const run = promisify(execFile);
const source = fileURLToPath(new URL("wsload.c", import.meta.url));
const wsload = join(results, "wsload");

function works(command, args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Whether the load generator can be compiled here, and run. */
export const canLoad = () => process.platform === "linux" && works("gcc", ["--version"]);

/** Whether the load generator can be compiled with TLS. */
export const canSecure = () =>
  works("gcc", ["-E", "-include", "openssl/ssl.h", "-x", "c", "/dev/null", "-o", "/dev/null"]);

/** Compiles the load generator where it is missing or older than its source. Exits with a sentence where that cannot be done. */
export function prepareLoad() {
  if (process.platform !== "linux")
    stop(
      "The load generator uses epoll and /proc, so this benchmark runs on Linux only; `benchmarks/codec.mjs` runs anywhere.",
    );
  if (existsSync(wsload) && statSync(wsload).mtimeMs > statSync(source).mtimeMs) return;
  if (!works("gcc", ["--version"]))
    stop(
      "The load generator is compiled with gcc, which is not here. On Debian or Ubuntu: apt-get install gcc libc6-dev",
    );
  mkdirSync(results, { recursive: true });
  console.error("Compiling the load generator (once).");
  const compile = (...options) => works("gcc", ["-O2", "-o", wsload, source, "-lm", ...options]);
  // Without zlib's headers only the compressed scenarios are lost, and without those of OpenSSL the ones over TLS.
  const [zlib, openssl] = [["-lz"], ["-lssl", "-lcrypto"]];
  if (
    !compile(...zlib, ...openssl) &&
    !compile("-DNO_TLS", ...zlib) &&
    !compile("-DNO_ZLIB", ...openssl) &&
    !compile("-DNO_ZLIB", "-DNO_TLS")
  )
    stop(`gcc could not compile ${source}; run it by hand to see why.`);
}

export function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Whether server and load can have a core each. Without it CPU time still counts, but both disturb each other. */
export const pinned = availableParallelism() >= 2 && works("taskset", ["-c", "0,1", "true"]);
export const onCore = (core, command) =>
  pinned ? ["taskset", "-c", String(core), ...command] : command;

/** The most files a process may open. */
export const fileLimit = () => {
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return limit === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(limit);
};

/**
 * Starts a server and waits until it listens.
 * @param {string[]} command its program reports its port as a line of JSON, its first output
 */
export async function startServer(command) {
  const [program, ...args] = onCore(0, command);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let trouble = "";
  child.stderr.on("data", (data) => {
    if (trouble.length < 2000) trouble += data;
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (text) =>
    waiting.shift()?.(JSON.parse(text)),
  );
  const ended = new Promise((_, fail) =>
    child.once("exit", () =>
      fail(new Error(`The server ended (${command.join(" ")}): ${trouble.slice(0, 600)}`)),
    ),
  );
  ended.catch(() => {}); // at the end we stop it ourselves
  const line = () => Promise.race([new Promise((done) => waiting.push(done)), ended]);
  const { port } = await line();
  return {
    port,
    pid: child.pid,
    trouble: () => trouble,
    stop: () => child.kill("SIGKILL"),
    /** Has the server collect garbage; returns its `process.memoryUsage()` then, and `open`, its sockets. */
    collect() {
      const answer = line();
      child.kill("SIGUSR2");
      return answer;
    },
  };
}

const loadCommand = (server, args, secs, warm) =>
  onCore(
    1,
    [
      wsload,
      ...args.split(" "),
      "--port",
      server.port,
      "--pid",
      server.pid,
      "-d",
      secs,
      "-w",
      warm,
    ].map(String),
  );

/**
 * Puts load on a server; returns the line wsload prints, parsed.
 * @param {{ port: number, pid: number }} server
 * @param {string} args
 * @param {number} secs
 * @param {number} warm seconds before counting begins
 */
export async function load(server, args, secs, warm) {
  const [command, ...rest] = loadCommand(server, args, secs, warm);
  const { stdout, stderr } = await run(command, rest, { timeout: 120_000 }).catch((error) => {
    if (error.stdout) return error; // it counted errors, and still has results
    throw new Error(error.stderr?.trim() || error.message);
  });
  if (stderr) process.stderr.write(stderr);
  return JSON.parse(stdout);
}

/** Opens `count` connections, exchanges a message on each, as `args` say, and holds them; returns how to let go once `total` are open at the server. */
export async function hold(server, count, total, args) {
  const [command, ...rest] = loadCommand(
    server,
    `--mode idle -c ${count} ${args} --open-limit 60`,
    300,
    0,
  );
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "inherit"] });
  for (const until = Date.now() + 60_000; (await server.collect()).open < total;) {
    if (Date.now() < until && child.exitCode === null) continue;
    child.kill();
    throw new Error(`${count} connections could not be opened and held.`);
  }
  return () => child.kill();
}
