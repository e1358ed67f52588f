import test from "node:test";
import { subscriptionCases } from "../../core/testing/server/subscriptions.ts";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [...subscriptionCases, ...topicCases])
  test(name, { timeout: 30_000 }, () => run(adapter));
