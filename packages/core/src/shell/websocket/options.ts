import type { Extension } from "../../extension/extension.ts";
import { writeOpeningRequest } from "../../handshake/request.ts";
import { checkOrigins } from "../../handshake/origin.ts";
import { acceptanceFields } from "../../handshake/response.ts";
import { writeResponseHead } from "../../http/head-writer.ts";
import type { Choice, ClientRequest, HeaderInit, Origins } from "../../opening.ts";
import { type ConnectionOptions, DEFAULT_OPTIONS, resolveOptions } from "../../options.ts";
import { unrecognized } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { ConnectionObserver } from "./driver.ts";
import { type ExtensionOptions, readExtensions } from "./extensions/options.ts";
import { checkSink, type TraceSink } from "../../trace/record/sink.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Options of a connection that belong to the machine, not to an application. */
export type MachineOption = "ownsChunks" | "delivery";

/** Options of a `WebSocket`, server or client: faye-websocket's, and those of the connection. */
export interface WebSocketOptions
  extends Partial<Omit<ConnectionOptions, MachineOption>>, ExtensionOptions {
  /** Header fields to send with the handshake. Values become strings; fields with `undefined` and `null` are left out. */
  readonly headers?: HeaderInit | Readonly<Record<string, unknown>> | null | undefined;
  /** The largest message in bytes: `maxMessageSize` by its older name. 0 and `undefined` mean the default. */
  readonly maxLength?: number | undefined;
  /**
   * How often to ping, in seconds. If no pong comes within the same time, the connection closes with 1006. It sets
   * `pingInterval` and `pongTimeout` at once; if those are given, they count.
   * @defaultValue none: a silent peer goes unnoticed
   */
  readonly ping?: number | undefined;
  /**
   * Server: whether to accept clients of drafts 75 and 76 of the protocol, which nothing protects from cross-protocol attacks.
   * @defaultValue true for the constructor `WebSocket`, as in faye-websocket; false elsewhere
   */
  readonly drafts?: boolean | undefined;
  /**
   * Server: the origins whose pages may connect: `"same-origin"`, a list such as `["https://example.com"]`, `"*"` for all, or a function. The
   * server refuses others with 403. See {@link Origins}.
   * @defaultValue "*" for the constructor `WebSocket`, as in faye-websocket; "same-origin" elsewhere
   */
  readonly origins?: Origins | undefined;
  /** Client: an HTTP proxy to connect through. */
  readonly proxy?: object | null | undefined;
  /** Client, for `wss:`: options of the runtime's TLS. */
  readonly tls?: object | null | undefined;
  /** Client, for `wss:`: certificate authorities to trust, `tls.ca` by its older name. */
  readonly ca?: unknown;
  /** Client: options of the runtime's TCP. */
  readonly net?: object | null | undefined;
  /** Watches the connection's states, and its bytes as they pass: for tools. */
  readonly observer?: ConnectionObserver | undefined;
  /** Records the connection, to replay and explain it: a sink of `createTraceRing()` or `recordTo()`. */
  readonly record?: TraceSink | undefined;
}

/** Options after reading and checking. */
export interface Settings {
  readonly connection: Partial<ConnectionOptions>;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly extensions: readonly Extension[];
  /** `undefined` if the option was not given. */
  readonly drafts?: boolean | undefined;
  /** `undefined` if the option was not given. */
  readonly origins?: Origins | undefined;
  readonly observer?: ConnectionObserver | undefined;
  readonly record?: TraceSink | undefined;
}

/** The defaults of a process: `WebSocket.CLOSE_TIMEOUT` is one number, and sockets with the same options share one object of them. */
class ProcessDefaults {
  /** In milliseconds. */
  closeTimeout = 30_000;
  private plain: Settings | undefined;
  private latest: ConnectionOptions = DEFAULT_OPTIONS;

  /** The settings of sockets without options: one object, until `closeTimeout` changes. */
  settingsWith(closeTimeout: number): Settings {
    if (this.plain?.connection.closeTimeout === closeTimeout) return this.plain;
    return (this.plain = {
      connection: resolveOptions({ closeTimeout }),
      headers: [],
      extensions: [],
    });
  }

  /** Returns the object with these options that the latest socket with options got, if they are the same: sockets of one server mostly have the same. */
  shared(options: ConnectionOptions): ConnectionOptions {
    const { latest } = this;
    const isSame = OPTION_NAMES.every((name) => options[name] === latest[name]);
    return isSame ? latest : (this.latest = options);
  }
}

const OPTION_NAMES = Object.keys(DEFAULT_OPTIONS) as (keyof ConnectionOptions)[];

export const processDefaults: ProcessDefaults = new ProcessDefaults();

const PUBLIC_OPTIONS = [
  "headers",
  "extensions",
  "perMessageDeflate",
  "drafts",
  "origins",
  "maxLength",
  "ping",
  "proxy",
  "tls",
  "ca",
  "net",
  "observer",
  "record",
];

/** The names of a connection's options that an application may set. */
export const CONNECTION_OPTIONS: readonly Exclude<keyof ConnectionOptions, MachineOption>[] =
  OPTION_NAMES.filter((name) => name !== "ownsChunks" && name !== "delivery");

/** The names of a socket's options, whichever its role. */
export const SOCKET_OPTIONS: readonly string[] = [...PUBLIC_OPTIONS, ...CONNECTION_OPTIONS];

/** Checks the names of options. @throws {Error} `Unrecognized option: x` for the first key that is not among `validKeys`; inherited ones count. */
export function validateOptions(options: object, validKeys: readonly string[]): void {
  for (const key in options) {
    if (!validKeys.includes(key)) throw new Error(`Unrecognized option: ${key}`);
  }
}

/**
 * Reads and checks options, before any socket exists.
 * @param closeTimeout in milliseconds, if the options have none
 * @param runtime compresses, if it can
 * @param more keys that the caller reads by itself
 * @throws {Error} `Unrecognized option: x`, with the nearest name.
 * @throws {UsageError} for a value that is not accepted.
 */
export function readOptions(
  options: WebSocketOptions | null | undefined,
  closeTimeout: number,
  runtime: Pick<Runtime, "compression"> = {},
  more: readonly string[] = [],
): Settings {
  if (options === null || options === undefined) return processDefaults.settingsWith(closeTimeout);
  const connection: { -readonly [Name in keyof ConnectionOptions]?: ConnectionOptions[Name] } = {
    closeTimeout,
  };
  if (typeof options !== "object")
    throw new UsageError(`options: expected an object, got ${typeof options}`);
  for (const name in options)
    if (!SOCKET_OPTIONS.includes(name) && !more.includes(name))
      throw new Error(unrecognized(name, [...SOCKET_OPTIONS, ...more]));
  if (options.maxLength)
    connection.maxMessageSize = Math.min(options.maxLength, Number.MAX_SAFE_INTEGER);
  if (options.ping) connection.pingInterval = connection.pongTimeout = millisecondsOf(options.ping);
  for (const name of CONNECTION_OPTIONS) {
    const value = options[name];
    if (value !== undefined) Object.assign(connection, { [name]: value });
  }
  const resolved = processDefaults.shared(resolveOptions(connection));
  if (options.record !== undefined) checkSink(options.record);
  if (options.origins !== undefined) checkOrigins(options.origins);
  return {
    connection: resolved,
    headers: readHeaders(options.headers),
    extensions: readExtensions(options, runtime),
    drafts: checkedDrafts(options.drafts),
    origins: options.origins,
    observer: options.observer,
    record: options.record,
  };
}

/** Checks an acceptance. @throws {UsageError} for headers that a 101 response may not have. */
export function checkChoice(choice: Choice): void {
  if (choice.headers === undefined) return;
  writeResponseHead(101, "", acceptanceFields(choice));
}

/** Checks a client's request. @throws {UsageError} for subprotocols or headers that a request may not have. */
export function checkRequest(request: ClientRequest): void {
  writeOpeningRequest(request, "");
}

/** Reads a list of subprotocols, or faye-websocket's comma-separated string; `null` and `undefined` are none. */
export function readProtocols(
  protocols: string | readonly string[] | null | undefined,
): readonly string[] {
  if (protocols === null || protocols === undefined) return [];
  const list: unknown = typeof protocols === "string" ? protocols.split(",") : protocols;
  if (!Array.isArray(list))
    throw new UsageError(
      `protocols: expected a string or a list of them, got ${typeof list}; options come after`,
    );
  return list.map((name) => String(name).trim()).filter((name) => name !== "");
}

/** Returns the option `drafts`. @throws {UsageError} for a value that is neither `undefined` nor a boolean. */
export function checkedDrafts(drafts: unknown): boolean | undefined {
  if (drafts === undefined || typeof drafts === "boolean") return drafts;
  throw new UsageError(`drafts: expected a boolean, got ${String(drafts)}`);
}

/** Reads milliseconds; digits in a string are accepted, since they come from the environment, and faye-websocket accepts them. */
function millisecondsOf(given: unknown): number {
  const seconds = typeof given === "string" ? Number(given) : (given as number);
  const milliseconds = Math.max(Math.round(seconds * 1000), 1);
  if (typeof seconds !== "number" || !(seconds > 0) || milliseconds > 0x7fffffff) {
    throw new UsageError(`ping: expected seconds from 0 to 2147483, got ${String(given)}`);
  }
  return milliseconds;
}

/** Returns header fields as pairs. Values become strings; fields with `undefined` and `null` are left out. */
export function readHeaders(
  headers: WebSocketOptions["headers"],
): readonly (readonly [name: string, value: string])[] {
  if (headers === null || headers === undefined) return [];
  if (typeof headers !== "object")
    throw new UsageError(`headers: expected a record, or pairs, got ${typeof headers}`);
  const pairs: Iterable<readonly [string, unknown]> =
    Symbol.iterator in headers
      ? (headers as Iterable<readonly [string, unknown]>)
      : Object.entries(headers);
  const read: (readonly [string, string])[] = [];
  for (const [name, value] of pairs) {
    if (value !== undefined && value !== null) read.push([String(name).trim(), String(value)]);
  }
  return read;
}
