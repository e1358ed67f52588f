import { checkNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";

/** How bytes go one way. */
export interface WayOptions {
  /** How long bytes are under way, in milliseconds. @defaultValue 0 */
  readonly latency?: number | undefined;
  /** How many bytes leave in a second. @defaultValue Infinity */
  readonly bytesPerSecond?: number | undefined;
  /**
   * How many bytes may be under way or wait for a receiver that has paused: what two kernels hold of a connection. More waits in the sender's process, where
   * `bufferedAmount` tells of it. From 1. @defaultValue 65_536
   */
  readonly window?: number | undefined;
}

/** How a link carries bytes: both ways, or each its own. */
export interface LinkOptions extends WayOptions {
  /** From the client to the server, where that differs. */
  readonly toServer?: WayOptions | undefined;
  /** From the server to the client, where that differs. */
  readonly toClient?: WayOptions | undefined;
}

/** {@link WayOptions} as they were read. */
export interface Way {
  readonly latency: number;
  readonly bytesPerSecond: number;
  readonly window: number;
}

/** {@link LinkOptions} as they were read. */
export interface Ways {
  readonly toServer: Way;
  readonly toClient: Way;
}

const NAMES = ["latency", "bytesPerSecond", "window"] as const;
export const LINK_NAMES: readonly string[] = [...NAMES, "toServer", "toClient"];

const NOTHING: WayOptions = {};
const DEFAULT: Way = { latency: 0, bytesPerSecond: Infinity, window: 65_536 };

/** @throws {UsageError} for what is not accepted. */
export function readLink(
  given: LinkOptions,
  before: Ways = { toServer: DEFAULT, toClient: DEFAULT },
): Ways {
  checkNames("link", given, LINK_NAMES);
  const { toServer = NOTHING, toClient = NOTHING, ...both } = given;
  return {
    toServer: readWay({ ...before.toServer, ...both, ...named("toServer", toServer) }),
    toClient: readWay({ ...before.toClient, ...both, ...named("toClient", toClient) }),
  };
}

function named(name: string, way: WayOptions): WayOptions {
  checkNames(name, way, NAMES);
  return way;
}

function readWay({
  latency = DEFAULT.latency,
  bytesPerSecond = DEFAULT.bytesPerSecond,
  window = DEFAULT.window,
}: WayOptions): Way {
  check("latency", latency, latency >= 0 && Number.isFinite(latency), "milliseconds from 0");
  check("bytesPerSecond", bytesPerSecond, bytesPerSecond > 0, "a number above 0");
  check(
    "window",
    window,
    Number.isInteger(window) && window >= 1,
    "a whole number of bytes from 1",
  );
  return { latency, bytesPerSecond, window };
}

function check(name: string, value: unknown, isRight: boolean, expected: string): void {
  if (typeof value === "number" && isRight) return;
  throw new UsageError(`${name}: expected ${expected}, got ${String(value)}`);
}
