import { conformance } from "@sansocket/core/testing";
import { describe, test } from "vitest";
import { harnesses } from "./harnesses.ts";

/** The table itself is the same over TLS, so it is run over TCP: where bytes arrive as they were cut. */
const plain = harnesses.filter(({ name }) => name.endsWith("TCP"));

describe.each(plain)("$name", (harness) => {
  test.each([...conformance])("$name", async ({ run }) => {
    await run(harness);
  });
});
