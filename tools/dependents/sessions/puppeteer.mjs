/** Puppeteer, which drives Chromium through a WebSocket: pages, large answers, events, and the end of the browser. */
import puppeteer from "puppeteer-core";
import { assert, done } from "./helpers.mjs";

const browser = await puppeteer.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ],
});
const page = await browser.newPage();
assert.equal(await page.evaluate("1 + 1"), 2);
assert.equal((await page.evaluate("'ß'.repeat(1000000)")).length, 1_000_000);
await page.setContent(`<h1>${"title ".repeat(1000)}</h1>`);
assert.ok((await page.screenshot()).length > 1000);
const other = await puppeteer.connect({ browserWSEndpoint: browser.wsEndpoint() });
assert.ok((await other.pages()).length >= 1);
await other.disconnect();
await browser.close();
done("two connections, 2 MB of answer, a screenshot");
