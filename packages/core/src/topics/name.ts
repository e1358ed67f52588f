import { UsageError } from "../violation.ts";

/** The longest topic or pattern, in UTF-16 units: a broker's subject still holds it when each unit is escaped. */
const MAX_TOPIC_LENGTH = 255;

// Characters that no broker's protocol line may hold, and those of patterns.
const FORBIDDEN = /[\u0000-\u001f\u007f]/;

/**
 * Checks a topic's name: segments that are not empty, joined by `/`, such as `room/42`.
 * @throws {UsageError} for anything else, and for names that begin with `$`, which are the library's.
 */
export function checkTopic(name: unknown): string {
  const text = checkSegments(name, "topic");
  if (text.includes("*")) {
    throw new UsageError(
      `topic: ${show(text)} has a wildcard: one publishes to a topic by its whole name`,
    );
  }
  return text;
}

/**
 * Checks a subscription: a topic's name, or a pattern. A segment `*` stands for exactly
 * one segment; a last segment `**` for one or more.
 * @throws {UsageError} for anything else.
 */
export function checkPattern(pattern: unknown): string {
  const text = checkSegments(pattern, "topic");
  if (!text.includes("*")) return text;
  const segments = text.split("/");
  for (const [at, segment] of segments.entries()) {
    const isWildcard = segment === "*" || (segment === "**" && at === segments.length - 1);
    if (segment.includes("*") && !isWildcard) {
      throw new UsageError(
        `topic: ${show(text)}: "*" stands alone in a segment, "**" alone in the last`,
      );
    }
  }
  return text;
}

function checkSegments(name: unknown, what: string): string {
  if (typeof name !== "string") {
    throw new UsageError(`${what}: expected a string such as "room/42", got ${typeof name}`);
  }
  if (name === "" || name.startsWith("/") || name.endsWith("/") || name.includes("//")) {
    throw new UsageError(`${what}: ${show(name)} has an empty segment`);
  }
  if (name.length > MAX_TOPIC_LENGTH) {
    throw new UsageError(
      `${what}: expected at most ${MAX_TOPIC_LENGTH} characters, got ${name.length}`,
    );
  }
  if (FORBIDDEN.test(name)) throw new UsageError(`${what}: ${show(name)} has a control character`);
  if (name.startsWith("$"))
    throw new UsageError(`${what}: ${show(name)}: names that begin with "$" are reserved`);
  return name;
}

const show = (name: string): string =>
  JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);

/** Whether `pattern` has wildcards. */
export const isPattern = (pattern: string): boolean => pattern.includes("*");

/** Whether some topic is covered by both of two checked patterns. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.split("/"), other.split("/")];
  for (let at = 0; ; at++) {
    const [left, right] = [a[at], b[at]];
    // A rest stands for one segment or more.
    if (left === undefined || right === undefined) return left === right;
    if (left === "**" || right === "**") return true;
    if (left !== right && left !== "*" && right !== "*") return false;
  }
}

/** Whether `pattern`, checked, covers the topic `name`. */
export function matches(pattern: string, name: string): boolean {
  if (!isPattern(pattern)) return pattern === name;
  const wanted = pattern.split("/");
  const given = name.split("/");
  const hasRest = wanted[wanted.length - 1] === "**";
  if (hasRest ? given.length < wanted.length : given.length !== wanted.length) return false;
  const fixed = hasRest ? wanted.length - 1 : wanted.length;
  for (let at = 0; at < fixed; at++) {
    if (wanted[at] !== "*" && wanted[at] !== given[at]) return false;
  }
  return true;
}
