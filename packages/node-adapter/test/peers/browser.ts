import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Page } from "playwright-core";

const HOW = "no Chromium: install one (`apt-get install chromium`), or name one in CHROMIUM_PATH";

/** The browser of this machine. */
export const browser = {
  executable: findBrowser(),
  /** Whether its absence is a failure. */
  required: process.env["SANSOCKET_REQUIRE_BROWSER"] === "1",
  HOW,
};

function findBrowser(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].flatMap(
    (name) => folders.map((folder) => join(folder, name)),
  );
  return [...(named ? [named] : []), ...found].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Starts it on an empty profile.
 * @param trusting whether it takes any certificate, as those of the tests are
 * @param args more of its command line
 */
export async function launch(
  trusting = false,
  ...args: readonly string[]
): Promise<{ page: Page; close: () => Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), "sansocket-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browser.executable!,
    headless: true,
    ignoreHTTPSErrors: trusting,
    args: [
      ...(trusting ? ["--ignore-certificate-errors"] : []),
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
  return {
    page: context.pages()[0] ?? (await context.newPage()),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
