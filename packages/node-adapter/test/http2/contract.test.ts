import { conformance, contract } from "@sansocket/core/testing";
import { describe, test } from "vitest";
import { http2HarnessesOf } from "../../../core/testing/harness/http2-harnesses.ts";
import * as adapter from "../../src/index.ts";

/** Tests of heads that arrive as bytes, which HTTP/2 does not have. */
const HEADS = /octet at a time|head is too large/;
/** The opening of HTTP/1.1, the drafts before RFC 6455, which are older than HTTP/2, and who ends a TCP connection first: each side ends its own of a stream. */
const TCP_ALONE = /^(?:§4|draft|§7\.1\.1: a client waits)/;

const harnesses = http2HarnessesOf(adapter, { most: 1000, some: 300, few: 100 });

describe.each(harnesses)("$name", (harness) => {
  test.each(contract.filter(({ name }) => !HEADS.test(name)))(
    "$name",
    async ({ run }) => {
      await run(harness);
    },
    60_000,
  );
});

/** The table itself is the same over TLS. */
describe.each(harnesses.filter(({ name }) => name.endsWith("TCP")))("$name", (harness) => {
  test.each(conformance.filter(({ name }) => !TCP_ALONE.test(name)))("$name", async ({ run }) => {
    await run(harness);
  });
});
