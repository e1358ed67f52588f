import { test } from "vitest";
import { historyCases } from "../../core/testing/server/histories.ts";
import { subscriptionCases } from "../../core/testing/server/subscriptions.ts";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

test.each([...historyCases, ...subscriptionCases, ...topicCases])("$name", ({ run }) =>
  run(adapter),
);
