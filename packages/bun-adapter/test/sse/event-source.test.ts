import test from "node:test";
import { eventSources } from "../../../core/testing/server/event-sources.ts";
import { EventSource } from "../../src/api.ts";

for (const { name, run } of eventSources)
  test(`EventSource: ${name}`, { timeout: 30_000 }, () => run({ EventSource }));
