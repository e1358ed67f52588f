/** When to try again. */
export interface BackoffOptions {
  /** The first delay, in milliseconds. @defaultValue 500 */
  readonly minDelay: number;
  /** The longest, in milliseconds. @defaultValue 30_000 */
  readonly maxDelay: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { minDelay: 500, maxDelay: 30_000 };

/** A server may ask for no longer a pause than this, in milliseconds: an hour. */
const MOST_ASKED = 3_600_000;

/** A server that asks for a time is not met by all at once: so much is added, as a part of it. */
const SPREAD = 0.2;

/**
 * How long to wait before the next attempt: anywhere from nothing to a bound that doubles with each failure ("full jitter"), so that those who lost one server do not
 * come to the next one at once; and no less than the server asked for.
 * @param failures attempts that have failed since the last connection that lasted: 0 for the first
 * @param chance from 0 up to 1
 * @param asked what `Retry-After` says, in milliseconds
 */
export function delayAfter(
  failures: number,
  chance: number,
  { minDelay, maxDelay }: BackoffOptions,
  asked = 0,
): number {
  const most = Math.min(maxDelay, minDelay * 2 ** Math.min(failures, 30));
  if (asked <= 0) return Math.round(most * chance);
  const wanted = Math.min(asked, MOST_ASKED);
  return Math.round(wanted + Math.max(wanted * SPREAD, minDelay) * chance);
}

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
 * @param date reads a date, in milliseconds since 1970; NaN for what is none
 * @returns milliseconds; `undefined` for what is neither
 */
export function readRetryAfter(
  value: string | undefined,
  now: number,
  date: (text: string) => number,
): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Za-z]{3,9},? /.test(text) ? date(text) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
