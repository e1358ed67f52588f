import test from "node:test";
import { lossCases } from "../../core/testing/liveness/losses.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of lossCases) test(name, { timeout: 30_000 }, () => run(adapter));
