import test from "node:test";
import { eventSources } from "../../core/test/adapter/event-sources.ts";
import { EventSource } from "../src/event-source.ts";

for (const { name, run } of eventSources) test(`EventSource: ${name}`, { timeout: 30_000 }, () => run({ EventSource }));
