import { test } from "vitest";
import { topicCases } from "../../core/testing/server/topics.ts";
import * as adapter from "../src/index.ts";

test.each(topicCases)("$name", ({ run }) => run(adapter));
