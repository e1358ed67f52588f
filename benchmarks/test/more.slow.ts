/** Benchmarks that `npm test` has no time for, made as short as they can be: `npm run test:benchmarks`. */
import { describe, expect, test } from "vitest";
import { canLoad, canSecure } from "../load.mjs";
import { column, expectMessages, numbers, run, tableOf } from "./tables.ts";

describe.skipIf(!canLoad())(
  "with the load generator (skipped where there is no Linux or no gcc)",
  () => {
    test(
      "echo on Node of each kind, and over TLS where OpenSSL's headers are",
      { timeout: 120_000 },
      async () => {
        const secured = canSecure() ? ["tls-p16"] : [];
        const output = await run(
          "echo.mjs",
          "--only",
          ["broadcast-p8,takeover,http2-p16", ...secured].join(","),
          "--secs",
          "0.1",
          "--rounds",
          "1",
          "--servers",
          "ws,ours",
        );
        for (const name of ["broadcast-p8", "takeover", ...secured])
          expectMessages(tableOf(output, `${name}:`), ["ws", "ours"]);
        expectMessages(tableOf(output, "http2-p16:"), ["http1", "ours"]);
        expect(column(tableOf(output, "Marks"), "scenario")).toEqual(["broadcast-p8"]);
      },
    );

    const doors: [runtime: string, servers: string[], marks: string[]][] = [
      ["bun", ["native", "listen"], ["bun p16"]],
      ["deno", ["native", "serve"], []],
    ];
    test.each(doors)(
      "echo and idle connections on %s: %s",
      { timeout: 120_000 },
      async (runtime, servers, marks) => {
        const output = await run(
          "runtimes.mjs",
          "--runtime",
          runtime,
          "--servers",
          servers.join(","),
          "--only",
          "p16,broadcast-p8,idle",
          "--secs",
          "0.1",
          "--rounds",
          "1",
          "--idle",
          "50",
        );
        for (const name of ["p16", "broadcast-p8"])
          expectMessages(tableOf(output, `${name}:`), servers);
        expect(column(tableOf(output, "idle: 50 connections"), "server")).toEqual(servers);
        expect(column(tableOf(output, "Marks"), "scenario")).toEqual(marks);
      },
    );

    test("round trips, with a guest", { timeout: 60_000 }, async () => {
      const output = await run("latency.mjs", "--only", "big", "--secs", "0.1", "--rounds", "1");
      const found = tableOf(output, "Microseconds");
      expect(column(found, "beside")).toEqual(["itself alone"]);
      for (const ratio of numbers(found, "99 % ×")) expect(ratio).toBeGreaterThan(0);
    });

    test("large messages", { timeout: 60_000 }, async () => {
      const output = await run(
        "large.mjs",
        "--quick",
        "--only",
        "chops",
        "--secs",
        "0.1",
        "--rounds",
        "1",
      );
      const found = tableOf(output, "chops");
      expect(found.rows).toHaveLength(2);
      expect(column(found, "errors")).toEqual(["0", "0"]);
    });
  },
);

test.each(["node", "bun", "deno"])("clients on %s", { timeout: 120_000 }, async (runtime) => {
  const output = await run(
    "clients.mjs",
    "--runtime",
    runtime,
    "--only",
    "p16",
    "--secs",
    "0.1",
    "--rounds",
    "1",
  );
  const table = tableOf(output, "p16:");
  expect(column(table, "client")).toEqual(
    runtime === "node" ? ["ws", "ours", "undici"] : ["native", "ours", "ws"],
  );
  for (const count of numbers(table, "per CPU second")) expect(count).toBeGreaterThan(0);
});

test("event streams", { timeout: 120_000 }, async () => {
  const output = await run("sse.mjs", "--streams", "50", "--rounds", "1");
  expect(column(tableOf(output, "50 open streams"), "server")).toEqual(["ours", "better-sse"]);
  for (const count of numbers(tableOf(output, "One event to all"), "per CPU second"))
    expect(count).toBeGreaterThan(0);
});

test("topics", { timeout: 120_000 }, async () => {
  const output = await run("publish.mjs", "--sockets", "50", "--topics", "5", "--rounds", "1");
  const names = ["ours on Node", "ours on Bun", "Bun's own", "crossws on Node", "crossws on Bun"];
  for (const title of ["A message to each of the 5 topics", "A message to one topic of all 50"]) {
    const table = tableOf(output, title);
    expect(column(table, "server")).toEqual(names);
    for (const count of numbers(table, "per CPU second")) expect(count).toBeGreaterThan(0);
  }
});
