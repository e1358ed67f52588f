/** The suite of lost connections, which Deno's and Bun's adapters run too. */
import { test } from "vitest";
import { lossCases } from "../../../core/testing/liveness/losses.ts";
import * as adapter from "../../src/index.ts";

test.each(lossCases)("$name", ({ run }) => run(adapter));
