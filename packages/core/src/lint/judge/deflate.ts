/** Undoes permessage-deflate of one side, and checks it against the agreed parameters (RFC 7692 §7). */
import { joined } from "../bytes.ts";
import type { LintTools } from "../tools.ts";

/** The agreed parameters for one side's messages. */
export interface DeflateTerms {
  readonly takeover: boolean;
  readonly windowBits: number;
}

/** The result for a message. */
export interface Inflated {
  readonly data: Uint8Array | undefined;
  readonly fault:
    { readonly code: string; readonly clause: string; readonly message: string } | undefined;
}

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const EMPTY = new Uint8Array(0);
/** The most that a message is inflated to: a few bytes can stand for gigabytes. */
const MAX_SIZE = 67_108_864;

export class SideInflater {
  private readonly tools: LintTools;
  readonly terms: DeflateTerms;
  /** The last 32 KiB of inflated bytes; nothing where a message was not seen. */
  private history: Uint8Array | undefined = EMPTY;

  constructor(tools: LintTools, terms: DeflateTerms) {
    this.tools = tools;
    this.terms = terms;
  }

  /** A message was not seen whole. */
  forget(): void {
    this.history = undefined;
  }

  /** Inflates the payload of a message. */
  inflate(payload: Uint8Array): Inflated {
    const data = joined([payload, TAIL]);
    const { takeover, windowBits } = this.terms;
    const { history } = this;
    if (takeover && history === undefined) return { data: undefined, fault: undefined };
    const window = takeover ? history!.subarray(-(2 ** windowBits)) : EMPTY;
    const result = this.run(data, windowBits, window);
    if (result === "too-big")
      return this.failed(
        "message-too-big",
        "RFC 6455 §10.4",
        `A message inflates to more than ${MAX_SIZE} bytes`,
      );
    if (result !== undefined) return { data: this.keep(result), fault: undefined };
    return this.retry(data);
  }

  /** Whether a larger window than agreed inflates it. */
  private retry(data: Uint8Array): Inflated {
    const { takeover, windowBits } = this.terms;
    const result = this.run(data, 15, this.history ?? EMPTY);
    if (result === undefined || result === "too-big")
      return this.failed(
        "invalid-compressed-data",
        "RFC 7692 §7.2.2",
        "A message is no valid DEFLATE data",
      );
    const fault = takeover
      ? {
          code: "window-exceeded",
          clause: "RFC 7692 §7.1.2",
          message: `A message refers further back than the ${windowBits} bits of window that were agreed on`,
        }
      : {
          code: "context-kept",
          clause: "RFC 7692 §7.1.1",
          message: "A message refers to one before it, though no context takeover was agreed on",
        };
    return { data: this.keep(result), fault };
  }

  private run(
    data: Uint8Array,
    windowBits: number,
    dictionary: Uint8Array,
  ): Uint8Array | "too-big" | undefined {
    return this.tools.inflateRaw(data, { windowBits, dictionary, maxSize: MAX_SIZE });
  }

  private keep(data: Uint8Array): Uint8Array {
    const all = data.length >= 32_768 ? data : joined([this.history ?? EMPTY, data]);
    this.history = all.slice(-32_768);
    return data;
  }

  private failed(code: string, clause: string, message: string): Inflated {
    this.forget();
    return { data: undefined, fault: { code, clause, message } };
  }
}
