import test from "node:test";
import { checkLayer, fetchAnswers } from "../../core/testing/server/fetch-answers.ts";
import * as adapter from "../src/index.ts";
import { nodeModules } from "../src/node-modules.ts";

test("has the modules of the runtime", () => checkLayer(nodeModules));

for (const { name, run } of fetchAnswers)
  test(`serve: ${name}`, { timeout: 30_000 }, () => run(adapter));
