import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VERSION } from "../../../src/shell/runtime/version.ts";
import { createNetwork } from "../../../src/testing/network/network.ts";
import { createTraceRing } from "../../../src/trace/ring.ts";

test("the version is that of the package, and stands in the heads of traces", async () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  expect(VERSION).toBe(version);
  const network = createNetwork();
  const record = createTraceRing();
  const server = network.serve({ record, websocket: {} });
  await server.ready;
  await network.until(network.connect(server.url));
  const [head] = Buffer.concat(record.pieces()).toString().split("\n");
  expect(JSON.parse(head!)).toMatchObject({ runtime: "test", library: version });
});
