/** Sentences of the guides, which Deno's and Bun's adapters hold to as well. */
import { describe, test } from "vitest";
import { clientSentences } from "../../../core/testing/guides/client.ts";
import { serverSentences } from "../../../core/testing/guides/servers.ts";
import * as adapter from "../../src/index.ts";

describe.each([
  { guide: "servers", sentences: serverSentences },
  { guide: "the client", sentences: clientSentences },
])("$guide", ({ sentences }) => {
  test.each(sentences)("$name", ({ run }) => run(adapter));
});
