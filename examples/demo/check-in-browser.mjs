import { chromium } from "playwright-core";
import { FLAGS } from "./browser.mjs";

const PATIENCE = 15_000; // milliseconds for each thing to appear

/** Drives the page in Chromium. */
export async function checkInBrowser(url, executablePath, seen, screenshot) {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const context = await browser.newContext({ viewport: { width: 1240, height: 900 } });
    context.setDefaultTimeout(PATIENCE);
    const page = await openPage(context, url);
    seen("the page opens, and its connection");
    await converse(page, context, url, seen);
    await watchFrames(page, seen);
    await end(page, seen, screenshot);
    if (page.complaints.length > 0)
      throw new Error(`The page complained: ${page.complaints.join("; ")}`);
    seen("the browser's console stayed empty");
  } finally {
    await browser.close();
  }
}

async function openPage(context, url) {
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => page.complaints.push(message.text()));
  await page.goto(url);
  await expectState(page, "alive.open");
  return page;
}

async function converse(page, context, url, seen) {
  const other = await openPage(context, url);
  await page.bringToFront();
  await page.getByLabel("Message", { exact: true }).fill("Is anybody there?");
  await page.getByRole("button", { name: "Send text" }).click();
  await expect(page, "#messages .theirs", "Is anybody there?", "the message did not come back");
  seen("a message that was sent comes back");
  await expect(
    other,
    "#messages .theirs",
    "Is anybody there?",
    "the second tab did not hear the message",
  );
  seen("a second tab hears it");
  await other.close();
}

async function watchFrames(page, seen) {
  await expect(
    page,
    "#frames tr.in[data-opcode=text]",
    "Is anybody there?",
    "the frame from the browser is not listed",
  );
  await expect(
    page,
    "#frames tr.out[data-opcode=text]",
    "Is anybody there?",
    "the frame from the server is not listed",
  );
  seen("its frames are listed, in both directions");
  await expect(page, "#events .tick", "tick", "no event of the stream is listed");
  await page.getByRole("button", { name: "Cut the stream" }).click();
  await page.getByRole("button", { name: "Send binary" }).click();
  await expect(page, "#messages .theirs", "24 bytes", "the binary message did not come back");
  seen("a binary message comes back");
  await page.getByRole("button", { name: "Ping" }).click();
  await expect(page, "#frames tr.in[data-opcode=pong]", "14", "no pong is listed");
  seen("the server's ping is answered by the browser's pong");
  await page.getByRole("button", { name: "Send 1 MiB" }).click();
  await expect(page, "#messages .theirs", "1,048,576 bytes", "1 MiB did not come back");
  seen("a message of 1 MiB comes back");
}

async function end(page, seen, screenshot) {
  await page.getByLabel("Close code").fill("4000");
  await page.getByLabel("Close reason").fill("checked");
  await page.getByRole("button", { name: "From server" }).click();
  await expectState(page, "closed");
  await expect(
    page,
    "#trail li",
    "draining",
    "the trail does not show that the server drained its output",
  );
  await expect(
    page,
    "#trail li",
    "ending",
    "the trail does not show that the server ended the transport",
  );
  seen("closed by the server, the diagram goes through draining and ending to closed");
  await expect(
    page,
    "#messages .event",
    "Closed: 4000 “checked”, cleanly",
    "the browser did not get the close code",
  );
  seen("the browser got the code and the reason");
  if (screenshot !== undefined) {
    await page.screenshot({ path: screenshot, fullPage: true });
    seen(`the page is pictured in ${screenshot}`);
  }
  await page.getByRole("button", { name: "Connect again" }).click();
  await expectState(page, "alive.open");
  await page.getByRole("button", { name: "From browser" }).click();
  await expectState(page, "closed");
  await expect(page, "#trail li", "replying", "the trail does not show that the server replied");
  seen("connected again and closed by the browser, it goes through replying");
  await page.getByRole("button", { name: "Connect again" }).click();
  await expectState(page, "alive.open");
  await page.getByRole("button", { name: "Terminate" }).click();
  await expectState(page, "closed");
  await expect(page, "#messages .event", "Closed: 1006", "the browser did not notice the end");
  seen("terminated, it is closed at once, and the browser reports 1006");
  await expect(page, "#events li", "Last-Event-ID:", "the event stream was not asked for again");
  await expect(page, "#events li", "sent again", "the event stream lacks what was missed");
  seen("the event stream, cut, is asked for again from the last id, and brings what was missed");
}

const expectState = (page, path) =>
  expect(
    page,
    `.leaf.current[data-path="${path}"]`,
    path.split(".").at(-1),
    `the diagram did not come to ${path}`,
  );

async function expect(page, selector, text, otherwise) {
  try {
    await page.locator(selector).filter({ hasText: text }).first().waitFor();
  } catch (error) {
    throw new Error(`Within ${PATIENCE / 1000} s ${otherwise}.`, { cause: error });
  }
}
