import test from "node:test";
import { comingBackCases } from "../../core/testing/server/coming-back.ts";
import { historyCases } from "../../core/testing/server/histories.ts";
import { subscriptionCases } from "../../core/testing/server/subscriptions.ts";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [
  ...comingBackCases,
  ...historyCases,
  ...subscriptionCases,
  ...topicCases,
])
  test(name, { timeout: 30_000 }, () => run(adapter));
