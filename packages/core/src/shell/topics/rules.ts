import { checkNames } from "../../names.ts";
import { checkPattern, matches, overlaps } from "../../topics/name.ts";
import type { LogLimits } from "../../topics/log.ts";
import { UsageError } from "../../violation.ts";

/** The policy for a message whose subscriber is slow. */
export type SlowPolicy = "drop" | "latest" | "close";

/** Limits on the history of a topic. */
export interface TopicHistory {
  /** The number of messages, from 1. @defaultValue 100 */
  readonly size?: number | undefined;
  /** The age of a message in seconds, from 1. @defaultValue 300: longer than a deploy or a tunnel takes */
  readonly seconds?: number | undefined;
  /** Bytes of all messages together that this process keeps, from 1. @defaultValue 1_048_576 (1 MiB) */
  readonly bytes?: number | undefined;
}

/** How to deliver a topic. */
export interface TopicRule {
  /**
   * The policy if more than `slowBytes` wait for a subscriber: `"drop"` leaves it without the message; `"latest"` keeps the newest message of the
   * topic until it has caught up, in place of one kept before; `"close"` closes a socket with 1013, and ends an event stream, whose client returns.
   * @defaultValue none: it gets all messages, until its own `maxBufferedBytes` ends it
   */
  readonly slow?: SlowPolicy | undefined;
  /** The waiting bytes beyond which a subscriber is slow, from 1. @defaultValue 1_048_576 (1 MiB) */
  readonly slowBytes?: number | undefined;
  /** The history for returning clients: by `Last-Event-ID`, the subprotocol, or `after`. @defaultValue none */
  readonly history?: TopicHistory | undefined;
}

/** A rule after reading and checking. */
export interface ReadRule {
  readonly slow: SlowPolicy | undefined;
  readonly slowBytes: number;
  readonly history: LogLimits | undefined;
}

/** The number of topics whose rules are cached; then the cache begins anew. */
const REMEMBERED = 10_000;

const RULE_NAMES = ["slow", "slowBytes", "history"] as const;

/** Finds the rule of each topic. */
export class Rules {
  private readonly general: ReadRule;
  private readonly special: readonly (readonly [pattern: string, rule: ReadRule])[];
  private readonly known = new Map<string, ReadRule>();

  /**
   * @param rules by topic or pattern; the first that covers a topic holds. `general` has the fields that it leaves out.
   * @throws {UsageError} for a value that is not accepted.
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

  /** The largest limits of any topic's history; `undefined` if no topic has one. */
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

  /** Whether some topic that `pattern` covers may have a history. */
  mayKeep(pattern: string): boolean {
    if (this.general.history !== undefined) return true;
    return this.special.some(
      ([one, { history }]) => history !== undefined && overlaps(one, pattern),
    );
  }

  /** Returns the rule of a topic, whose name has been checked. */
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
