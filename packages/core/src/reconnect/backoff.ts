/** The delays between attempts to connect. */
export interface BackoffOptions {
  /** The first delay, in milliseconds. @defaultValue 500 */
  readonly minDelay: number;
  /** The longest, in milliseconds. @defaultValue 30_000 */
  readonly maxDelay: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { minDelay: 500, maxDelay: 30_000 };

/** The longest delay that a server may ask for, in milliseconds: an hour. */
const MOST_ASKED = 3_600_000;

/** The share of the server's delay that is added at random, so that not all clients return at once. */
const SPREAD = 0.2;

/**
 * Returns the delay before the next attempt, in milliseconds, at least what the server asked for.
 * It lies between zero and a bound that doubles with each failure ("full jitter"): clients that lost one server do not all
 * reach the next at once.
 * @param failures attempts that have failed since the last connection that lasted: 0 for the first
 * @param chance from 0 up to 1
 * @param asked the delay in `Retry-After`, in milliseconds
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
 * @param date reads a date, in milliseconds since 1970; NaN for any other text
 * @returns milliseconds; `undefined` for any other text
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
