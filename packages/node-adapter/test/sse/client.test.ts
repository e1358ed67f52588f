import { eventSourceClientContract } from "@sansocket/core/testing";
import { describe, test } from "vitest";
import { harness } from "./client-harness.ts";

describe("EventSource.Client", () => {
  test.each([...eventSourceClientContract])("$name", ({ run }) => run(harness), 60_000);
});
