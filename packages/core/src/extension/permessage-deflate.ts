/**
 * permessage-deflate (RFC 7692): its parameters, in both roles, and the rule of RSV1. The runtime compresses the bytes.
 */
import { unrecognized } from "../names.ts";
import { UsageError } from "../violation.ts";
import type { Compression } from "./compression.ts";
import { COMPRESSED, DeflateSession, type DeflateTerms } from "./deflate-session.ts";
import type {
  ClientOffer,
  Extension,
  ExtensionParameters,
  OutgoingForm,
  ParameterValue,
  ServerAnswer,
  SessionLimits,
} from "./extension.ts";

/** How messages are compressed. The names are those of the `ws` package. */
export interface PermessageDeflateOptions {
  /**
   * Whether the server forgets each message when it compresses the next. Then a connection holds no zlib state.
   * @defaultValue true: `false` compresses small messages better, for 6 KiB a connection where they are sent and up to 48 where they are received
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** The same of the client. @defaultValue true: as for the server */
  readonly clientNoContextTakeover?: boolean | undefined;
  /** The server's largest window, as a power of two: 8 to 15. @defaultValue 15: the best compression; it is held while a message is worked on, and no longer */
  readonly serverMaxWindowBits?: number | undefined;
  /** The client's. A server that sets it declines clients that do not support the parameter (RFC 7692 §7.1.2.2). @defaultValue 15: not all browsers support it */
  readonly clientMaxWindowBits?: number | undefined;
  /** Shorter messages, in bytes, are sent as they are. @defaultValue 1024: below that, compressing costs more than it saves */
  readonly threshold?: number | undefined;
  /** zlib's compression level, 0 to 9. @defaultValue 6: zlib's own */
  readonly level?: number | undefined;
  /** zlib's memory level, 1 to 9. @defaultValue 8: zlib's own */
  readonly memLevel?: number | undefined;
}

const NAME = "permessage-deflate";
const MIN_BITS = 8;
const MAX_BITS = 15;

/** The agreed parameters. */
interface Terms {
  readonly serverNoTakeover: boolean;
  readonly clientNoTakeover: boolean;
  readonly serverBits: number;
  readonly clientBits: number;
}

/** One side's parameters as read: `undefined` bits are missing, `true` is a parameter without a value. */
interface Stated {
  readonly serverNoTakeover: boolean;
  readonly clientNoTakeover: boolean;
  readonly serverBits: number | undefined;
  readonly clientBits: number | true | undefined;
}

/**
 * Makes the extension. One object serves every connection of a process.
 * @throws {UsageError} for an unknown option or one out of range.
 */
export function permessageDeflate(
  compression: Compression,
  options: PermessageDeflateOptions = {},
): Extension {
  checkOptions(options);
  return new PermessageDeflate(compression, options);
}

class PermessageDeflate implements Extension {
  readonly name = NAME;
  readonly rsv = COMPRESSED;
  private readonly compression: Compression;
  private readonly options: PermessageDeflateOptions;
  private readonly serverNoTakeover: boolean;
  private readonly clientNoTakeover: boolean;
  private readonly serverBits: number;
  private readonly clientBits: number;
  private readonly forms = new Map<number, OutgoingForm>(); // by window

  constructor(compression: Compression, options: PermessageDeflateOptions) {
    this.compression = compression;
    this.options = options;
    this.serverNoTakeover = options.serverNoContextTakeover ?? true;
    this.clientNoTakeover = options.clientNoContextTakeover ?? true;
    this.serverBits = options.serverMaxWindowBits ?? MAX_BITS;
    this.clientBits = options.clientMaxWindowBits ?? MAX_BITS;
  }

  offer(limits: SessionLimits): ClientOffer {
    const parameters = new Map<string, ParameterValue>();
    const { serverMaxWindowBits, clientMaxWindowBits } = this.options;
    if (this.serverNoTakeover) parameters.set("server_no_context_takeover", true);
    if (this.clientNoTakeover) parameters.set("client_no_context_takeover", true);
    if (serverMaxWindowBits !== undefined)
      parameters.set("server_max_window_bits", serverMaxWindowBits);
    parameters.set("client_max_window_bits", clientMaxWindowBits ?? true);
    return { parameters: [parameters], activate: (answer) => this.activate(answer, limits) };
  }

  accept(offers: readonly ExtensionParameters[], limits: SessionLimits): ServerAnswer | undefined {
    for (const offer of offers) {
      const asked = readParameters(offer);
      if (
        asked === undefined ||
        (this.options.clientMaxWindowBits !== undefined && asked.clientBits === undefined)
      )
        continue;
      const terms = {
        serverNoTakeover: this.serverNoTakeover || asked.serverNoTakeover,
        clientNoTakeover: this.clientNoTakeover || asked.clientNoTakeover,
        serverBits: Math.min(this.serverBits, asked.serverBits ?? MAX_BITS),
        clientBits: Math.min(
          this.clientBits,
          typeof asked.clientBits === "number" ? asked.clientBits : MAX_BITS,
        ),
      };
      return {
        parameters: answerOf(terms, asked),
        session: this.session("server", terms, limits, asked.clientNoTakeover),
      };
    }
    return undefined;
  }

  private activate(answer: ExtensionParameters, limits: SessionLimits): DeflateSession | undefined {
    const stated = readParameters(answer);
    // A server may promise more than the client requested, and answers a hint by a number. The parameters of our default may be missing: some
    // servers ignore parameters without a value, and a window can be kept for them. The application's own may not.
    if (
      stated === undefined ||
      stated.clientBits === true ||
      (this.options.serverNoContextTakeover === true && !stated.serverNoTakeover)
    )
      return undefined;
    const { serverBits = MAX_BITS, clientBits = this.clientBits } = stated;
    if (serverBits > this.serverBits || clientBits > this.clientBits) return undefined;
    return this.session(
      "client",
      {
        serverNoTakeover: stated.serverNoTakeover,
        clientNoTakeover: stated.clientNoTakeover || this.clientNoTakeover,
        serverBits,
        clientBits,
      },
      limits,
      stated.serverNoTakeover,
    );
  }

  /** @param isPromised whether the peer itself confirmed that it compresses without context takeover */
  private session(
    role: "client" | "server",
    terms: Terms,
    limits: SessionLimits,
    isPromised: boolean,
  ): DeflateSession {
    const { serverNoTakeover, clientNoTakeover, serverBits, clientBits } = terms;
    const isServer = role === "server";
    const { threshold = 1024, level, memLevel } = this.options;
    const plain = {
      threshold,
      deflate: {
        windowBits: isServer ? serverBits : clientBits,
        takeover: isServer ? !serverNoTakeover : !clientNoTakeover,
        level,
        memLevel,
      },
      inflate: {
        windowBits: isServer ? clientBits : serverBits,
        takeover: isServer ? !clientNoTakeover : !serverNoTakeover,
        maxSize: limits.maxMessageSize,
      },
      isCautious: (isServer ? clientNoTakeover : serverNoTakeover) && !isPromised,
    };
    return new DeflateSession(
      this.compression,
      plain.deflate.takeover ? plain : { ...plain, form: this.formOf(plain) },
    );
  }

  /** The change that sessions with the same window make to outgoing messages without context takeover; other terms are this extension's. */
  private formOf(terms: DeflateTerms): OutgoingForm {
    const { windowBits } = terms.deflate;
    const known = this.forms.get(windowBits);
    if (known !== undefined) return known;
    const form = { open: () => new DeflateSession(this.compression, terms) };
    this.forms.set(windowBits, form);
    return form;
  }
}

/** Writes the response to an offer (RFC 7692 §7.1): only the parameters that bind either side. */
function answerOf(
  { serverNoTakeover, clientNoTakeover, serverBits, clientBits }: Terms,
  asked: Stated,
): ExtensionParameters {
  const answer = new Map<string, ParameterValue>();
  if (serverNoTakeover) answer.set("server_no_context_takeover", true);
  if (clientNoTakeover) answer.set("client_no_context_takeover", true);
  if (serverBits < MAX_BITS || asked.serverBits !== undefined)
    answer.set("server_max_window_bits", serverBits);
  if (asked.clientBits !== undefined && clientBits < MAX_BITS)
    answer.set("client_max_window_bits", clientBits);
  return answer;
}

/** Reads parameters of either side; `undefined` for one that is unknown, repeated or out of range, which must not be accepted (§7). */
function readParameters(parameters: ExtensionParameters): Stated | undefined {
  const stated = {
    serverNoTakeover: false,
    clientNoTakeover: false,
    serverBits: undefined as number | undefined,
    clientBits: undefined as number | true | undefined,
  };
  for (const [name, value] of parameters) {
    if (name === "server_no_context_takeover" && value === true) stated.serverNoTakeover = true;
    else if (name === "client_no_context_takeover" && value === true)
      stated.clientNoTakeover = true;
    else if (name === "server_max_window_bits" && isBits(value)) stated.serverBits = value;
    else if (name === "client_max_window_bits" && (value === true || isBits(value)))
      stated.clientBits = value;
    else return undefined;
  }
  return stated;
}

const isBits = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= MIN_BITS && value <= MAX_BITS;

const RANGES: Readonly<Record<string, "boolean" | readonly [least: number, most: number]>> = {
  serverNoContextTakeover: "boolean",
  clientNoContextTakeover: "boolean",
  serverMaxWindowBits: [MIN_BITS, MAX_BITS],
  clientMaxWindowBits: [MIN_BITS, MAX_BITS],
  threshold: [0, Number.MAX_SAFE_INTEGER],
  level: [0, 9],
  memLevel: [1, 9],
};

function checkOptions(options: PermessageDeflateOptions): void {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    const range = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined;
    if (range === undefined)
      throw new UsageError(unrecognized(name, Object.keys(RANGES), "perMessageDeflate."));
    const isRight =
      range === "boolean"
        ? typeof value === "boolean"
        : Number.isInteger(value) && (value as number) >= range[0] && (value as number) <= range[1];
    const expected =
      range === "boolean" ? "a boolean" : `a whole number from ${range[0]} to ${range[1]}`;
    if (!isRight)
      throw new UsageError(`perMessageDeflate.${name}: expected ${expected}, got ${String(value)}`);
  }
}
