import test from "node:test";
import { doorCases } from "../../core/testing/server/doors.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of doorCases) test(name, { timeout: 30_000 }, () => run(adapter));
