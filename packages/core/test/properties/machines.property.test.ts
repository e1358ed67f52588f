import fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "../../src/index.ts";
import type { Action } from "../../src/actions.ts";
import { Pair } from "../../src/testing/pair.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { print } from "../streams.ts";

const ROLES = ["client", "server"] as const;
type Role = (typeof ROLES)[number];
const other = { client: "server", server: "client" } as const;

/** A command of an application. */
type Command =
  | readonly [what: "text" | "binary" | "parts" | "ping" | "pong", role: Role, size: number]
  | readonly [what: "close", role: Role, code: number | undefined]
  | readonly [what: "terminate" | "pause" | "resume" | "cork" | "uncork", role: Role, unused: 0];

/** One step of a pair: a command of either application, a parcel, time, or an accident. */
type Operation =
  | Command
  | readonly [what: "lose" | "end", role: Role, unused: 0]
  | readonly [what: "carry", to: Role, most: number]
  | readonly [what: "wind", unused: Role, milliseconds: number];

const role = fc.constantFrom(...ROLES);
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 130 }) },
  { weight: 1, arbitrary: fc.constantFrom(4096, 5000, 65_535, 70_000) },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.tuple(fc.constantFrom("text", "binary", "parts", "ping", "pong"), role, size),
  },
  {
    weight: 40,
    arbitrary: fc.tuple(
      fc.constant("carry"),
      role,
      fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 90 }), fc.constant(4099)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("close"),
      role,
      fc.constantFrom(undefined, 1000, 1001, 3000, 4999),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constantFrom("pause", "resume", "cork", "uncork"),
      role,
      fc.constant(0 as const),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("terminate", "lose", "end"), role, fc.constant(0 as const)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant("wind"), role, fc.constantFrom(1, 500, 1000, 3000, 31_000)),
  },
) as fc.Arbitrary<Operation>;

/** A pair with its two applications: what they have said and done, and what they do when they hear something. */
class Story {
  readonly pair = new Pair({
    client: { pingInterval: 5000, pongTimeout: 2000 },
    server: { pingInterval: 7000, pongTimeout: 3000 },
  });
  readonly said: Record<Role, string[]> = { client: [], server: [] };
  private readonly corks: Record<Role, number> = { client: 0, server: 0 };
  private readonly replies: Operation[];
  private count = 0;

  constructor(replies: readonly Operation[]) {
    this.replies = [...replies];
    for (const role of ROLES) this.replyFrom(role);
  }

  run(operation: Operation): void {
    const [what, role, value] = operation;
    if (what === "carry") this.pair.step(role, value);
    else if (what === "wind") this.pair.wind(value);
    else if (what === "lose") this.lose(role);
    else if (what === "end") this.pair[role].receiveEnd();
    else this.command(operation as Command);
  }

  /** Ends the story: all held back goes out, both close, and time passes. */
  finish(): void {
    for (const role of ROLES) {
      this.pair[role].resume();
      while (this.corks[role]-- > 0) this.pair[role].uncork();
    }
    this.pair.settle();
    for (const role of ROLES) this.command(["close", role, 1000]);
    for (let round = 0; round < 4; round++) {
      this.pair.settle();
      this.pair.wind(100_000);
    }
  }

  private command([what, role, value]: Command): void {
    const connection = this.pair[role];
    const { state } = connection;
    try {
      switch (what) {
        case "text":
        case "binary":
        case "parts":
          return this.send(role, what, value);
        case "ping":
        case "pong":
          return connection[what](new Uint8Array(value));
        case "close":
          return connection.close(value, value === undefined ? undefined : "reason");
        case "cork":
          this.corks[role]++;
          return connection.cork();
        case "uncork":
          if (this.corks[role] > 0) {
            this.corks[role]--;
            connection.uncork();
          }
          return;
        default:
          return connection[what]();
      }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      expect(
        state !== "open" || value === undefined || (value as number) > 125,
        `${what} was refused: ${error.message}`,
      ).toBe(true);
    }
  }

  private send(role: Role, what: "text" | "binary" | "parts", length: number): void {
    const connection = this.pair[role];
    const bytes = new Uint8Array(length).fill(97 + (this.count++ % 26));
    if (what === "text") connection.sendText(new TextDecoder().decode(bytes));
    else if (what === "binary") connection.sendBinary(bytes.slice());
    else
      connection.sendParts(
        "binary",
        [bytes.slice(0, length >> 1), bytes.slice(length >> 1)],
        length,
      );
    this.said[role].push(`${what === "text" ? "text" : "binary"} ${print(bytes)}`);
  }

  private lose(role: Role): void {
    this.pair.clientEnd.wire.length = this.pair.serverEnd.wire.length = 0;
    this.pair[role].receiveError();
  }

  /** Commands given from inside events: allowed everywhere. */
  private replyFrom(role: Role): void {
    const end = this.pair[`${role}End`];
    for (const name of [
      "onText",
      "onBinary",
      "onBinaryParts",
      "onPing",
      "onOpen",
      "onClose",
    ] as const) {
      const emitted = end[name].bind(end) as (...details: unknown[]) => void;
      (end as unknown as Record<string, unknown>)[name] = (...details: unknown[]) => {
        emitted(...details);
        const reply = this.replies.shift();
        if (reply && !["carry", "wind", "lose", "end"].includes(reply[0]))
          this.command([reply[0], role, reply[2]] as Command);
      };
    }
  }
}

/** The messages emitted, as {@link Story.said} has them. */
function heard(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => {
    if (action[0] === "onText" || action[0] === "onBinary")
      return [
        `${action[0] === "onText" ? "text" : "binary"} ${print(action[1].subarray(action[2], action[3]))}`,
      ];
    if (action[0] === "onTextParts" || action[0] === "onBinaryParts")
      return [`${action[0] === "onTextParts" ? "text" : "binary"} ${print(joinBytes(action[1]))}`];
    return [];
  });
}

const isEvent = ([type]: Action): boolean => type.startsWith("on");

test("two machines end well whatever happens: closed once and last, no timer left, messages in order", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60, size: "max" }),
      fc.array(operation, { maxLength: 10 }),
      fc.integer({ min: 0, max: 4 }),
      (operations, replies, settled) => {
        const story = new Story(replies);
        const { pair } = story;
        if (settled > 0) pair.settle();
        for (const operation of operations) story.run(operation);
        story.finish();
        const actions = { client: pair.clientEnd.take(), server: pair.serverEnd.take() };
        const closes = ROLES.map(
          (role) =>
            actions[role].find(([type]) => type === "onClose") as
              [string, number, string, boolean] | undefined,
        );
        for (const role of ROLES) {
          expect(pair[role].state, role).toBe("closed");
          expect([...pair[`${role}End`].timers.keys()], `timers of the ${role}`).toEqual([]);
          expect(
            actions[role].filter(([type]) => type === "onClose"),
            `onClose at the ${role}`,
          ).toHaveLength(1);
          expect(actions[role].filter(isEvent).at(-1)![0], `the last event at the ${role}`).toBe(
            "onClose",
          );
          expect(
            actions[role]
              .filter(([type]) => type === "onViolation")
              .map((action) => (action[1] as { code: string }).code)
              .filter(
                (code) => !["pong-timeout", "handshake-timeout", "handshake-failed"].includes(code),
              ),
            "violations",
          ).toEqual([]);
          const messages = heard(actions[role]);
          const sent = story.said[other[role]];
          expect(messages, `messages at the ${role}`).toEqual(sent.slice(0, messages.length));
          if (closes.every((close) => close![3])) {
            expect(messages.length, `messages at the ${role}`).toBe(sent.length);
          }
        }
      },
    ),
    { numRuns: 600 },
  );
});

test("a clean close is told with the same code at both ends, where one asked for it", () => {
  fc.assert(
    fc.property(
      role,
      fc.constantFrom(1000, 1001, 3000, 4999),
      fc.array(size, { maxLength: 5 }),
      fc.integer({ min: 1, max: 200 }),
      (role, code, sizes, most) => {
        const pair = new Pair().settle();
        for (const length of sizes)
          for (const from of ROLES) pair[from].sendBinary(new Uint8Array(length));
        pair[role].close(code, "why");
        while (pair.step("client", most) || pair.step("server", most));
        for (const end of [pair.clientEnd, pair.serverEnd]) {
          const actions = end.take().filter(isEvent);
          expect(actions.at(-1)).toEqual(["onClose", code, "why", true]);
          expect(heard(actions)).toHaveLength(
            end === pair[`${role}End`] ? heard(actions).length : sizes.length,
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});
