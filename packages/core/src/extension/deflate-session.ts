import { CautiousInflater } from "./cautious-inflater.ts";
import type {
  Compression,
  Deflater,
  DeflateParameters,
  Inflater,
  InflateParameters,
} from "./compression.ts";
import type { Done, ExtensionMessage, ExtensionSession, OutgoingForm } from "./extension.ts";

/** RSV1: the message is compressed (RFC 7692 §7.2). */
export const COMPRESSED = 4;

/** The agreed parameters of a {@link DeflateSession}. */
export interface DeflateTerms {
  /** In bytes: shorter messages are not compressed. */
  readonly threshold: number;
  readonly deflate: DeflateParameters;
  readonly inflate: InflateParameters;
  /** The peer did not confirm that it compresses without context takeover: see {@link CautiousInflater}. */
  readonly isCautious?: boolean | undefined;
  /** The change to outgoing messages without context takeover: one object for all sessions with the same change. */
  readonly form?: OutgoingForm | undefined;
}

/**
 * One connection's permessage-deflate (RFC 7692 §7.2). It makes deflater and inflater at first use: a connection that
 * never compresses holds neither.
 */
export class DeflateSession implements ExtensionSession {
  readonly onlyMarked = true;
  private readonly compression: Compression;
  private readonly terms: DeflateTerms;
  private deflater: Deflater | undefined = undefined;
  private inflater: Inflater | undefined = undefined;

  constructor(compression: Compression, terms: DeflateTerms) {
    this.compression = compression;
    this.terms = terms;
  }

  get form(): OutgoingForm | undefined {
    return this.terms.form;
  }

  outgoing(message: ExtensionMessage, done: Done): void {
    const { threshold, deflate } = this.terms;
    if (!message.compress || message.data.length < threshold) return done(undefined);
    this.deflater ??= this.compression.createDeflater(deflate);
    this.deflater.deflate(message.data, (result) => {
      // Without context takeover, a message that does not shrink may go uncompressed; else the peer's window must match ours.
      if (result !== undefined && (deflate.takeover || result.length < message.data.length)) {
        message.data = result;
        message.rsv |= COMPRESSED;
      } else if (result === undefined && deflate.takeover)
        return done({ code: "compression-failed" });
      done(undefined);
    });
  }

  incoming(message: ExtensionMessage, done: Done): void {
    if ((message.rsv & COMPRESSED) === 0) return done(undefined);
    this.inflater ??= this.createInflater();
    this.inflater.inflate(message.data, (result, cause) => {
      if (result === "too-big") return done({ code: "message-too-big", cause });
      if (result === "invalid") return done({ code: "invalid-compressed-data", cause });
      message.data = result;
      message.rsv &= ~COMPRESSED;
      done(undefined);
    });
  }

  close(): void {
    this.deflater?.close();
    this.inflater?.close();
    this.deflater = this.inflater = undefined;
  }

  private createInflater(): Inflater {
    const { inflate, isCautious } = this.terms;
    return isCautious === true
      ? new CautiousInflater(this.compression, inflate)
      : this.compression.createInflater(inflate);
  }
}
