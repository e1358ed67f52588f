import { test } from "vitest";
import { subscriptionCases } from "../../core/testing/server/subscriptions.ts";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

test.each([...subscriptionCases, ...topicCases])("$name", ({ run }) => run(adapter));
