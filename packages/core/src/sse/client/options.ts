import { UsageError } from "../../violation.ts";
import { DEFAULT_EVENT_STREAM_LIMITS, type EventStreamLimits } from "./decoder.ts";

/** The options of an event stream's client. Times in milliseconds, sizes in bytes. */
export interface EventStreamClientOptions extends EventStreamLimits {
  /** The id in the first request, as if an event with it had come: the last id of an earlier client. @defaultValue none */
  readonly lastEventId: string;
  /**
   * The wait before connecting again, until the stream sets another by `retry`.
   * @defaultValue 3000, as Chromium and WebKit; Firefox waits 5000
   */
  readonly reconnectDelay: number;
  /**
   * The factor by which the wait grows with each attempt that fails; an attempt that opens resets it.
   * @defaultValue 1: it does not, as in browsers. With 2: exponential back-off
   */
  readonly backoff: number;
  /**
   * The longest wait that {@link backoff} may lead to. A longer `retry` of the server still counts.
   * @defaultValue 30_000
   */
  readonly maxReconnectDelay: number;
  /**
   * The random share of each wait, from 0 to 1, so that the clients of a server that restarts do not all come at once:
   * with 0.5 a wait takes between half of its time and all of it.
   * @defaultValue 0: none, as in browsers
   */
  readonly jitter: number;
  /**
   * Statuses to connect again after, such as a proxy's 502 and 503. Any but 200 is otherwise the end (WHATWG HTML §9.2.3).
   * @defaultValue none
   */
  readonly reconnectStatuses: readonly number[];
}

/** The default options of an event stream's client. */
export const DEFAULT_EVENT_STREAM_CLIENT_OPTIONS: EventStreamClientOptions = {
  ...DEFAULT_EVENT_STREAM_LIMITS,
  lastEventId: "",
  reconnectDelay: 3000,
  backoff: 1,
  maxReconnectDelay: 30_000,
  jitter: 0,
  reconnectStatuses: [],
};

/** The largest delay the runtimes' timers take; more would fire at once. */
export const MAX_DELAY = 0x7fffffff;

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && value >= least && value <= most;
const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && isNumber(value, least, most);

/** The valid values of each option: in words, and as a test. */
const accepted: {
  readonly [K in keyof EventStreamClientOptions]: readonly [
    words: string,
    test: (value: unknown) => boolean,
  ];
} = {
  maxLineSize: [
    "a whole number of bytes from 1",
    (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER),
  ],
  maxEventSize: [
    "a whole number of bytes from 1",
    (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER),
  ],
  lastEventId: [
    "a string without line ends and NUL",
    (value) => typeof value === "string" && !/[\0\n\r]/.test(value),
  ],
  reconnectDelay: [
    `a whole number of milliseconds from 0 to ${MAX_DELAY}`,
    (value) => isWhole(value, 0, MAX_DELAY),
  ],
  backoff: ["a number from 1", (value) => isNumber(value, 1, Number.MAX_VALUE)],
  maxReconnectDelay: [
    `a whole number of milliseconds from 0 to ${MAX_DELAY}`,
    (value) => isWhole(value, 0, MAX_DELAY),
  ],
  jitter: ["a number from 0 to 1", (value) => isNumber(value, 0, 1)],
  reconnectStatuses: [
    "a list of statuses from 201 to 599",
    (value) => Array.isArray(value) && value.every((status) => isWhole(status, 201, 599)),
  ],
};

/**
 * Fills in defaults and checks every value; ignores names that are no option of a client.
 * @throws {UsageError} naming the option, what was given and what is accepted.
 */
export function resolveClientOptions(
  given: Partial<EventStreamClientOptions> = {},
): EventStreamClientOptions {
  const options: Record<string, unknown> = { ...DEFAULT_EVENT_STREAM_CLIENT_OPTIONS };
  for (const [name, [words, test]] of Object.entries(accepted)) {
    const value = given[name as keyof EventStreamClientOptions];
    if (value === undefined) continue;
    if (!test(value)) throw new UsageError(`${name}: expected ${words}, got ${String(value)}`);
    options[name] = value;
  }
  return options as unknown as EventStreamClientOptions;
}
