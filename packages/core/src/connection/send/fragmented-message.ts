import { MORE } from "../../frame/header.ts";
import { BINARY, CONTINUATION, TEXT } from "../../frame/opcode.ts";
import { copyOf } from "../receive/message-parts.ts";

/** The send pipeline, as a message in fragments uses it. */
export interface FragmentOutput {
  /** The message that is going out in fragments; none once its last piece is sent. */
  fragments: FragmentedMessage | undefined;
  /** Whether messages must be sent whole. */
  readonly sendsWhole: boolean;
  /** One message made of `parts`. Returns whether it was sent, and not dropped. */
  parts(opcode: 1 | 2, parts: readonly Uint8Array[], size: number, compress: boolean): boolean;
  /** One frame of the message; `opcode` may be beside {@link MORE}. */
  frame(opcode: number, bytes: Uint8Array, start: number, end: number): void;
  /** Whether the waiting output is within the limit. */
  holds(): boolean;
  /** Output that cannot be dropped exceeds the limit. */
  overflow(): void;
}

/** Sends a message while the application makes it (RFC 6455 §5.4): a frame for each piece, without holding any. */
export class FragmentedMessage {
  readonly kind: "text" | "binary";
  private readonly pipeline: FragmentOutput;
  /** The pieces, where the message must go whole after all. */
  private readonly gathered: Uint8Array[] | undefined;
  /** Bytes of them. */
  held = 0;
  private begun = false;

  constructor(output: FragmentOutput, kind: "text" | "binary") {
    this.pipeline = output;
    this.kind = kind;
    this.gathered = output.sendsWhole ? [] : undefined;
  }

  /** Sends the next piece. An empty one is no frame, unless the message ends with it. */
  add(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const { pipeline: output, gathered } = this;
    const opcode = this.kind === "text" ? TEXT : BINARY;
    if (last) output.fragments = undefined;
    if (gathered !== undefined) {
      gathered.push(copyOf(bytes, start, end));
      this.held += end - start;
      if (last ? !output.parts(opcode, gathered, this.held, true) : !output.holds())
        output.overflow();
    } else if (last || end > start) {
      const { begun } = this;
      const code = begun ? CONTINUATION : opcode;
      this.begun = true;
      try {
        output.frame(last ? code : code | MORE, bytes, start, end);
      } catch (error) {
        // Nothing has gone out: the message is as it was before this piece.
        this.begun = begun;
        output.fragments = begun ? this : undefined;
        throw error;
      }
    }
  }
}
