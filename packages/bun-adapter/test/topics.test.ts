import test from "node:test";
import { comingBackCases } from "../../core/testing/topics/coming-back.ts";
import { historyCases } from "../../core/testing/topics/histories.ts";
import { subscriptionCases } from "../../core/testing/topics/subscriptions.ts";
import { topicCases } from "../../core/testing/topics/topics.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [
  ...comingBackCases,
  ...historyCases,
  ...subscriptionCases,
  ...topicCases,
])
  test(name, { timeout: 30_000 }, () => run(adapter));
