import { expect, test } from "vitest";
import { readLink } from "../../../src/testing/network/options.ts";

test("both ways are alike, but for what is said of one; what is left out stays", () => {
  const first = readLink({ latency: 10, toClient: { bytesPerSecond: 1000 } });
  expect(first).toEqual({
    toServer: { latency: 10, bytesPerSecond: Infinity, window: 65_536 },
    toClient: { latency: 10, bytesPerSecond: 1000, window: 65_536 },
  });
  expect(readLink({ latency: 20 }, first).toClient).toEqual({
    latency: 20,
    bytesPerSecond: 1000,
    window: 65_536,
  });
});

test.each<[given: object, says: string]>([
  [{ latency: -1 }, "latency: expected milliseconds from 0, got -1"],
  [{ latency: "5" }, "latency: expected milliseconds from 0, got 5"],
  [{ bytesPerSecond: 0 }, "bytesPerSecond: expected a number above 0, got 0"],
  [{ window: 1.5 }, "window: expected a whole number of bytes from 1, got 1.5"],
  [{ toClient: { window: 0 } }, "window: expected a whole number of bytes from 1, got 0"],
  [{ latancy: 1 }, 'link: there is no "latancy"; is latency meant?'],
  [
    { toServer: { lag: 1 } },
    'toServer: there is no "lag"; there are latency, bytesPerSecond, window',
  ],
])("%o", (given, says) => {
  expect(() => readLink(given)).toThrow(says);
});
