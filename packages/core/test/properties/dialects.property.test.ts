/** Whatever a peer sends and an application does, in every dialect, with and without extensions: nothing is thrown, and all ends well. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Timer } from "../../src/actions.ts";
import type { Connection } from "../../src/connection/contract.ts";
import { createServerConnection, UsageError } from "../../src/index.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { cut, openingHead } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { joinBytes, outcomeOf, Recorder } from "../../src/testing/recorder.ts";
import { draftHead, SAMPLE_BODY } from "../connection/extended.ts";
import { FakeExtension } from "../extension/fake-extension.ts";
import { printed, streamFrom } from "../streams.ts";

const OPTIONS: Partial<ConnectionOptions> = {
  maxMessageSize: 2000,
  maxFragments: 30,
  maxBufferedBytes: 50_000,
};

interface Dialect {
  readonly name: string;
  readonly head: Uint8Array;
  /** Whether messages take their time in extensions. */
  readonly slow?: boolean;
  readonly extensions: number;
}

const offer = openingHead({ "Sec-WebSocket-Extensions": "a, b" });
const dialects: readonly Dialect[] = [
  { name: "hixie-75", head: draftHead("hixie-75"), extensions: 0 },
  { name: "hixie-76", head: joinBytes([draftHead("hixie-76"), SAMPLE_BODY]), extensions: 0 },
  ...["7", "8", "13"].map((version) => ({
    name: `hybi-${version}`,
    head: openingHead({ "Sec-WebSocket-Version": version }),
    extensions: 0,
  })),
  { name: "hybi-13 with an extension", head: offer, extensions: 1 },
  { name: "hybi-13 with two", head: offer, extensions: 2 },
  { name: "hybi-13 with a slow one", head: offer, extensions: 1, slow: true },
  { name: "hybi-13 with two slow ones", head: offer, extensions: 2, slow: true },
];

function open({ head, extensions: count, slow = false }: Dialect): {
  connection: Connection;
  recorder: Recorder;
  extensions: FakeExtension[];
} {
  const recorder = new Recorder();
  const connection = createServerConnection(recorder, createTestPlatform(), OPTIONS);
  const extensions = [
    new FakeExtension("a", { rsv: 4, slow, onlyMarked: true }),
    new FakeExtension("b", { rsv: 2, slow }),
  ].slice(0, count);
  recorder.onRequest = () => {
    connection.accept({ drafts: true, extensions });
  };
  connection.expectRequest();
  connection.receive(head.slice());
  expect(connection.state).toBe("open");
  return { connection, recorder, extensions };
}

const hixieFrame = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }))
  .map(([type, data]) => joinBytes([Uint8Array.of(type), data, Uint8Array.of(255)]));
const bytes = fc.oneof(
  { weight: 3, arbitrary: streamFrom("client") },
  { weight: 2, arbitrary: hixieFrame },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  {
    weight: 2,
    arbitrary: streamFrom("client").map((stream) =>
      stream.map((byte, at) =>
        at === 0 && (byte & 15) > 0 && (byte & 15) < 3 ? byte | 0x40 : byte,
      ),
    ),
  },
);

type Step = readonly [
  name: string,
  run: (connection: Connection, extensions: readonly FakeExtension[]) => void,
];
const command = (name: string, run: (connection: Connection) => void): Step => [name, run];
const go = fc.boolean().map((fails): Step => [
  "go",
  (_, extensions) => {
    extensions
      .find(({ underWay }) => underWay.length > 0)
      ?.go(fails ? { code: "extension-failed" } : undefined);
  },
]);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: bytes.map((chunk) =>
      command("receive", (c) => {
        c.receive(chunk.slice());
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constant<Step>([
      "go",
      (_, extensions) => {
        extensions.find(({ underWay }) => underWay.length > 0)?.go();
      },
    ]),
  },
  { weight: 1, arbitrary: go },
  {
    weight: 2,
    arbitrary: fc.string({ maxLength: 100 }).map((text) =>
      command("sendText", (c) => {
        c.sendText(text);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 100 }).map((data) =>
      command("sendBinary", (c) => {
        c.sendBinary(data);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>(
      command("ping", (c) => {
        c.ping();
      }),
      command("close", (c) => {
        c.close(1000);
      }),
      command("pause", (c) => {
        c.pause();
      }),
      command("resume", (c) => {
        c.resume();
      }),
      command("receiveEnd", (c) => {
        c.receiveEnd();
      }),
      command("receiveError", (c) => {
        c.receiveError();
      }),
      command("terminate", (c) => {
        c.terminate();
      }),
      ...(["close", "ping", "pong", "handshake"] as const satisfies Timer[]).map((timer) =>
        command(timer, (c) => {
          c.fireTimer(timer);
        }),
      ),
    ),
  },
);

describe.each(dialects)("$name", (dialect) => {
  test("nothing is thrown but to a command that makes no sense, onClose comes once and last, and sessions are closed once when they have nothing", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30, size: "large" }), (script) => {
        const { connection, recorder, extensions } = open(dialect);
        const attempt = (name: string, run: () => void): void => {
          try {
            run();
          } catch (error) {
            if (!(error instanceof UsageError && ["sendText", "sendBinary", "ping"].includes(name)))
              throw error;
          }
          expect(connection.bufferedBytes).toBeGreaterThanOrEqual(0);
        };
        for (const [name, run] of script)
          attempt(name, () => {
            run(connection, extensions);
          });
        attempt("terminate", () => {
          connection.terminate();
        });
        for (const extension of [...extensions, ...extensions])
          while (extension.underWay.length > 0)
            attempt("go", () => {
              extension.go();
            });
        const events = recorder.take().filter(([type]) => type.startsWith("on"));
        expect(events.filter(([type]) => type === "onClose")).toHaveLength(1);
        expect(events.at(-1)![0]).toBe("onClose");
        expect([connection.state, connection.bufferedBytes]).toEqual(["closed", 0]);
        expect(extensions.map(({ closed, closedEarly }) => [closed, closedEarly])).toEqual(
          extensions.map(() => [1, false]),
        );
      }),
      { numRuns: 120 },
    );
  });

  test("any cut of any stream gives the same events and the same bytes", () => {
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 5 }).map(joinBytes),
        fc.array(fc.nat(), { maxLength: 8 }),
        (stream, cuts) => {
          const run = (chunks: readonly Uint8Array[]): string[] => {
            const { connection, recorder, extensions } = open(dialect);
            recorder.take();
            for (const chunk of chunks) connection.receive(chunk);
            for (let some = true; some;) {
              some = false;
              for (const extension of extensions)
                for (; extension.underWay.length > 0; some = true) extension.go();
            }
            const { events, sent } = outcomeOf(recorder.take());
            return printed({
              events: events.filter(
                ([type]) => type !== "pauseTransport" && type !== "resumeTransport",
              ),
              sent,
            });
          };
          const offsets = cuts.map((at) => at % (stream.length + 1)).sort((x, y) => x - y);
          expect(run(cut(stream, offsets))).toEqual(run([stream.slice()]));
        },
      ),
      { numRuns: 120 },
    );
  });
});
