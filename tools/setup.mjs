/**
 * `npm run setup`: from a fresh clone to built packages, with Node and npm alone. Does only what is not done yet.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const PNPM = "10.34.9";
const stamp = `${root}node_modules/.sansocket-setup`;

/** @param {string} text */
const say = (text) => console.log(`setup: ${text}`);
/** @param {string} text */
const fail = (text) => {
  console.error(`setup: ${text}`);
  process.exit(1);
};

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `this is Node ${process.versions.node}; Sansocket needs Node 20.19 or newer. Install one from https://nodejs.org and run the command again.`,
  );
}

/**
 * Runs a command in the repository, its output shown as it comes; returns whether it succeeded.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 */
function run(command, args, env) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  if (error) say(`${command} could not be started (${error.message}).`);
  return status === 0;
}

/** A hash of all that an installation depends on: lockfile, manifests, settings, and the platform of its binaries. */
function wanted() {
  const hash = createHash("sha256").update(
    `${process.platform} ${process.arch} ${process.versions.modules} `,
  );
  const manifests = ["core", "node-adapter", "deno-adapter", "bun-adapter"].map(
    (name) => `packages/${name}/package.json`,
  );
  for (const file of [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package.json",
    "examples/package.json",
    "benchmarks/package.json",
    ...manifests,
  ]) {
    hash.update(file).update(readFileSync(root + file));
  }
  return hash.digest("hex");
}

function install() {
  const now = wanted();
  if (
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === now &&
    existsSync(`${root}node_modules/.modules.yaml`)
  ) {
    say("dependencies are in place.");
    return;
  }
  say(
    `installing dependencies with pnpm ${PNPM} (once; about 200 packages from the npm registry) …`,
  );
  // CI=true: pnpm asks nothing where it would otherwise want a terminal.
  if (!run("npx", ["-y", `pnpm@${PNPM}`, "install", "--frozen-lockfile"], { CI: "true" })) {
    fail(
      "installing failed. Check that the npm registry can be reached (`npm ping`), that there is a gigabyte of free disk, and that pnpm-lock.yaml was not changed by hand; then run the command again.",
    );
  }
  writeFileSync(stamp, now);
}

function build() {
  say("building the packages whose sources changed …");
  const turbo = `${root}node_modules/.bin/turbo`;
  const path = `${root}node_modules/.bin${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`;
  const args = [
    "run",
    "build",
    "--filter=./packages/*",
    "--output-logs=errors-only",
    "--ui=stream",
  ];
  if (!run(turbo, args, { PATH: path, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" })) {
    fail(
      "the build failed; what the compiler said is above. `git status` shows what differs from the repository.",
    );
  }
}

checkNode();
install();
build();
say("ready.");
