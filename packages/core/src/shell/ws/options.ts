import type { ConnectionOptions } from "../../options.ts";
import { DEFAULT_OPTIONS } from "../../options.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { LinkOptions } from "./link/link.ts";

/** Options of servers and clients: those of `ws` with its defaults, and ours that tighten them. */
export interface SocketOptions {
  /** @defaultValue true */
  readonly allowSynchronousEvents?: boolean | undefined;
  /** @defaultValue true */
  readonly autoPong?: boolean | undefined;
  /** The most pongs that may wait for a peer that does not read; one more ends the connection; 0: no limit. @defaultValue 60 */
  readonly maxPendingAutoPongs?: number | undefined;
  /** Milliseconds a closing handshake may take. @defaultValue 30_000 */
  readonly closeTimeout?: number | undefined;
  /** Accepted, and without effect: the library keeps no chunks. */
  readonly maxBufferedChunks?: number | undefined;
  /** The most frames in one message; 0: no limit. @defaultValue 16_384 */
  readonly maxFragments?: number | undefined;
  /** The most bytes in one message; 0: no limit. @defaultValue 104_857_600 (100 MiB) */
  readonly maxPayload?: number | undefined;
  /** @defaultValue false */
  readonly skipUTF8Validation?: boolean | undefined;
  /** Ours: the most bytes that may wait for a peer that does not read; beyond it the socket closes with 1013. @defaultValue no limit, as in ws; with `secure` 16 MiB */
  readonly maxBufferedBytes?: number | undefined;
  /** Ours: milliseconds between pings; a peer that does not answer within `pongTimeout` is gone. @defaultValue 0: never, as in ws; with `secure` 30_000 */
  readonly pingInterval?: number | undefined;
  /** Ours. @defaultValue 20_000 */
  readonly pongTimeout?: number | undefined;
  /** Ours: records the connection, from its opening on: a sink of `createTraceRing()` or `recordTo()`. @defaultValue the process's sink, if any */
  readonly record?: TraceSink | undefined;
  /**
   * Ours: the limits of Sansocket in place of those of ws; you can still set each by itself. A server then accepts pages of its own origin
   * only, unless `origins` says otherwise.
   * @defaultValue false
   */
  readonly secure?: boolean | undefined;
}

const MiB = 1024 * 1024;
const ANY = Number.MAX_SAFE_INTEGER;

/** The limits that a server shows among its options, as in ws. */
interface Limits {
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxPendingAutoPongs: number;
  readonly closeTimeout: number;
}
interface Defaults extends Limits {
  readonly maxBufferedBytes: number;
  readonly pingInterval: number;
}

const SHARED = { maxFragments: 16 * 1024, maxPendingAutoPongs: 60, closeTimeout: 30_000 };
/** The defaults of ws. */
const LENIENT: Defaults = {
  ...SHARED,
  maxPayload: 100 * MiB,
  maxBufferedBytes: ANY,
  pingInterval: 0,
};
/** The defaults of Sansocket. */
const SECURE: Defaults = {
  ...SHARED,
  maxPayload: DEFAULT_OPTIONS.maxMessageSize,
  maxBufferedBytes: 16 * MiB,
  pingInterval: 30_000,
};

const defaultsOf = ({ secure }: SocketOptions): Defaults => (secure === true ? SECURE : LENIENT);

/** Returns the limits of a server whose application sets none. */
export function limitsOf(options: SocketOptions): Limits {
  const { maxPayload, maxFragments, maxPendingAutoPongs, closeTimeout } = defaultsOf(options);
  return { maxPayload, maxFragments, maxPendingAutoPongs, closeTimeout };
}

const known = new WeakMap<object, Partial<ConnectionOptions>>();

/** Returns the machine's options. Connections that share options share the result. */
export function connectionOptions(options: SocketOptions): Partial<ConnectionOptions> {
  let found = known.get(options);
  if (found === undefined) known.set(options, (found = resolve(options)));
  return found;
}

function resolve(options: SocketOptions): Partial<ConnectionOptions> {
  const defaults = defaultsOf(options);
  const { closeTimeout = defaults.closeTimeout, pongTimeout } = options;
  const most = (value: number | null | undefined, otherwise: number): number => {
    const whole = Math.trunc(value ?? otherwise);
    return whole > 0 ? Math.min(whole, ANY) : ANY;
  };
  return {
    maxMessageSize: most(options.maxPayload, defaults.maxPayload),
    maxFragments: most(options.maxFragments, defaults.maxFragments),
    maxBufferedBytes: most(options.maxBufferedBytes, defaults.maxBufferedBytes),
    pingInterval: options.pingInterval ?? defaults.pingInterval,
    ...(pongTimeout === undefined ? {} : { pongTimeout }),
    closeTimeout: Math.max(1, Math.trunc(closeTimeout)),
    validateUtf8: options.skipUTF8Validation !== true,
    closeReasons: options.secure === true,
    autoPong: false, // the link answers pings, since it counts the pongs that wait
  };
}

const knownToLinks = new WeakMap<object, LinkOptions>();

/** Returns the link's options. Connections that share options share the result. */
export function linkOptions(options: SocketOptions): LinkOptions {
  let found = knownToLinks.get(options);
  if (found === undefined) {
    found = {
      allowSynchronousEvents: options.allowSynchronousEvents ?? true,
      autoPong: options.autoPong ?? true,
      maxPendingAutoPongs: Math.trunc(options.maxPendingAutoPongs ?? SHARED.maxPendingAutoPongs),
    };
    knownToLinks.set(options, found);
  }
  return found;
}
