import test from "node:test";
import { clientSentences } from "../../core/testing/guides/client.ts";
import { eventSourceClientSentences } from "../../core/testing/guides/event-source-client.ts";
import { eventStreamSentences } from "../../core/testing/guides/event-streams.ts";
import { http2Sentences } from "../../core/testing/guides/http2.ts";
import { serverSentences } from "../../core/testing/guides/servers.ts";
import { topicSentences } from "../../core/testing/guides/topics.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [
  ...serverSentences,
  ...clientSentences,
  ...eventStreamSentences,
  ...eventSourceClientSentences,
  ...http2Sentences,
  ...topicSentences,
])
  test(name, { timeout: 60_000 }, () => run(adapter));
