import test from "node:test";
import { sendingCases } from "../../core/testing/server/sending.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of sendingCases) test(name, { timeout: 30_000 }, () => run(adapter));
