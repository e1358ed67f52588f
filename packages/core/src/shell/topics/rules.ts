import { checkNames } from "../../names.ts";
import { checkPattern, matches } from "../../topics/name.ts";
import type { LogLimits } from "../../topics/log.ts";
import { UsageError } from "../../violation.ts";

/** What becomes of a message whose subscriber is slow. */
export type SlowPolicy = "drop" | "latest" | "close";

/** How much of a topic is kept for those who come back. */
export interface TopicHistory {
  /** Messages, from 1. @defaultValue 100 */
  readonly size?: number | undefined;
  /** How old a message may be, from 1. @defaultValue 300: longer than a deploy or a tunnel takes */
  readonly seconds?: number | undefined;
  /** Bytes of all messages together that this process keeps, from 1. @defaultValue 1_048_576 (1 MiB) */
  readonly bytes?: number | undefined;
}

/** How a topic is delivered. */
export interface TopicRule {
  /**
   * What is done where more than `slowBytes` wait for a subscriber: `"drop"` leaves it without the message; `"latest"` keeps the newest message of the
   * topic for when it has caught up, in place of one kept before; `"close"` closes it with 1013, an event stream without a word, so that it comes back.
   * @defaultValue none: it is sent all, until `maxBufferedBytes` of its own ends it
   */
  readonly slow?: SlowPolicy | undefined;
  /** From how many waiting bytes on a subscriber is slow, from 1. @defaultValue 1_048_576 (1 MiB) */
  readonly slowBytes?: number | undefined;
  /** How much is kept for those who come back: by `Last-Event-ID`, the subprotocol, or `after`. @defaultValue nothing */
  readonly history?: TopicHistory | undefined;
}

/** A rule as it was read. */
export interface ReadRule {
  readonly slow: SlowPolicy | undefined;
  readonly slowBytes: number;
  readonly history: LogLimits | undefined;
}

/** So many topics' rules are remembered; then it begins anew. */
const REMEMBERED = 10_000;

const RULE_NAMES = ["slow", "slowBytes", "history"] as const;

/** Which rule holds for which topic. */
export class Rules {
  private readonly general: ReadRule;
  private readonly special: readonly (readonly [pattern: string, rule: ReadRule])[];
  private readonly known = new Map<string, ReadRule>();

  /**
   * @param rules by topic or pattern; of those that cover a topic, the first. What it does not say, `general` does.
   * @throws {UsageError} for what is not accepted.
   */
  constructor(general: TopicRule, rules: Readonly<Record<string, TopicRule>> = {}) {
    if (typeof rules !== "object" || (rules as unknown) === null)
      throw new UsageError(`rules: expected an object of rules by topic, got ${String(rules)}`);
    this.general = readRule("topics", general);
    this.special = Object.entries(rules).map(([pattern, rule]) => {
      const what = `rules[${JSON.stringify(checkPattern(pattern))}]`;
      if (typeof rule !== "object" || (rule as unknown) === null)
        throw new UsageError(`${what}: expected a rule such as { slow: "drop" }`);
      checkNames(what, rule, RULE_NAMES);
      return [pattern, readRule(what, { ...general, ...rule })] as const;
    });
  }

  /** The most that any topic is to keep; `undefined` where none keeps anything. */
  get mostHistory(): { readonly size: number; readonly seconds: number } | undefined {
    const all = [this.general, ...this.special.map(([, rule]) => rule)].flatMap(
      ({ history }) => history ?? [],
    );
    if (all.length === 0) return undefined;
    return {
      size: Math.max(...all.map(({ size }) => size)),
      seconds: Math.max(...all.map(({ seconds }) => seconds)),
    };
  }

  /** The rule of a topic, whose name is checked. */
  of(topic: string): ReadRule {
    if (this.special.length === 0) return this.general;
    let rule = this.known.get(topic);
    if (rule !== undefined) return rule;
    rule = this.special.find(([pattern]) => matches(pattern, topic))?.[1] ?? this.general;
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(topic, rule);
    return rule;
  }
}

function readRule(what: string, given: TopicRule): ReadRule {
  const { slow, slowBytes = 1_048_576, history } = given;
  if (slow !== undefined && slow !== "drop" && slow !== "latest" && slow !== "close")
    throw new UsageError(
      `${what}: slow is "drop", "latest" or "close", got ${JSON.stringify(slow)}`,
    );
  if (!Number.isSafeInteger(slowBytes) || slowBytes < 1)
    throw new UsageError(
      `${what}: slowBytes is a whole number of bytes from 1, got ${String(slowBytes)}`,
    );
  return { slow, slowBytes, history: history && readHistory(`${what}: history`, history) };
}

const HISTORY_NAMES = ["size", "seconds", "bytes"] as const;

function readHistory(what: string, given: TopicHistory): LogLimits {
  if (typeof given !== "object" || (given as unknown) === null)
    throw new UsageError(`${what}: expected an object such as { size: 100, seconds: 300 }`);
  checkNames(what, given, HISTORY_NAMES);
  const { size = 100, seconds = 300, bytes = 1_048_576 } = given;
  for (const [name, value] of Object.entries({ size, seconds, bytes }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new UsageError(`${what}.${name} is a whole number from 1, got ${String(value)}`);
  return { size, seconds, bytes };
}
