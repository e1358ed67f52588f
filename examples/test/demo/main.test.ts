/** `npm run demo`, as it is run. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { findBrowser } from "../../demo/browser.mjs";
import { Program } from "../program.ts";

const running: Program[] = [];
function demo(args: string[], env: Record<string, string | undefined> = {}): Program {
  const program = new Program("demo/main.mjs", { args, env });
  running.push(program);
  return program;
}
afterEach(() => running.splice(0).forEach((program) => program.kill()));

const seen = (output: string): string[] =>
  output.split("\n").filter((line) => line.startsWith("ok  "));

describe("the demo", { timeout: 90_000 }, () => {
  test.skipIf(findBrowser() === undefined)(
    `checks itself in Chromium${findBrowser() === undefined ? " (skipped: there is none; CHROMIUM_PATH can name one)" : ""}`,
    async () => {
      const { code, output, errors } = await demo(["--check"]).ended;
      expect({ code, errors }, output).toEqual({ code: 0, errors: "" });
      expect(seen(output)).toContain(
        "ok  closed by the server, the diagram goes through draining and ending to closed",
      );
      expect(output.trimEnd().endsWith("The demo works.")).toBe(true);
    },
  );

  test("checks itself with the Node client where there is no browser", async () => {
    const { code, output, errors } = await demo(["--check"], { PATH: "", CHROMIUM_PATH: undefined })
      .ended;
    expect({ code, errors }, output).toEqual({ code: 0, errors: "" });
    expect(output).toContain("No browser here: checking with the Node client.");
    expect(seen(output)).toContain(
      "ok  closed by the server, it goes through draining and ending to closed",
    );
  });

  test("prints its address, serves its page, and stops when told", async () => {
    const program = demo(["--port", "0"]);
    const url = await program.printed(/(http:\/\/127\.0\.0\.1:\d+\/)/);
    const page = await fetch(url);
    expect([page.status, page.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect((await page.text()).startsWith("<!doctype html>")).toBe(true);
    const strays = [
      "nothing.js",
      "../main.mjs",
      "..%2fmain.mjs",
      "%2e%2e/main.mjs",
      "page/",
      "/",
      "?session",
    ];
    expect(await Promise.all(strays.map(async (path) => (await fetch(url + path)).status))).toEqual(
      strays.map((path) => (path === "?session" ? 200 : 404)),
    );
    program.kill();
    expect((await program.ended).errors).toBe("");
  });

  test("says what to do when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, output, errors } = await demo(["--port", String(port)]).ended;
    other.close();
    expect({ code, output }).toEqual({ code: 1, output: "" });
    expect(errors).toMatch(
      new RegExp(
        `^Port ${port} is taken by another program\\. Choose another, .*npm run demo -- --port \\d+\n$`,
      ),
    );
  });

  test("says what is wrong with its arguments", async () => {
    const { code, errors } = await demo(["--port", "http"]).ended;
    expect([code, errors]).toEqual([
      1,
      "--port: expected a whole number from 0 to 65535, got http\n",
    ]);
  });
});
