/** Sentences of the guides, which Deno's and Bun's adapters hold to as well. */
import { describe, test } from "vitest";
import { clientSentences } from "../../../core/testing/guides/client.ts";
import { eventSourceClientSentences } from "../../../core/testing/guides/event-source-client.ts";
import { eventStreamSentences } from "../../../core/testing/guides/event-streams.ts";
import { http2Sentences } from "../../../core/testing/guides/http2.ts";
import { serverSentences } from "../../../core/testing/guides/servers.ts";
import { topicSentences } from "../../../core/testing/guides/topics.ts";
import * as adapter from "../../src/index.ts";

describe.each([
  { guide: "servers", sentences: serverSentences },
  { guide: "the client", sentences: clientSentences },
  { guide: "event streams", sentences: eventStreamSentences },
  { guide: "the client of event streams", sentences: eventSourceClientSentences },
  { guide: "HTTP/2", sentences: http2Sentences },
  { guide: "topics", sentences: topicSentences },
])("$guide", ({ sentences }) => {
  test.each(sentences)("$name", ({ run }) => run(adapter));
});
