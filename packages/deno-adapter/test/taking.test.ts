import test from "node:test";
import { takingCases } from "../../core/testing/server/taking.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of takingCases) test(name, { timeout: 30_000 }, () => run(adapter));
