/** `examples/fan-out`: HAProxy, a broker and three processes, all real, of which one is killed. `npm run fan-out:prove` does it with more of everything. */
import { spawnSync } from "node:child_process";
import { chromium } from "playwright-core";
import { describe, expect, test, vi } from "vitest";
import { findBrowser, FLAGS } from "../demo/browser.mjs";
import { startStage } from "../fan-out/stage.mjs";
import { Program } from "./program.ts";

const isInstalled = (program: string, argument = "--version"): boolean =>
  spawnSync(program, [argument]).status === 0;
const mustRun = process.env["CI"] === "true" || process.env["SANSOCKET_REQUIRE_BROWSER"] === "1";
const missing = [
  isInstalled("haproxy", "-v") ? [] : ["HAProxy"],
  isInstalled("nats-server") ? [] : ["nats-server"],
  isInstalled("redis-server") ? [] : ["redis-server"],
].flat();
const why = (lack: readonly string[]): string =>
  lack.length === 0 ? "" : ` (left out: there is no ${lack.join(", ")})`;

describe.skipIf(missing.length > 0 && !mustRun)(`fan-out${why(missing)}`, () => {
  test.concurrent.each(["nats", "redis"])(
    "over %s, each log has every message once and in one order though a process is killed",
    { timeout: 120_000 },
    async (broker) => {
      const args = `--broker ${broker} --runs 1 --clients 30 --messages 8 --pace 250`.split(" ");
      const program = new Program("fan-out/prove.mjs", { args });
      const { code, output, errors } = await program.ended;
      expect({ code, errors }, output).toEqual({ code: 0, errors: "" });
      expect(output).toContain("30 of 30 logs have all 240 messages once and in one order");
      expect(Number(/(\d+) came back elsewhere/.exec(output)?.[1])).toBeGreaterThan(0);
    },
  );

  const browser = findBrowser();
  test.skipIf(browser === undefined && !mustRun)(
    `its page shows who is where${browser === undefined ? why(["Chromium"]) : ""}`,
    { timeout: 120_000 },
    async ({ onTestFinished }) => {
      const stage = await startStage({ broker: "nats" });
      onTestFinished(() => stage.stop());
      const window = await chromium.launch({ executablePath: browser!, args: FLAGS });
      onTestFinished(() => window.close());
      const open = async () => {
        const page = await window.newPage();
        await page.goto(stage.url);
        const say = async (text: string): Promise<void> => {
          await page.fill("#text", text);
          await page.click("button");
        };
        const lines = () => page.locator("#log li").allTextContents();
        const where = () =>
          page.$$eval("article", (cards) =>
            cards.map(({ dataset }) => [dataset["process"], Number(dataset["people"])]),
          );
        return { page, say, lines, where };
      };
      const [near, far] = [await open(), await open()];
      const people = (shown: readonly (readonly unknown[])[]): number =>
        shown.reduce((total, [, count]) => total + Number(count), 0);
      const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000 });
      await eventually(async () => {
        const shown = await near.where();
        expect(shown.map(([process]) => process)).toEqual(["one", "three", "two"]);
        expect(people(shown)).toBe(2);
      });
      await near.say("before");
      await eventually(async () =>
        expect(await far.lines()).toEqual([expect.stringMatching(/^page-\w+: before$/)]),
      );

      const victim = (await near.where()).find(([, count]) => Number(count) > 0)![0] as string;
      await stage.kill(victim);
      await near.say("meanwhile");
      await eventually(async () => {
        const shown = await near.where();
        expect(shown.map(([process]) => process)).toEqual(
          ["one", "three", "two"].filter((name) => name !== victim),
        );
        expect(people(shown)).toBe(2);
      });
      await far.say("after");
      for (const { lines } of [near, far])
        await eventually(async () =>
          expect((await lines()).map((line) => line.replace(/^.*: /, ""))).toEqual([
            "before",
            "meanwhile",
            "after",
          ]),
        );
    },
  );
});
