import test from "node:test";
import * as adapter from "@sansocket/bun-adapter";
import { checkNames } from "../../core/testing/harness/public-names.ts";

test("the names this package exports", () => {
  checkNames(adapter, new URL("public-api.txt", import.meta.url));
});
