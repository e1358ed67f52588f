/** Gets ws's tests: they are not in its package. From its repository, else from Debian's sources; and the same bytes from either. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../steps.mjs";

/** The newest whose tests both have. */
export const VERSION = "8.18.1";
export const FILES = [
  "websocket.test.js",
  "websocket-server.test.js",
  "create-websocket-stream.test.js",
];
/** Of the three files, one behind the other. */
const DIGEST = "82f159e5130fcf9f6fa172f690a2f557da2953e63ca8ac5367002ecdae627e6b";
const ARCHIVE = `https://github.com/websockets/ws/archive/refs/tags/${VERSION}.tar.gz`;
const DEBIAN = {
  keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  suite: "trixie",
  at: "http://deb.debian.org/debian",
};

/**
 * Puts the repository of ws, as it was at {@link VERSION}, in `folder`.
 * @param {string} folder
 * @returns {Promise<string>} where its `test` is
 */
export async function fetchSuite(folder) {
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "ws.tar.gz");
  const problem = (await fromRepository(archive)) && (await fromDebian(folder, archive));
  if (problem) throw new Error(`ws's tests cannot be fetched. ${problem}`);
  await must("tar", ["-xzf", archive, "-C", folder], folder);
  const name = readdirSync(folder).find((each) => existsSync(join(folder, each, "test")));
  const tree = join(folder, String(name));
  checkDigest(tree);
  return tree;
}

/** @param {string} archive */
async function fromRepository(archive) {
  try {
    const response = await fetch(ARCHIVE, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) return `${ARCHIVE} answers ${response.status}.`;
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    return undefined;
  } catch (error) {
    return `${ARCHIVE}: ${error}.`;
  }
}

/**
 * With lists of its own: those of the machine stay as they are.
 * @param {string} folder
 * @param {string} archive
 */
async function fromDebian(folder, archive) {
  if (!existsSync(DEBIAN.keyring)) return "There is no apt-get of Debian's either.";
  const apt = join(folder, "apt");
  for (const each of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(apt, each), { recursive: true });
  const list = join(apt, "sources.list");
  writeFileSync(list, `deb-src [signed-by=${DEBIAN.keyring}] ${DEBIAN.at} ${DEBIAN.suite} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(apt, "lists")}`,
    `Dir::Cache=${join(apt, "cache")}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await must("apt-get", [...options, "-qq", "update"], apt);
  // It has several parts, of which a mirror may lack some: one is enough.
  const { output } = await run(
    "apt-get",
    [...options, "-qq", "source", "--download-only", "node-ws"],
    {
      cwd: apt,
    },
  );
  const found = readdirSync(apt).find((name) => /^node-ws_.*\.orig\.tar\.gz$/.test(name));
  if (found === undefined) return output;
  writeFileSync(archive, readFileSync(join(apt, found)));
  return undefined;
}

/** @param {string} tree */
export function checkDigest(tree) {
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(readFileSync(join(tree, "test", file)));
  const digest = hash.digest("hex");
  if (digest !== DIGEST) throw new Error(`These are not the tests of ws ${VERSION}: ${digest}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function must(command, args, cwd) {
  const { code, output } = await run(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${output}`);
}
