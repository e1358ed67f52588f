import type { Compression } from "../../../extension/compression.ts";
import { DeflateSession } from "../../../extension/deflate-session.ts";
import type { Parameters } from "./extension.ts";

/** The options of `ws`. Of zlib's, `level` and `memLevel` count. */
export interface PerMessageDeflateOptions {
  readonly isServer?: boolean | undefined;
  readonly maxPayload?: number | undefined;
  readonly serverNoContextTakeover?: boolean | undefined;
  readonly clientNoContextTakeover?: boolean | undefined;
  readonly serverMaxWindowBits?: boolean | number | undefined;
  readonly clientMaxWindowBits?: boolean | number | undefined;
  /** Shorter messages, in bytes, go uncompressed, except under context takeover. @defaultValue 1024: as in ws */
  readonly threshold?: number | undefined;
  readonly zlibDeflateOptions?:
    { readonly level?: number | undefined; readonly memLevel?: number | undefined } | undefined;
}

/** The agreed parameters, by their names in RFC 7692 §7.1. */
export type Agreement = Record<string, true | number | undefined>;

const MAX_BITS = 15;

/** Negotiates permessage-deflate as `ws` does (RFC 7692); the machine's own sessions compress. */
export class PerMessageDeflate {
  static readonly extensionName = "permessage-deflate";
  params: Agreement | null = null;
  /** The most bytes of a message; 0: no limit. */
  readonly _maxPayload: number;
  private readonly options: PerMessageDeflateOptions;
  private readonly isServer: boolean;

  constructor(options: PerMessageDeflateOptions = {}) {
    this.options = options;
    this._maxPayload = options.maxPayload ?? 0;
    this.isServer = options.isServer === true;
  }

  /** Returns a client's offer. */
  offer(): Agreement {
    const {
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits,
      clientMaxWindowBits,
    } = this.options;
    const params: Agreement = {};
    if (serverNoContextTakeover) params["server_no_context_takeover"] = true;
    if (clientNoContextTakeover) params["client_no_context_takeover"] = true;
    if (serverMaxWindowBits) params["server_max_window_bits"] = serverMaxWindowBits;
    if (clientMaxWindowBits) params["client_max_window_bits"] = clientMaxWindowBits;
    else if (clientMaxWindowBits === undefined || (clientMaxWindowBits as unknown) === null)
      params["client_max_window_bits"] = true;
    return params;
  }

  /**
   * Accepts the peer's offers, or its answer.
   * @throws {Error} if they cannot be accepted.
   */
  accept(configurations: readonly Parameters[]): Agreement {
    const read = configurations.map((each) => readParameters(each, this.isServer));
    this.params = this.isServer ? this.acceptOffers(read) : this.acceptAnswer(read[0] ?? {});
    return this.params;
  }

  /** Makes the session of one connection, by the agreed parameters. */
  session(compression: Compression, maxSize: number): DeflateSession {
    const { threshold = 1024, zlibDeflateOptions } = this.options;
    const params = this.params ?? {};
    const side = (name: string): { windowBits: number; takeover: boolean } => {
      const bits = params[`${name}_max_window_bits`];
      return {
        windowBits: typeof bits === "number" ? bits : MAX_BITS,
        takeover: params[`${name}_no_context_takeover`] !== true,
      };
    };
    const own = side(this.isServer ? "server" : "client");
    const peer = side(this.isServer ? "client" : "server");
    return new DeflateSession(compression, {
      // Under context takeover a message of any size is worth compressing, since later ones may refer to it.
      threshold: own.takeover ? 0 : threshold,
      deflate: { ...own, level: zlibDeflateOptions?.level, memLevel: zlibDeflateOptions?.memLevel },
      inflate: { ...peer, maxSize },
    });
  }

  /** Does nothing: a connection frees its own memory. */
  cleanup(): void {}

  private acceptOffers(offers: readonly Agreement[]): Agreement {
    const {
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits,
      clientMaxWindowBits,
    } = this.options;
    const accepted = offers.find((offer) => this.canAccept(offer));
    if (accepted === undefined) throw new Error("None of the extension offers can be accepted");
    if (serverNoContextTakeover) accepted["server_no_context_takeover"] = true;
    if (clientNoContextTakeover) accepted["client_no_context_takeover"] = true;
    if (typeof serverMaxWindowBits === "number")
      accepted["server_max_window_bits"] = serverMaxWindowBits;
    if (typeof clientMaxWindowBits === "number")
      accepted["client_max_window_bits"] = clientMaxWindowBits;
    else if (accepted["client_max_window_bits"] === true || clientMaxWindowBits === false)
      delete accepted["client_max_window_bits"];
    return accepted;
  }

  private canAccept(offer: Agreement): boolean {
    const { serverNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = this.options;
    const asked = offer["server_max_window_bits"];
    const able = offer["client_max_window_bits"];
    if (serverNoContextTakeover === false && offer["server_no_context_takeover"]) return false;
    if (typeof asked === "number") {
      if (serverMaxWindowBits === false) return false;
      if (typeof serverMaxWindowBits === "number" && serverMaxWindowBits > asked) return false;
    }
    if (typeof clientMaxWindowBits !== "number") return true;
    return typeof able === "number" ? clientMaxWindowBits <= able : able === true;
  }

  private acceptAnswer(answer: Agreement): Agreement {
    const { clientNoContextTakeover, clientMaxWindowBits } = this.options;
    const bits = answer["client_max_window_bits"];
    if (clientNoContextTakeover === false && answer["client_no_context_takeover"]) {
      throw new Error('Unexpected parameter "client_no_context_takeover"');
    }
    if (bits === undefined) {
      if (typeof clientMaxWindowBits === "number")
        answer["client_max_window_bits"] = clientMaxWindowBits;
    } else if (
      clientMaxWindowBits === false ||
      (typeof clientMaxWindowBits === "number" && (bits as number) > clientMaxWindowBits)
    ) {
      throw new Error('Unexpected or invalid parameter "client_max_window_bits"');
    }
    return answer;
  }
}

/** Reads parameters. @throws {Error} for a parameter that is unknown, repeated or out of range (RFC 7692 §7). */
function readParameters(parameters: Parameters, isServer: boolean): Agreement {
  const read: Agreement = {};
  for (const [name, values] of Object.entries(parameters)) {
    if (values.length > 1) throw new Error(`Parameter "${name}" must have only a single value`);
    read[name] = readValue(name, values[0]!, isServer);
  }
  return read;
}

function readValue(name: string, value: string | true, isServer: boolean): true | number {
  const wrong = (): TypeError => new TypeError(`Invalid value for parameter "${name}": ${value}`);
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      if (value !== true) throw wrong();
      return true;
    case "client_max_window_bits":
      if (value === true && isServer) return true;
      break;
    case "server_max_window_bits":
      break;
    default:
      throw new Error(`Unknown parameter "${name}"`);
  }
  const bits = value === true ? NaN : Number(value);
  if (!Number.isInteger(bits) || bits < 8 || bits > MAX_BITS) throw wrong();
  return bits;
}
