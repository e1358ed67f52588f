import type { ExtensionMessage, OutgoingForm } from "../../extension/extension.ts";
import { FIN, headerSizeOf, writeHeader } from "../../frame/header.ts";
import { BINARY, TEXT } from "../../frame/opcode.ts";
import { checkOptions } from "../../names.ts";
import type { Platform } from "../../platform.ts";
import { UsageError } from "../../violation.ts";
import type { SharedFrame } from "./frame-writer.ts";

/** Options of {@link prepare}. */
export interface PrepareOptions {
  /** Whether extensions may compress it. @defaultValue true */
  readonly compress?: boolean | undefined;
  /** Whether it is binary; bytes sent as text must be UTF-8, which is not checked. @defaultValue true for bytes, false for a string */
  readonly binary?: boolean | undefined;
}

/** Receives a message that extensions have changed: `undefined` where they could not. */
type Formed = (frame: SharedFrame | undefined) => void;

/**
 * A message for any number of receivers, made by {@link prepare}: encoded once, and compressed once for all with the same terms.
 * It may be sent any number of times.
 */
export class PreparedMessage {
  readonly kind: "text" | "binary";
  readonly compress: boolean;
  private data: string | Uint8Array;
  private plain: SharedFrame | undefined = undefined;
  private forms: Map<OutgoingForm, SharedFrame | Formed[]> | undefined = undefined; // or the callbacks that wait for it

  constructor(kind: "text" | "binary", data: string | Uint8Array, compress: boolean) {
    this.kind = kind;
    this.data = data;
    this.compress = compress;
  }

  get opcode(): 1 | 2 {
    return this.kind === "text" ? TEXT : BINARY;
  }

  /** The frame for connections whose extensions do not change it. */
  frame(platform: Platform): SharedFrame {
    if (this.plain !== undefined) return this.plain;
    const { data } = this;
    this.data = "";
    return (this.plain = frameOf(
      platform,
      this.opcode,
      typeof data === "string" ? platform.encodeUtf8(data) : data,
    ));
  }

  /** The payload alone, which must not change. */
  payload(platform: Platform): Uint8Array {
    const { bytes, header } = this.frame(platform);
    return bytes.subarray(header);
  }

  /** Applies `form`, once, and passes the frame to `formed`, before this returns where possible. */
  through(form: OutgoingForm, platform: Platform, formed: Formed): void {
    const forms = (this.forms ??= new Map());
    const known = forms.get(form);
    if (known instanceof Array) {
      known.push(formed);
      return;
    }
    if (known !== undefined) return formed(known);
    const waiting = [formed];
    const session = form.open();
    const message: ExtensionMessage = {
      opcode: this.opcode,
      rsv: 0,
      data: this.payload(platform),
      compress: this.compress,
    };
    forms.set(form, waiting);
    session.outgoing(message, (failure) => {
      session.close();
      const frame =
        failure !== undefined
          ? undefined
          : message.rsv === 0
            ? this.frame(platform)
            : frameOf(platform, message.opcode | (message.rsv << 4), message.data);
      if (frame === undefined) forms.delete(form);
      else forms.set(form, frame);
      for (const tell of waiting) tell(frame);
    });
  }
}

function frameOf(platform: Platform, opcode: number, payload: Uint8Array): SharedFrame {
  const size = payload.length;
  const header = headerSizeOf(size);
  const bytes = platform.allocate(header + size);
  writeHeader(bytes, 0, header, FIN | opcode, 0, size);
  bytes.set(payload, header);
  return { opcode, header, bytes };
}

const OPTIONS = ["compress", "binary"] as const;

/**
 * Prepares a message for `sendPrepared` of any number of connections: a string is text, bytes are binary. The first send encodes it.
 * It is compressed at most once for all connections that agreed on the same terms; where compression depends on earlier messages of a
 * connection (context takeover), each compresses for itself, and each client masks for itself. Bytes are copied.
 * @throws {UsageError} for data of another kind, and for an option that is not known.
 */
export function prepare(data: string | Uint8Array, options: PrepareOptions = {}): PreparedMessage {
  if (typeof data !== "string" && !((data as unknown) instanceof Uint8Array))
    throw new UsageError(
      `prepare: expected a string or a Uint8Array, got ${Object.prototype.toString.call(data)}`,
    );
  checkOptions("prepare", options, OPTIONS);
  const { compress = true, binary = typeof data !== "string" } = options;
  return new PreparedMessage(
    binary ? "binary" : "text",
    typeof data === "string" ? data : data.slice(),
    compress,
  );
}
