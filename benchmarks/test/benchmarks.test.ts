/** Benchmarks, made as short as they can be: each runs, measures every server without errors, and prints its tables. The numbers mean nothing. More of them, which take longer, are in `more.slow.ts`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { canLoad } from "../load.mjs";
import { draw, pictureFile } from "../picture.mjs";
import { committed, fallen } from "../ratios.mjs";
import { slopeOf } from "../report.mjs";
import { scenarios } from "../scenarios.mjs";
import { column, expectMessages, numbers, run, tableOf } from "./tables.ts";

describe("steps backwards", () => {
  test("are ratios that fall by more than a fifth, worst first", () => {
    const then = { p1: 1, p16: 5, "64k": 3, "1m": 2 };
    expect(fallen({ p1: 0.81, p16: 2, "64k": 2.3, deflate: 0.1 }, then)).toEqual([
      { scenario: "p16", now: 2, then: 5 },
      { scenario: "64k", now: 2.3, then: 3 },
    ]);
    expect(fallen({ p1: 0.8, p16: 5 }, then)).toEqual([]);
  });

  test("are looked for in every scenario of the echo benchmark", () => {
    expect(Object.keys(committed().ratios).sort()).toEqual(Object.keys(scenarios).sort());
  });
});

describe("the pictures of the README", () => {
  test.each(["light", "dark"] as const)("show the committed ratios: %s", (theme) => {
    expect(
      readFileSync(pictureFile(theme), "utf8"),
      "stale: run `node benchmarks/picture.mjs`",
    ).toBe(draw(committed(), theme));
  });

  test("have a bar for each scenario beside ws, as long as its ratio", () => {
    const drawn = draw({ ...committed(), ratios: { p1: 1, p16: 4, "http2-p16": 9 } }, "light");
    const widths = [...drawn.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toHaveLength(2);
    expect(widths[1]! / widths[0]!).toBeCloseTo(4);
  });
});

describe("straight lines", () => {
  test.each([
    [0, () => 7],
    [1, (n: number) => 3 * n],
    [2, (n: number) => n * n],
  ])("a slope of %d", (slope, cost) => {
    expect(slopeOf([10, 100, 1000].map((n) => [n, cost(n)]))).toBeCloseTo(slope);
  });

  test("each is drawn", { timeout: 120_000 }, async () => {
    const output = await run("lines.mjs", "--quick", "--only", "fragments,topics").catch(
      (error: { stdout: string }) => error.stdout, // a busy machine can bend one: then it exits with 1, and says so
    );
    expect(column(tableOf(`\n## ${output}`, "# Straight lines"), "")).toEqual([
      "fragments",
      "topics",
    ]);
  });
});

test("cold start", { timeout: 120_000 }, async () => {
  const output = await run("cold-start.mjs", "--rounds", "1");
  for (const scenario of ["require", "import", "first connection"]) {
    const found = tableOf(output, scenario);
    expect(column(found, "")).toEqual(["ws", "ours"]);
    for (const cpu of numbers(found, "CPU ms")) expect(cpu).not.toBeNaN();
  }
  expect(output).toContain("Promised of loading: at most 1.2 ×");
});

describe.skipIf(!canLoad())(
  "with the load generator (skipped where there is no Linux or no gcc)",
  () => {
    test("echo and idle connections on Node", { timeout: 120_000 }, async () => {
      const output = await run(
        "echo.mjs",
        "--only",
        "p16,idle",
        "--secs",
        "0.1",
        "--rounds",
        "1",
        "--idle",
        "100",
        "--servers",
        "ws,ours",
      );
      expectMessages(tableOf(output, "p16:"), ["ws", "ours"]);
      const idle = tableOf(output, "idle: 100 connections");
      expect(column(idle, "server")).toEqual(["ws", "ours"]);
      for (const size of numbers(idle, "heap KiB each")) expect(size).toBeGreaterThan(0.5);
      expect(column(tableOf(output, "Marks"), "scenario")).toEqual([
        "p16",
        "idle heap",
        "idle RSS",
      ]);
    });

    test("in place of ws", { timeout: 60_000 }, async () => {
      const output = await run("drop-in.mjs", "--only", "p16", "--secs", "0.1", "--rounds", "1");
      const [share] = numbers(tableOf(output, "Shares"), "× ws");
      // Sixteen in flight: ws makes a write each, which no busy machine hides.
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(0.6);
    });

    test("what there is not is refused by name", async () => {
      for (const [words, sentence] of [
        [["echo.mjs", "--only", "p17"], /There is no scenario "p17"; there are p1, /],
        [["echo.mjs", "--servers", "us"], /There is no server "us"/],
        [["echo.mjs", "--rounds", "0"], /--rounds take a number above 0/],
        [["runtimes.mjs", "--runtime", "node"], /there are bun and deno/],
        [["clients.mjs", "--only", "p2"], /no scenario "p2"/],
        [["drop-in.mjs", "--only", "p2"], /no scenario "p2"/],
        [["latency.mjs", "--only", "p2"], /no scenario "p2"/],
        [["large.mjs", "--only", "p2"], /no kind "p2"/],
      ] as const) {
        await expect(run(...words)).rejects.toMatchObject({
          code: 1,
          stderr: expect.stringMatching(sentence) as string,
        });
      }
    });
  },
);

test("the codec", { timeout: 120_000 }, async () => {
  const table = tableOf(await run("codec.mjs", "--quick", "--only", "unmask"), "unmask");
  expect(table.rows.map(([name]) => name)).toEqual(["ws", "ours"]);
});
