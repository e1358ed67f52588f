import test from "node:test";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of topicCases) test(name, { timeout: 30_000 }, () => run(adapter));
