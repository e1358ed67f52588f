import { conformance } from "@sansocket/core/testing";
import test from "node:test";
import { harnesses } from "./harnesses.ts";

/** The table itself is the same over TLS, so it is run over TCP: where bytes arrive as they were cut. */
for (const harness of harnesses.filter(({ name }) => name.endsWith("TCP"))) {
  for (const { name, run } of conformance)
    test(`${harness.name}: ${name}`, { timeout: 20_000 }, () => run(harness));
}
