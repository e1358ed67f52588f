/** Puts the frames of one side together, and judges the messages. */
import { isReceivableCloseCode } from "../../close-code.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  isControl,
  isKnown,
  PING,
  PONG,
  TEXT,
} from "../../frame/opcode.ts";
import { findNotUtf8, UTF8_ACCEPT, advanceUtf8 } from "../../frame/utf8.ts";
import { joined, u16 } from "../bytes.ts";
import type { LintMessage, Side } from "../model.ts";
import type { At } from "../stream.ts";
import type { SideInflater } from "./deflate.ts";
import { type Fault, faultOf, type Frame } from "./frames.ts";

/** Receives the messages of the frames. */
export interface MessageListener {
  message(message: LintMessage): void;
  fault(at: At, fault: Fault): void;
  lost(at: At, why: string): void;
}

const KINDS: Readonly<Record<number, LintMessage["kind"]>> = {
  [TEXT]: "text",
  [BINARY]: "binary",
  [CLOSE]: "close",
  [PING]: "ping",
  [PONG]: "pong",
};

/** The messages of one side. */
export class MessageReader {
  inflater: SideInflater | undefined = undefined;
  /** Whether an extension is unknown: payloads are then not judged. */
  isOpaque = false;
  private readonly side: Side;
  private readonly listener: MessageListener;
  private parts: Frame[] = [];
  private hasClosed = false;
  private saidUnseen = false;

  constructor(side: Side, listener: MessageListener) {
    this.side = side;
    this.listener = listener;
  }

  /** Takes the next frame. */
  frame(frame: Frame): undefined {
    const { opcode, at, offset } = frame;
    if (this.hasClosed && !isControl(opcode))
      this.listener.fault(at, {
        code: "data-after-close",
        clause: "RFC 6455 §5.5.1",
        message: "A data frame follows the sender's close frame",
        offset,
      });
    if (!isKnown(opcode)) return this.tell([frame], opcode, frame.payload, false);
    if (isControl(opcode)) {
      if (opcode === CLOSE) this.close(frame);
      return this.tell([frame], opcode, frame.payload, false);
    }
    if (opcode === CONTINUATION && this.parts.length === 0)
      this.listener.fault(at, faultOf("unexpected-continuation", offset));
    if (opcode !== CONTINUATION && this.parts.length > 0) {
      this.listener.fault(at, faultOf("interrupted-message", offset));
      this.parts = [];
    }
    this.parts.push(frame);
    if (frame.fin) this.complete();
    return undefined;
  }

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.parts.length > 0;
  }

  private complete(): void {
    const { parts } = this;
    this.parts = [];
    const [first] = parts as [Frame];
    const compressed = this.inflater !== undefined && (first.rsv & 4) !== 0;
    const payloads = parts.map(({ payload }) => payload);
    const isWhole = payloads.every((payload) => payload !== undefined);
    let data = isWhole ? joined(payloads as Uint8Array[]) : undefined;
    if (compressed) data = this.inflate(first, data);
    if (first.opcode === TEXT && data !== undefined && !this.isOpaque)
      this.checkText(first, parts, data, compressed);
    this.tell(parts, first.opcode, data, compressed);
  }

  private inflate(first: Frame, payload: Uint8Array | undefined): Uint8Array | undefined {
    if (payload === undefined) {
      this.inflater!.forget();
      return undefined;
    }
    const { data, fault } = this.inflater!.inflate(payload);
    if (fault !== undefined) this.listener.fault(first.at, { ...fault, offset: first.offset });
    else if (data === undefined && !this.saidUnseen) {
      this.saidUnseen = true;
      this.listener.lost(
        first.at,
        `the ${this.side}'s messages from here on are compressed with what was not seen: they are not decompressed`,
      );
    }
    return data;
  }

  private checkText(
    first: Frame,
    parts: readonly Frame[],
    data: Uint8Array,
    compressed: boolean,
  ): void {
    const wrong = findNotUtf8(UTF8_ACCEPT, data, 0, data.length);
    const isCut =
      wrong >= data.length && advanceUtf8(UTF8_ACCEPT, data, 0, data.length) !== UTF8_ACCEPT;
    if (wrong >= data.length && !isCut) return;
    // Without compression the octet is in one of the frames, which gives its offset on the wire.
    let left = Math.min(wrong, data.length - 1);
    let frame = first;
    for (const part of parts) {
      frame = part;
      if (left < part.length) break;
      left -= part.length;
    }
    const { at, offset } = compressed ? first : frame;
    const where = isCut
      ? "ends within a character"
      : `octet ${wrong} is 0x${data[wrong]!.toString(16)}`;
    const { code, clause, message } = faultOf("invalid-utf8", offset);
    this.listener.fault(at, { code, clause, message: `${message}: ${where}`, offset });
  }

  private close({ at, offset, payload, length }: Frame): void {
    this.hasClosed = true;
    if (length === 1) this.listener.fault(at, faultOf("invalid-close", offset));
    if (payload === undefined || length < 2) return;
    const code = u16(payload, 0);
    if (!isReceivableCloseCode(code))
      this.listener.fault(at, faultOf("invalid-close-code", offset, code));
    if (advanceUtf8(UTF8_ACCEPT, payload, 2, payload.length) !== UTF8_ACCEPT)
      this.listener.fault(at, faultOf("invalid-close-reason", offset));
  }

  private tell(
    parts: readonly Frame[],
    opcode: number,
    data: Uint8Array | undefined,
    compressed: boolean,
  ): undefined {
    const first = parts[0]!;
    const last = parts[parts.length - 1]!;
    this.listener.message({
      side: this.side,
      kind: KINDS[opcode] ?? "unknown",
      place: first.at.place,
      lastPlace: last.last.place,
      time: last.last.time,
      frames: parts.length,
      wireSize: parts.reduce((sum, { length }) => sum + length, 0),
      compressed,
      data,
    });
    return undefined;
  }
}
