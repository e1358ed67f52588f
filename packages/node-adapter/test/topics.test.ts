import { test } from "vitest";
import { comingBackCases } from "../../core/testing/server/coming-back.ts";
import { historyCases } from "../../core/testing/server/histories.ts";
import { subscriptionCases } from "../../core/testing/server/subscriptions.ts";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

test.each([...comingBackCases, ...historyCases, ...subscriptionCases, ...topicCases])(
  "$name",
  ({ run }) => run(adapter),
);
