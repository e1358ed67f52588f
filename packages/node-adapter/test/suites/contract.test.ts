import { contract } from "@sansocket/core/testing";
import { describe, test } from "vitest";
import { harnesses } from "./harnesses.ts";

describe.each(harnesses.filter(({ name }) => name.endsWith("TCP")))("$name", (harness) => {
  test.each([...contract])(
    "$name",
    async ({ run }) => {
      await run(harness);
    },
    60_000,
  );
});
