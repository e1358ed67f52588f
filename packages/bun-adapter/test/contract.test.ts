import { contract } from "@sansocket/core/testing";
import test from "node:test";
import { harnesses } from "./harnesses.ts";

for (const harness of harnesses) {
  for (const { name, run } of contract)
    test(`${harness.name}: ${name}`, { timeout: 60_000 }, () => run(harness));
}
