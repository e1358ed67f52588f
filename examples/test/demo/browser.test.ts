/** The demo's page in Chromium: what a person with a keyboard, a phone or a lost connection meets. */
import { createServer, connect as dial, type AddressInfo, type Socket } from "node:net";
import axe from "axe-core";
import { chromium, type Browser, type Frame, type FrameLocator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser, FLAGS } from "../../demo/browser.mjs";
import { startDemo } from "../../demo/server.mjs";

const executablePath = findBrowser();
const isSkipped = executablePath === undefined;

describe.skipIf(isSkipped)(
  `the page of the demo${isSkipped ? " (skipped: there is no Chromium; CHROMIUM_PATH can name one)" : ""}`,
  () => {
    let browser: Browser;
    let demo: Awaited<ReturnType<typeof startDemo>>;
    let page: Page;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath!, args: FLAGS });
    }, 30_000);
    afterAll(() => browser?.close());
    beforeEach(async () => {
      demo = await startDemo(0, { tickEvery: 150, retry: 0.6 });
      page = await browser.newPage({ viewport: { width: 1240, height: 900 } });
      page.setDefaultTimeout(10_000);
    });
    afterEach(async () => {
      await page.close();
      demo.stop();
    });

    const isIn = (path: string): Promise<void> =>
      page.locator(`.leaf.current[data-path="${path}"]`).waitFor();
    async function open(url: string = demo.url): Promise<void> {
      await page.goto(url);
      await isIn("alive.open");
    }
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement!.id);

    /** The state that the diagram shows at the moment each “Closed” is said. */
    async function watch(): Promise<(count?: number) => Promise<unknown>> {
      await page.evaluate(() => {
        const seen: unknown[] = [];
        Object.assign(globalThis, { seen });
        new MutationObserver((changes) => {
          for (const { addedNodes } of changes)
            for (const node of addedNodes)
              if (node.textContent!.startsWith("Closed:"))
                seen.push([
                  document.querySelector<SVGElement>(".leaf.current")?.dataset["path"],
                  document.getElementById("state")!.textContent,
                  node.textContent,
                ]);
        }).observe(document.getElementById("messages")!, { childList: true });
      });
      return async (count = 1) => {
        await page
          .locator("#messages .event")
          .nth(count - 1)
          .waitFor();
        return page.evaluate(() => (globalThis as unknown as { seen: unknown }).seen);
      };
    }

    test("whoever closes, by keyboard: text and diagram say closed, the focus goes to “Connect again”, then to the message", async () => {
      await open();
      const seen = await watch();
      const expected: string[][] = [];
      for (const [name, text] of [
        ["From server", "Closed: 1000 “goodbye”, cleanly."],
        ["From browser", "Closed: 1000 “goodbye”, cleanly."],
        ["Terminate", "Closed: 1006, without a closing handshake."],
      ] as const) {
        await button(name).focus();
        await page.keyboard.press("Enter");
        expected.push(["closed", "closed", text]);
        expect(await seen(expected.length)).toEqual(expected);
        expect(await focused()).toBe("connect");
        await page.keyboard.press("Enter");
        await isIn("alive.open");
        await page.locator("#text:focus").waitFor();
        // The next steps need not be slow, too: the test has seen the states pass.
        await page.emulateMedia({ reducedMotion: "reduce" });
      }
    });

    test("the server has stopped: text and diagram say closed, and the focus stays where it was", async () => {
      await open();
      const seen = await watch();
      await page.locator(".wire .scroll").focus();
      demo.stop();
      const text = "Closed: 1006, without a closing handshake.";
      expect(await seen()).toEqual([["closed", "closed", text]]);
      await page.getByText("The demo server has stopped.").waitFor();
      expect(await page.evaluate(() => document.activeElement!.className)).toBe("scroll");
    });

    test("the link is lost, and the server has not noticed: text and diagram say closed", async () => {
      const link = await lossy(demo.url);
      await open(link.url);
      const seen = await watch();
      link.lose();
      const text = "Closed: 1006, without a closing handshake.";
      expect(await seen()).toEqual([["closed", "closed", text]]);
      link.stop();
    });

    test("a phone has the conversation first, a pill that covers nothing, and no scrolling sideways", async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      await open();
      for (const width of [360, 390]) {
        await page.setViewportSize({ width, height: 740 });
        const tops = await page.evaluate(() =>
          ["talk", "life", "wire"].map(
            (name) => document.querySelector(`.${name}`)!.getBoundingClientRect().top,
          ),
        );
        expect(tops).toEqual([...tops].sort((one, other) => one - other));
        expect(tops[0]).toBeLessThan(740 / 2);
        expect(await covered(page)).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide).toBeLessThanOrEqual(width);
      }
    });

    test("the event stream: after a cut the browser asks again with Last-Event-ID, and misses nothing", async () => {
      await open();
      const rows = page.locator("#events li");
      await rows.filter({ hasText: "GET /ticks" }).waitFor();
      await rows
        .filter({ hasText: /^id \d+: tick/ })
        .first()
        .waitFor();
      await button("Cut the stream").focus();
      await page.keyboard.press("Enter");
      await rows.filter({ hasText: "The stream broke" }).waitFor();
      const again = rows.filter({ hasText: "Last-Event-ID" });
      await again.waitFor();
      expect(await focused()).toBe("cut");
      await rows.filter({ hasText: "missed and sent again" }).first().waitFor();
      const texts = await rows.allInnerTexts();
      const ids = texts
        .flatMap((text) => /^id (\d+)/.exec(text)?.[1] ?? [])
        .map(Number)
        .reverse();
      expect(ids).toEqual(ids.map((_, at) => ids[0]! + at));
      const asked = texts.findIndex((text) => text.includes("Last-Event-ID"));
      const before = texts.slice(asked).find((text) => text.startsWith("id "));
      const last = /^id (\d+)/.exec(before!)![1];
      expect(texts[asked]).toBe(`GET /ticks, Last-Event-ID: ${last}`);
    });

    test("the viewer shows the page's own connections while they talk, and goes along until one reads back; axe finds nothing", async () => {
      await open();
      await page.locator("#viewer summary").focus();
      await page.keyboard.press("Enter");
      const viewer = page.frameLocator("#viewer-frame");
      const rows = viewer.locator(".row");
      await rows.filter({ hasText: /from the server: .*text/ }).waitFor();
      expect(await current(viewer)).toEqual(["open", "open"]);
      await page.getByLabel("Message", { exact: true }).fill("Look at this");
      await page.keyboard.press("Enter");
      await rows.nth(2).waitFor();
      await viewer.locator("#decoded", { hasText: ": Look at this" }).waitFor();
      await rows.filter({ hasText: "from the client" }).click();
      await viewer.locator("#decoded", { hasText: /^Look at this$/ }).waitFor();
      await viewer.locator("#live[aria-pressed=false]").waitFor();
      await button("Ping").click();
      await rows.filter({ hasText: "pong" }).waitFor();
      expect(await viewer.locator("#decoded").innerText()).toBe("Look at this");
      await viewer.getByRole("button", { name: "Follow" }).press("Enter");
      await button("Terminate").click();
      await viewer.locator("li[aria-current]", { hasText: "closed" }).first().waitFor();
      expect(await current(viewer)).toEqual(["closed", "closed"]);
      await button("Connect again").click();
      await isIn("alive.open");
      await viewer.locator("li[aria-current]", { hasText: "open" }).first().waitFor();
      expect(await viewer.locator("#status").innerText()).toBe(
        "1 of 1 frames; 0 violations, 0 warnings, 0 notes",
      );
      for (const [width, colorScheme] of [
        [1240, "light"],
        [360, "dark"],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        for (const frame of page.frames()) expect(await complaints(frame)).toEqual([]);
      }
    });
  },
);

/** The states of both sides' lives that a viewer shows. */
const current = (viewer: FrameLocator): Promise<string[]> =>
  viewer.locator("#lifecycle [aria-current]").allInnerTexts();

/** axe's complaints about a frame, and whether its content is too wide. */
async function complaints(frame: Frame): Promise<unknown[]> {
  // Evaluated, not injected as an element: the page's policy allows no other script.
  await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ exclude: ["iframe"] }),
  );
  const overflow = await frame.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  return [
    ...violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    ...(overflow > 0 ? [`${overflow} pixels too wide`] : []),
  ];
}

/** The texts and controls that the pill covers, at any position of the page. */
const covered = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const pill = document.querySelector(".badge")!;
    const found = new Set<string>();
    for (let top = 0; top < document.documentElement.scrollHeight; top += 120) {
      scrollTo(0, top);
      await new Promise(requestAnimationFrame);
      const own = pill.getBoundingClientRect();
      for (const one of document.body.querySelectorAll("p, h1, h2, button, input, text, td, li")) {
        if (pill === one || pill.contains(one) || one.closest("#messages, .scroll")) continue;
        const { left, right, top: upper, bottom, width } = one.getBoundingClientRect();
        const isApart =
          right <= own.left || left >= own.right || bottom <= own.top || upper >= own.bottom;
        if (width > 0 && !isApart) found.add(one.textContent!.trim() || one.id);
      }
    }
    return [...found];
  });

/** A link to the demo whose browser's end can be lost: the server's end of the WebSocket `/room` stays. */
async function lossy(target: string): Promise<{ url: string; lose: () => void; stop: () => void }> {
  const port = Number(new URL(target).port);
  const rooms: Socket[] = [];
  const all: Socket[] = [];
  const server = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    all.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.on("data", (bytes) => {
      if (bytes.toString("latin1").startsWith("GET /room")) rooms.push(near);
      far.write(bytes);
    });
    far.on("data", (bytes) => near.writable && near.write(bytes));
    far.on("end", () => near.end());
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    lose: () => {
      for (const room of rooms) room.destroy();
    },
    stop: () => {
      for (const socket of all) socket.destroy();
      server.close();
    },
  };
}
