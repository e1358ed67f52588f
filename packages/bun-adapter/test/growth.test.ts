/** Cases that measure how the process grows: nothing else runs in it meanwhile. */
import test from "node:test";
import { growthCases } from "../../core/testing/liveness/budgets.ts";
import { bomb } from "../../core/testing/server/sockets.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [...growthCases, bomb])
  test(name, { timeout: 30_000 }, () => run(adapter));
