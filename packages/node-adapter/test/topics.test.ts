import { test } from "vitest";
import { comingBackCases } from "../../core/testing/topics/coming-back.ts";
import { historyCases } from "../../core/testing/topics/histories.ts";
import { subscriptionCases } from "../../core/testing/topics/subscriptions.ts";
import { topicCases } from "../../core/testing/topics/topics.ts";
import * as adapter from "../src/index.ts";

test.each([...comingBackCases, ...historyCases, ...subscriptionCases, ...topicCases])(
  "$name",
  ({ run }) => run(adapter),
);
