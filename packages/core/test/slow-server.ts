import type { ServerConnection } from "../src/connection/contract.ts";
import { createServerConnection } from "../src/index.ts";
import type { ConnectionOptions } from "../src/options.ts";
import { openingHead } from "../src/testing/wire/bytes.ts";
import { PairEnd } from "../src/testing/pair.ts";
import { createTestPlatform } from "../src/testing/platform.ts";
import { type Stage, storyOf } from "./connection/story.ts";
import { FakeExtension } from "./extension/fake-extension.ts";

export interface Slow extends Stage<ServerConnection> {
  readonly extension: FakeExtension;
}

/** An open server's end with an extension that takes its time, and so holds up what goes out or comes in. */
export function openSlow(options?: Partial<ConnectionOptions>): Slow {
  const end = new PairEnd(() => 0);
  const connection = createServerConnection(end, createTestPlatform(), options);
  const extension = new FakeExtension("x", { slow: true, onlyMarked: true });
  connection.expectRequest();
  connection.receive(openingHead({ "Sec-WebSocket-Extensions": "x" }));
  connection.accept({ extensions: [extension] });
  end.take();
  return {
    connection,
    end,
    extension,
    story: () => storyOf(end.take()),
    timers: () => [...end.timers.keys()].sort(),
  };
}
