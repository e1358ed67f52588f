import { unrecognized } from "./names.ts";
import { UsageError } from "./violation.ts";

/** The options of a connection. Sizes in bytes, times in milliseconds. */
export interface ConnectionOptions {
  /**
   * The largest message, in bytes of payload over all its frames, or of what it inflates to; beyond it 1009.
   * @defaultValue 67_108_863 (64 MiB − 1): as in faye-websocket
   */
  readonly maxMessageSize: number;
  /**
   * The unit of delivery: `"message"` emits each message once it is complete; `"fragment"` emits its parts as they come, so that nothing is
   * gathered and a message may be larger than memory. `deliver()` changes it.
   * @defaultValue "message": what a WebSocket is expected to do
   */
  readonly delivery: "message" | "fragment";
  /**
   * The largest message that is emitted in fragments, in place of {@link maxMessageSize} and {@link maxFragments}; beyond it 1009.
   * @defaultValue 2^53 − 1: nothing is held, and a reader that has enough can close
   */
  readonly maxStreamSize: number;
  /**
   * The most frames in one message, empty ones included; beyond it 1008. Small fragments are joined as
   * they come, so this bounds work, not memory.
   * @defaultValue 131_072: 4 MiB in 64-byte fragments twice over
   */
  readonly maxFragments: number;
  /**
   * The most output that may wait to be sent, so that a peer which does not read cannot make us hold memory without end;
   * {@link overflow} says what happens beyond it. A message where no more than 64 KiB waits is taken whatever its size. Where more than 1024 messages wait to be compressed, each of the others counts for 256 bytes
   * beside its own: that is the memory it takes.
   * @defaultValue 16_777_216 (16 MiB): a reader that far behind gains little by more, and slow readers are many
   */
  readonly maxBufferedBytes: number;
  /**
   * The action on a message that exceeds {@link maxBufferedBytes}. `"close"` closes the connection with 1013.
   * `"drop"` does not send the message, and `send…` returns false; for data that is soon stale, such as positions and prices.
   * While a `WebSocket` is still connecting, a message beyond the limit makes it give up in either case.
   * @defaultValue "close": a message that is lost unseen is worse than a connection that is lost
   */
  readonly overflow: "close" | "drop";
  /**
   * The most pings of one batch, which is what came in one read, that are answered each by its pong; of those beyond, only the last
   * is (RFC 6455 §5.5.3), so that a read full of pings costs little output.
   * @defaultValue 64: more than come together honestly; a read of 64 KiB can hold ten thousand
   */
  readonly maxPongs: number;
  /** The largest opening head; beyond it 431, or 414 where its first line alone is too long. @defaultValue 16_384: as Node's `http` */
  readonly maxHeadSize: number;
  /**
   * The most header fields in an opening head that is read here; beyond it 431. The HTTP server behind `serve` and `upgrade` has a limit of its own, in Node 2000.
   * @defaultValue 128: browsers and proxies together send some thirty
   */
  readonly maxHeaderCount: number;
  /**
   * How long the peer's part of the opening may take; 0 waits for ever. For the head of a request to `upgrade` the HTTP server has a time of its own, in Node a minute; so has, on Bun, HTTP/1.1 beside HTTP/2.
   * @defaultValue 10_000: enough for a bad mobile network, and soon over for those who connect and say nothing
   */
  readonly handshakeTimeout: number;
  /**
   * How long a closing handshake may take before the transport is destroyed; 0 waits for ever. Once both close frames have gone the peer has two seconds of
   * it to end the transport, and this time anew only where output of ours still waits.
   * @defaultValue 30_000: as in faye-websocket; a queue of output may have to leave first
   */
  readonly closeTimeout: number;
  /** How often to ping; 0 is never. @defaultValue 0: as in faye-websocket; a silent peer is then not noticed */
  readonly pingInterval: number;
  /**
   * How long a pong may take, from when the ping has left, and again from whatever else arrives, since no pong can come in the middle of a long frame
   * (RFC 6455 §5.4), from output that waited and that the peer has taken, and where the application paused reading meanwhile; 0 waits for ever. It grows,
   * to four times at most, where pongs are measured to take longer, or the ping had to wait behind much output.
   * @defaultValue 20_000: a phone that wakes up needs some seconds
   */
  readonly pongTimeout: number;
  /**
   * Whether each chunk given to `receive()` is fresh memory that becomes the connection's. Then messages
   * may refer to chunks after the call, and large ones are not copied.
   * @defaultValue false: it would be a mistake to assume it; the adapters, which know, set it
   */
  readonly ownsChunks: boolean;
  /**
   * Whether each ping is answered by a pong (RFC 6455 §5.5.2). Without it the application answers, by `pong()`.
   * @defaultValue true: an endpoint must answer, and an application that forgets looks dead to its peer
   */
  readonly autoPong: boolean;
  /**
   * Whether text must be UTF-8 (RFC 6455 §8.1). Without it a text message is emitted
   * as it came and never as `ascii`: for an application that checks, or knows its peer. The reason in a close frame always must.
   * @defaultValue true: RFC 6455 requires it
   */
  readonly validateUtf8: boolean;
  /**
   * Whether the close frame that answers a violation carries its text as the reason, behind the code.
   * @defaultValue true: the peer's developer sees what was wrong
   */
  readonly closeReasons: boolean;
}

/** The default options of a connection. `docs/limits.md` has each with its reason. */
export const DEFAULT_OPTIONS: ConnectionOptions = {
  maxMessageSize: 0x3ffffff,
  delivery: "message",
  maxStreamSize: Number.MAX_SAFE_INTEGER,
  maxFragments: 131_072,
  maxBufferedBytes: 16_777_216,
  overflow: "close",
  maxPongs: 64,
  maxHeadSize: 16_384,
  maxHeaderCount: 128,
  handshakeTimeout: 10_000,
  closeTimeout: 30_000,
  pingInterval: 0,
  pongTimeout: 20_000,
  ownsChunks: false,
  autoPong: true,
  validateUtf8: true,
  closeReasons: true,
};

/** The result of {@link resolveOptions}: connections that share options share one object, checked once. */
const resolved = new WeakSet<Partial<ConnectionOptions>>([DEFAULT_OPTIONS]);

/** Options whose value is one of several words. */
const WORDS: ReadonlyMap<string, readonly unknown[]> = new Map([
  ["overflow", ["close", "drop"]],
  ["delivery", ["message", "fragment"]],
]);

/** The largest delay the runtimes' timers take; more would fire at once. */
const MAX_TIME = 0x7fffffff;

/**
 * Fills in defaults and checks every value.
 * @throws {UsageError} naming the option, what was given and what is accepted.
 */
export function resolveOptions(given: Partial<ConnectionOptions> | undefined): ConnectionOptions {
  if (given === undefined) return DEFAULT_OPTIONS;
  if (resolved.has(given)) return given as ConnectionOptions;
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) checkOption(name, value);
  }
  const defined = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const options = { ...DEFAULT_OPTIONS, ...defined };
  resolved.add(options);
  return options;
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(DEFAULT_OPTIONS, name))
    throw new UsageError(unrecognized(name, Object.keys(DEFAULT_OPTIONS)));
  const words = WORDS.get(name);
  if (words !== undefined) {
    if (!words.includes(value))
      throw new UsageError(
        `${name}: expected ${words.map((word) => JSON.stringify(word)).join(" or ")}, got ${String(value)}`,
      );
  } else if (typeof DEFAULT_OPTIONS[name as keyof ConnectionOptions] === "boolean") {
    if (typeof value !== "boolean")
      throw new UsageError(`${name}: expected a boolean, got ${String(value)}`);
  } else checkNumber(name, value);
}

function checkNumber(name: string, value: unknown): void {
  const isTime = name.endsWith("Timeout") || name.endsWith("Interval");
  const most = isTime ? MAX_TIME : Number.MAX_SAFE_INTEGER;
  const least = isTime ? 0 : 1;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(
      `${name}: expected a whole number of ${isTime ? "milliseconds" : "bytes or items"} from ${least} to ${most}, got ${String(value)}`,
    );
  }
}
