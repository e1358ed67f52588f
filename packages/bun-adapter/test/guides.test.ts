import test from "node:test";
import { clientSentences } from "../../core/testing/guides/client.ts";
import { serverSentences } from "../../core/testing/guides/servers.ts";
import * as adapter from "../src/index.ts";

for (const { name, run } of [...serverSentences, ...clientSentences])
  test(name, { timeout: 60_000 }, () => run(adapter));
