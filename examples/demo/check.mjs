import { findBrowser } from "./browser.mjs";

/**
 * Uses the demo at `url` as a person would, and prints what was seen.
 * @throws {Error} with a sentence about the first thing that was not as it should be.
 */
export async function checkDemo(url, { screenshot } = {}) {
  const executable = findBrowser();
  const seen = (line) => console.log(`ok  ${line}`);
  if (executable !== undefined) {
    console.log(`Checking ${url} in ${executable}`);
    const { checkInBrowser } = await import("./check-in-browser.mjs");
    await checkInBrowser(url, executable, seen, screenshot);
  } else {
    console.log(
      "No browser here: checking with the Node client. (Install chromium, or set CHROMIUM_PATH, to check the page itself.)",
    );
    if (screenshot !== undefined)
      throw new Error("--screenshot needs a browser: install chromium, or set CHROMIUM_PATH.");
    const { checkWithClient } = await import("./check-with-client.mjs");
    await checkWithClient(url, seen);
  }
  console.log("The demo works.");
}
