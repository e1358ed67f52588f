/** `sansocket view`: the page, in Chromium. */
import { appendFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { constants, deflateRawSync } from "node:zlib";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closing,
  conversation,
  frame,
  packetsOf,
  pcap,
  request,
  response,
  type Said,
} from "../../../core/testing/captures.ts";
import { connect, listen } from "../../src/index.ts";
import { browser, launch } from "../peers/browser.ts";
import { buildCommand, type Running, sansocket, scratch, start } from "./command.ts";

buildCommand();

const text = '{"greeting":"hello hello hello hello","to":"all"}';
const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

/** Compressed fragments with a ping between, a masked frame of the server, and close frames. */
const said = conversation(
  [
    { side: "client", data: frame("client", 1, "a question") },
    { side: "server", data: frame("server", 1, deflated.subarray(0, 9), { fin: false, rsv: 4 }) },
    { side: "server", data: frame("server", 9, "are you there") },
    { side: "client", data: frame("client", 10, "are you there") },
    { side: "server", data: frame("server", 0, deflated.subarray(9)) },
    { side: "server", data: frame("server", 2, Uint8Array.of(1, 2, 255), { masked: true }) },
    ...closing,
  ],
  {
    ask: request({ "Sec-WebSocket-Extensions": "permessage-deflate" }),
    answer: response({ "Sec-WebSocket-Extensions": "permessage-deflate" }),
  },
);

const running: Running[] = [];
afterAll(async () => {
  for (const one of running) {
    one.kill("SIGINT");
    await one.ended;
  }
});

/** Starts the command on a capture, and returns the page's address. */
async function viewing(name: string, file: readonly Said[]): Promise<string> {
  const path = join(scratch, name);
  writeFileSync(path, pcap(packetsOf(file)));
  const one = start(["view", path, "--json"]);
  running.push(one);
  await one.says("\n");
  return (JSON.parse(one.soFar().out) as { url: string }).url;
}

const get = (url: string): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    http.get(url, resolve).on("error", reject);
  });

test("the page is served under a secret, with a policy that lets nothing else in", async () => {
  const url = await viewing("served.pcap", said);
  const page = await get(url);
  page.resume();
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
  for (const path of ["/", `/${"0".repeat(32)}/data.json`, `${new URL(url).pathname}../x`]) {
    const other = await get(new URL(path, url).href);
    other.resume();
    expect(other.statusCode).toBe(404);
  }
});

test("--follow goes on with a trace while it is being written", async () => {
  const path = join(scratch, "grows.jsonl");
  const put = (_: number, lines: Uint8Array): void => {
    appendFileSync(path, lines);
  };
  writeFileSync(path, "");
  const server = listen({
    hostname: "127.0.0.1",
    record: { begin: put, write: put, end: () => {} },
    websocket: {
      message: (socket, data) => {
        socket.send(data);
      },
    },
  });
  await server.ready;
  const viewer = start(["view", "--follow", path, "--json"]);
  running.push(viewer);
  await viewer.says("\n");
  const { url } = JSON.parse(viewer.soFar().out) as { url: string };
  const frames = async (): Promise<number> => {
    const response = await fetch(`${url}frames?conversation=1&from=0`);
    return (await response.arrayBuffer()).byteLength / (7 * 8);
  };
  const changes = await fetch(`${url}changes`);
  expect(changes.headers.get("content-type")).toMatch(/^text\/event-stream/);
  await changes.body!.cancel();
  expect(await frames()).toBe(0);
  const client = await connect(server.url);
  client.send("hello");
  await expect.poll(frames, { timeout: 5000 }).toBe(2);
  client.close(1000);
  await expect.poll(frames, { timeout: 5000 }).toBe(4);
  const overview = await (await fetch(`${url}data.json`)).json();
  expect(overview).toMatchObject({ isLive: true, findings: [], conversations: [{ id: 1 }] });
  await server.stop();
}, 30_000);

test("only a trace can be followed", async () => {
  const file = join(scratch, "talk.har");
  writeFileSync(file, '{"log":{}}\n');
  const { code, err } = await sansocket(["view", "--follow", file]);
  expect([code, err]).toEqual([5, expect.stringContaining("only a trace can be followed")]);
});

test("what cannot be read ends with 5", async () => {
  expect((await sansocket(["view", "/nowhere"])).code).toBe(5);
});

describe.skipIf(browser.executable === undefined && !browser.required)(
  browser.executable === undefined ? browser.HOW : "in Chromium",
  () => {
    let page: Page;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ page, close } = await launch());
    }, 30_000);
    afterAll(async () => {
      await close?.();
    });

    const opened = async (url: string): Promise<void> => {
      await page.goto(url);
      await page.waitForSelector("body[data-ready]");
    };
    const detail = (): Promise<string> => page.locator("#detail").innerText();

    /** Asks the page again and again: it shows a change a frame later. */
    const soon = (get: () => Promise<unknown>) => expect.poll(get, { timeout: 10_000 });

    test("frames, their messages, findings and the lifecycle; by keyboard, search and scrubber", async () => {
      await opened(await viewing("talk.pcap", said));
      await soon(() => page.locator(".row").count()).toBe(8);
      await soon(() => page.locator("#status").innerText()).toMatch(
        /^8 of 8 frames; 1 violation, /,
      );
      await page.locator("#rows").focus();
      await page.keyboard.press("ArrowDown");
      await page.locator("#decoded").waitFor();
      // The first of two fragments: the whole message, and this frame's own bytes.
      await soon(() => page.locator("#decoded").innerText()).toBe(
        JSON.stringify(JSON.parse(text), undefined, 2),
      );
      await soon(() => detail()).toMatch(/Bits\s+RSV1/);
      await soon(() => page.locator("#hex").innerText()).toContain(
        deflated.subarray(0, 9).toString("hex").replaceAll(/../g, "$& ").trim(),
      );
      await soon(() => page.locator("#inflated").innerText()).toContain('{"greeting":"hel');
      await page.keyboard.press("n");
      await page.locator(".findings").waitFor();
      await soon(() => detail()).toContain("Received masked frame but masking is forbidden");
      await soon(() => page.locator("#lifecycle [aria-current]").allInnerTexts()).toEqual([
        "open",
        "open",
      ]);
      await page.keyboard.press("End");
      await page.locator("#decoded").waitFor();
      await soon(() => detail()).toContain("1000");
      await soon(() => page.locator("#lifecycle [aria-current]").allInnerTexts()).toEqual([
        "closing",
        "closing",
      ]);
      await page.keyboard.press("/");
      await page.keyboard.type("greeting");
      await page.waitForFunction(() => document.querySelectorAll(".row").length === 2);
      await page.locator("#search").fill("");
      await page.locator("#kind").selectOption("control");
      await page.waitForFunction(() => document.querySelectorAll(".row").length === 4);
      await page.locator("#kind").selectOption("");
      await page.locator("#time").fill("0");
      await soon(() => page.locator("#lifecycle [aria-current]").allInnerTexts()).toEqual([
        "connecting",
        "connecting",
      ]);
      // A filter does not move the clock.
      await page.locator("#kind").selectOption("control");
      await page.waitForFunction(() => document.querySelectorAll(".row").length === 4);
      await page.locator("#kind").selectOption("");
      await page.waitForFunction(() => document.querySelectorAll(".row").length > 4);
      expect(await page.locator("#lifecycle [aria-current]").allInnerTexts()).toEqual([
        "connecting",
        "connecting",
      ]);
    }, 60_000);

    test("axe finds nothing, in the light and in the dark, on a desk and on a phone", async () => {
      const url = await viewing("axe.pcap", said);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        await opened(url);
        await page.locator("#rows").focus();
        await page.keyboard.press("n");
        await page.locator(".findings").waitFor();
        await page.locator("#hex").waitFor();
        // Evaluated, not injected as an element: the page's policy allows no other script.
        await page.evaluate(axe.source);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const { violations } = await page.evaluate(() => (globalThis as any).axe.run());
          const told = violations.map(({ id, nodes }: any) => [
            id,
            nodes.map(({ html }: any) => html),
          ]);
          expect(told).toEqual([]);
        }
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        expect(overflow).toBeLessThanOrEqual(0);
      }
    }, 60_000);

    test("100 000 frames: few are in the page, and no task takes 50 ms of its thread", async () => {
      await page.setViewportSize({ width: 1280, height: 800 });
      const url = await viewing("many.pcap", conversation([...manyFrames(), ...closing]));
      const tasks = await tasksOf(page);
      await opened(url);
      expect(await page.locator("#status").innerText()).toMatch(/^100002 of 100002 frames/);
      const { rows, scrubbed, scrolled, last } = await page.evaluate(async () => {
        const get = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
        let most = 0;
        const drawn = async (): Promise<void> => {
          await new Promise((resolve) => {
            requestAnimationFrame(() => requestAnimationFrame(resolve));
          });
          most = Math.max(most, document.querySelectorAll(".row").length);
        };
        /** The median time from a change to the second frame behind it, in milliseconds. */
        const timed = async (change: (part: number) => void): Promise<number> => {
          const times: number[] = [];
          for (let step = 0; step <= 20; step++) {
            const begun = performance.now();
            change(step / 20);
            await drawn();
            times.push(performance.now() - begun);
          }
          return times.sort((a, b) => a - b)[10]!;
        };
        const set = (id: string, value: string, event: string): void => {
          get<HTMLInputElement>(id).value = value;
          get(id).dispatchEvent(new Event(event, { bubbles: true }));
        };
        const scrubbed = await timed((part) => {
          set("time", String(part * 1000), "input");
        });
        const box = get("rows");
        const scrolled = await timed((part) => {
          box.scrollTop = box.scrollHeight * part;
        });
        const last = box.textContent;
        for (const kind of ["text", "binary", "control", "finding", ""]) {
          set("kind", kind, "change");
          await drawn();
        }
        for (const text of ["9", "no such text", ""]) {
          const before = get("status").textContent;
          set("search", text, "input");
          while (get("status").textContent === before) await drawn();
        }
        return { rows: most, scrubbed, scrolled, last };
      });
      const times = await tasks();
      const longest = Math.max(...times);
      if (process.env["SANSOCKET_FIGURES"] !== undefined)
        console.log({ rows, scrubbed, scrolled, longest, tasks: times.length });
      expect(rows).toBeLessThan(80);
      expect(last).toContain("close 2 B");
      expect(times.length).toBeGreaterThan(100);
      // From 50 ms on, browsers call a task long. The thread's own time leaves out others' work on a busy machine.
      expect(longest).toBeLessThan(50);
      await page.locator("#rows").focus();
      await page.keyboard.press("End");
      await page.waitForFunction(() =>
        document.querySelector("#detail")?.textContent?.includes("100002 of 100002"),
      );
    }, 60_000);
  },
);

/** A hundred thousand frames of one side, a thousand of which break a rule. */
function manyFrames(): Said[] {
  const frames = Array.from({ length: 1000 }, (_, at) =>
    frame("server", at % 10 === 9 ? 2 : 1, `message ${at}`, { masked: at % 100 === 7 }),
  );
  const data = Buffer.concat(frames);
  return Array.from({ length: 100 }, () => ({ side: "server", data }));
}

/**
 * Traces the page. The returned function ends the trace, and returns the time of each task of a page's main thread, in
 * milliseconds of that thread's own.
 */
async function tasksOf(page: Page): Promise<() => Promise<number[]>> {
  const session = await page.context().newCDPSession(page);
  const events: Record<string, any>[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", {
    traceConfig: { includedCategories: ["toplevel", "__metadata"], excludedCategories: ["*"] },
  });
  return async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    const mains = events.filter(
      ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain",
    );
    const isMain = ({ pid, tid }: Record<string, any>): boolean =>
      mains.some((main) => main["pid"] === pid && main["tid"] === tid);
    return events
      .filter((event) => /RunTask$/.test(event["name"]) && isMain(event))
      .map(({ tdur = 0 }) => tdur / 1000);
  };
}
