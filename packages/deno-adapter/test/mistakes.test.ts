import test from "node:test";
import { nameCases } from "../../core/testing/mistakes/names.ts";
import { textCases } from "../../core/testing/mistakes/texts.ts";
import { valueCases } from "../../core/testing/mistakes/values.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [...nameCases, ...textCases, ...valueCases])
  test(name, { timeout: 30_000 }, () => run(adapter));
