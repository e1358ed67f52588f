import test from "node:test";
import { livingCases } from "../../core/testing/liveness/living.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of livingCases) test(name, { timeout: 30_000 }, () => run(adapter));
