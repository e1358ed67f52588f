import { checkNames } from "../../names.ts";
import { type BackoffOptions, DEFAULT_BACKOFF } from "../../reconnect/backoff.ts";
import { UsageError } from "../../violation.ts";

/** Why a connection ended, or was not made. */
export interface Loss {
  /** The close code; 1006 without a close frame. */
  readonly code: number;
  readonly reason: string;
  /** The status of the response that refused. */
  readonly status: number | undefined;
}

/** Options of reconnection. */
export interface ReconnectOptions {
  /** The bound of the first random delay, in milliseconds, from 1; it doubles with each failure. @defaultValue 500 */
  readonly minDelay?: number | undefined;
  /** The largest bound, in milliseconds, from `minDelay`. @defaultValue 30_000 */
  readonly maxDelay?: number | undefined;
  /** How many attempts in a row may fail, from 1. @defaultValue Infinity */
  readonly attempts?: number | undefined;
  /** How long a connection must last before the client counts failures anew, in milliseconds. @defaultValue 5000: one that is dropped at once is a failure */
  readonly stableAfter?: number | undefined;
  /** How many bytes of messages wait for a connection, from 0. @defaultValue 1_048_576 (1 MiB) */
  readonly maxOutboxBytes?: number | undefined;
  /**
   * Returns whether to connect again after a loss. @defaultValue not after 1000 and 1008, which are deliberate, nor after a 4xx except 408, 425 and 429
   */
  readonly retry?: ((loss: Loss) => boolean) | undefined;
}

/** Options after reading and checking. */
export interface ReconnectSettings extends BackoffOptions {
  readonly attempts: number;
  readonly stableAfter: number;
  readonly maxOutboxBytes: number;
  readonly retry: (loss: Loss) => boolean;
}

const NAMES = [
  "minDelay",
  "maxDelay",
  "attempts",
  "stableAfter",
  "maxOutboxBytes",
  "retry",
] as const;

/** Reads the options of reconnection. @throws {UsageError} for a value that is not accepted. */
export function readReconnect(given: ReconnectOptions | true | undefined): ReconnectSettings {
  const options = given === true || given === undefined ? {} : given;
  if (typeof options !== "object" || (options as unknown) === null)
    throw new UsageError(`reconnect: expected true or an object, got ${String(given)}`);
  checkNames("reconnect", options, NAMES);
  const {
    minDelay = DEFAULT_BACKOFF.minDelay,
    maxDelay = Math.max(DEFAULT_BACKOFF.maxDelay, minDelay),
    attempts = Infinity,
    stableAfter = 5000,
    maxOutboxBytes = 1_048_576,
    retry = mayRetry,
  } = options;
  checkRange("minDelay", minDelay, 1, 0x7fffffff);
  checkRange("maxDelay", maxDelay, minDelay, 0x7fffffff);
  checkRange("attempts", attempts, 1, Infinity);
  checkRange("stableAfter", stableAfter, 0, 0x7fffffff);
  checkRange("maxOutboxBytes", maxOutboxBytes, 0, Number.MAX_SAFE_INTEGER);
  if (typeof retry !== "function")
    throw new UsageError(`reconnect: retry is a function, got ${typeof retry}`);
  return { minDelay, maxDelay, attempts, stableAfter, maxOutboxBytes, retry };
}

function checkRange(name: string, value: unknown, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new UsageError(
    `reconnect: ${name}: expected a number from ${least} to ${most}, got ${String(value)}`,
  );
}

/** Statuses of 4xx that ask the client to try later. */
const LATER = [408, 425, 429];

function mayRetry({ code, status }: Loss): boolean {
  if (status !== undefined) return status < 400 || status >= 500 || LATER.includes(status);
  return code !== 1000 && code !== 1008;
}
