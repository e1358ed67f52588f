import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Chromium asks nothing of the network, and runs where there is no display and no user namespace. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Finds a Chromium: what `CHROMIUM_PATH` names, or one of its usual names on the PATH. `undefined` where there is none.
 * @throws {Error} when `CHROMIUM_PATH` names nothing that can be run.
 */
export function findBrowser() {
  const { CHROMIUM_PATH: named, PATH = "" } = process.env;
  if (named) {
    if (!isExecutable(named))
      throw new Error(
        `CHROMIUM_PATH is ${named}, which cannot be run. Correct it, or unset it to search the PATH.`,
      );
    return named;
  }
  const found = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...found, ...ELSEWHERE].find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
