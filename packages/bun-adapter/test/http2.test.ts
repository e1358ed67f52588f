import { contract } from "@sansocket/core/testing";
import test from "node:test";
import { http2HarnessesOf } from "../../core/testing/harness/http2-harnesses.ts";
import * as adapter from "../src/index.ts";

/** Tests of heads that arrive as bytes, which HTTP/2 does not have. */
const HEADS = /octet at a time|head is too large/;

for (const harness of http2HarnessesOf(adapter, { most: 1000, some: 100, few: 50 })) {
  for (const { name, run } of contract) {
    if (!HEADS.test(name))
      test(`${harness.name}: ${name}`, { timeout: 60_000 }, () => run(harness));
  }
}
