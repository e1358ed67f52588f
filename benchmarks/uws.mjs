// uWebSockets.js is not in the npm registry. This package of it is: one that Ganache used, built by its authors.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "@trufflesuite/uws-js-unofficial";
const VERSION = "20.30.0-unofficial.0";

/** Returns the folder with uWebSockets.js, fetched once (40 MB); `undefined` if that failed. */
export function fetchUws() {
  const folder = fileURLToPath(new URL(`../node_modules/.cache/uws-${VERSION}`, import.meta.url));
  if (existsSync(join(folder, "node_modules", PACKAGE))) return folder;
  mkdirSync(folder, { recursive: true });
  const options = "--no-save --no-audit --no-fund --ignore-scripts --omit=optional".split(" ");
  const args = ["install", "--prefix", folder, ...options, `${PACKAGE}@${VERSION}`];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status === 0) return folder;
  console.error(`uWebSockets.js is left out, since it could not be fetched:\n${stderr}`);
  return undefined;
}
