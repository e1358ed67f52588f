import { eventSourceClientContract } from "@sansocket/core/testing";
import test from "node:test";
import { harness } from "./client-harness.ts";

for (const { name, run } of eventSourceClientContract)
  test(`EventSource.Client ${name}`, { timeout: 60_000 }, () => run(harness));
