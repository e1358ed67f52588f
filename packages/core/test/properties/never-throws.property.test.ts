import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Timer } from "../../src/actions.ts";
import { createClientConnection, createServerConnection, UsageError } from "../../src/index.ts";
import type { Connection } from "../../src/connection/contract.ts";
import { openingHead } from "../../src/testing/wire/bytes.ts";
import { Pair } from "../../src/testing/pair.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { concat, encodeFrame } from "../../src/testing/wire/frames.ts";
import { streamFrom } from "../streams.ts";

type Step = readonly [what: string, run: (connection: Connection) => void];

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  streamFrom("client"),
  streamFrom("server"),
  fc.string({ unit: "binary", maxLength: 60 }).map((text) => new TextEncoder().encode(text)),
  fc.constant(openingHead()),
  fc
    .constantFrom(
      "HTTP/1.1 101 X\r\n",
      "\r\n",
      "\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n",
      ": \r\n",
      "Upgrade: websocket\r\n",
    )
    .map((text) => new TextEncoder().encode(text)),
);

const inputs: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: bytes.map((chunk): Step => [
      "receive",
      (connection) => {
        connection.receive(chunk.slice());
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Timer>("handshake", "close", "ping", "pong").map((timer): Step => [
      timer,
      (connection) => {
        connection.fireTimer(timer);
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 2 ** 28 }).map((backlog): Step => [
      "receiveBacklog",
      (connection) => {
        connection.receiveBacklog(backlog);
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>(
      [
        "receiveEnd",
        (connection) => {
          connection.receiveEnd();
        },
      ],
      [
        "receiveError",
        (connection) => {
          connection.receiveError();
        },
      ],
    ),
  },
);

const commands: fc.Arbitrary<Step> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }).map((text): Step => [
    "sendText",
    (connection) => {
      connection.sendText(text);
    },
  ]),
  fc.uint8Array({ maxLength: 200 }).map((data): Step => [
    "sendBinary",
    (connection) => {
      connection.sendBinary(data);
    },
  ]),
  fc.uint8Array({ maxLength: 200 }).map((data): Step => [
    "ping",
    (connection) => {
      connection.ping(data);
    },
  ]),
  fc
    .tuple(fc.integer({ min: -1, max: 70_000 }), fc.string({ maxLength: 200 }))
    .map(([code, reason]): Step => [
      "close",
      (connection) => {
        connection.close(code, reason);
      },
    ]),
  fc
    .constantFrom(
      "terminate" as const,
      "pause" as const,
      "resume" as const,
      "cork" as const,
      "uncork" as const,
    )
    .map((name): Step => [
      name,
      (connection) => {
        connection[name]();
      },
    ]),
);

const isCommand = (what: string): boolean =>
  [
    "sendText",
    "sendBinary",
    "ping",
    "close",
    "terminate",
    "pause",
    "resume",
    "cork",
    "uncork",
  ].includes(what) && what !== "terminate";

/** Runs steps; whatever escapes must be a {@link UsageError}, and from a command that may refuse. */
function endure(connection: Connection, recorder: Recorder, steps: readonly Step[]): void {
  for (const [what, run] of steps) {
    try {
      run(connection);
    } catch (error) {
      if (!(error instanceof UsageError && isCommand(what)))
        throw new Error(`${what} threw ${String(error)}`, { cause: error });
    }
  }
  const actions = recorder.take();
  const closes = actions.filter(([type]) => type === "onClose");
  expect(closes.length).toBeLessThanOrEqual(1);
  if (closes.length)
    expect(actions.filter(([type]) => type.startsWith("on")).at(-1)![0]).toBe("onClose");
  expect(connection.state === "closed").toBe(closes.length === 1);
}

const scripts = fc.array(
  fc.oneof({ weight: 3, arbitrary: inputs }, { weight: 1, arbitrary: commands }),
  { maxLength: 25, size: "large" },
);
const options = { maxMessageSize: 5000, maxFragments: 30, maxBufferedBytes: 100_000 };

describe("receive() never throws, nor does any input", () => {
  test("at a server, from the first octet", () => {
    fc.assert(
      fc.property(scripts, fc.boolean(), (steps, accepts) => {
        const recorder = new Recorder();
        const connection = createServerConnection(recorder, createTestPlatform(), options);
        const emitted = recorder.onRequest.bind(recorder);
        recorder.onRequest = (request) => {
          emitted(request);
          if (accepts) connection.accept();
          else connection.reject({ status: 404 });
        };
        connection.expectRequest();
        endure(connection, recorder, steps);
      }),
      { numRuns: 300 },
    );
  });

  test("at a client, from the first octet", () => {
    fc.assert(
      fc.property(scripts, (steps) => {
        const recorder = new Recorder();
        const connection = createClientConnection(
          recorder,
          createTestPlatform(),
          { host: "localhost", target: "/" },
          options,
        );
        connection.open();
        endure(connection, recorder, steps);
      }),
      { numRuns: 300 },
    );
  });

  test.each(["client", "server"] as const)("at an open %s", (role) => {
    fc.assert(
      fc.property(scripts, (steps) => {
        const pair = new Pair({ client: options, server: options }).settle();
        pair.clientEnd.take();
        pair.serverEnd.take();
        endure(pair[role], pair[`${role}End`], steps);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([false, true])(
  "4 MiB in fragments of 64 bytes pass the default limits, in little more memory than one; chunks ours: %s",
  (ownsChunks) => {
    const platform = createTestPlatform();
    const recorder = new Recorder();
    const total = 4 * 1024 * 1024;
    const count = total / 64;
    let allocated = 0;
    const { allocate } = platform;
    platform.allocate = (size) => {
      allocated += size;
      return allocate(size);
    };
    const connection = createServerConnection(recorder, platform, { ownsChunks });
    recorder.onRequest = () => {
      connection.accept();
    };
    connection.expectRequest();
    connection.receive(openingHead());
    recorder.take();
    allocated = 0;
    const fragment = (at: number): Uint8Array =>
      encodeFrame(
        { opcode: at === 0 ? 2 : 0, fin: at === count - 1, payload: new Uint8Array(64).fill(at) },
        true,
      );
    for (let at = 0; at < count; at += 512)
      connection.receive(concat(...Array.from({ length: 512 }, (_, more) => fragment(at + more))));
    const [action, ...more] = recorder.take();
    expect([action![0], more]).toEqual(["onBinaryParts", []]);
    const [, parts, size] = action as ["onBinaryParts", Uint8Array[], number];
    expect(size).toBe(total);
    expect(allocated).toBeLessThan(1.05 * total);
    expect(parts.length).toBeLessThan(100);
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(total);
  },
);
