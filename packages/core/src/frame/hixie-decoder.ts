import type { Decoder, FrameSink } from "./decoder.ts";
import { CLOSE, TEXT } from "./opcode.ts";

/** The decoder's place within a frame, after the last byte. */
const BETWEEN = 0;
const IN_TEXT = 1;
const IN_LENGTH = 2;
const SKIPPING = 3;

/** Frames of this type are delimited by {@link END}; the others of the lower half likewise, and are dropped. */
const TEXT_TYPE = 0x00;
const END = 0xff;
const CLOSE_TYPE = 0xff;

/**
 * Turns chunks into messages by the framing of drafts 75 and 76: text between 00 and FF, and frames of a stated length,
 * which no peer is known to send and the decoder skips. In draft 76 FF 00 closes.
 *
 * The length has no end to its digits, and so once grew past what numbers hold (CVE-2026-54466): here it may not
 * exceed the limit on messages, which is checked at each digit.
 */
export class HixieDecoder implements Decoder {
  private readonly sink: FrameSink;
  private readonly maxMessageSize: number;
  /** Whether FF 00 closes. */
  private readonly closes: boolean;
  private place = BETWEEN;
  private type = 0;
  frameStart = 0;
  origin = 0;
  private decoded = 0; // bytes since the decoder's first
  private length = 0; // of the text so far, or of the stated length's rest
  private begun = false;

  constructor(sink: FrameSink, maxMessageSize: number, closes: boolean) {
    this.sink = sink;
    this.maxMessageSize = maxMessageSize;
    this.closes = closes;
  }

  decode(bytes: Uint8Array, start: number, end: number): number {
    this.origin = this.decoded - start;
    const at = this.decodeFrames(bytes, start, end);
    this.decoded += at - start;
    return at;
  }

  private decodeFrames(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (this.place === BETWEEN) this.begin(bytes, at++);
      else if (this.place === SKIPPING) at = this.skip(at, end);
      else {
        const from = at;
        at = this.place === IN_TEXT ? this.textEnd(bytes, at, end) : at + 1;
        const go =
          this.place === IN_TEXT ? this.text(bytes, from, at) : this.lengthDigit(bytes, from);
        if (!go) return at;
      }
    }
    return at;
  }

  private begin(bytes: Uint8Array, at: number): void {
    const type = bytes[at]!;
    this.frameStart = this.origin + at;
    this.type = type;
    this.length = 0;
    this.begun = false;
    this.place = type < 0x80 ? IN_TEXT : IN_LENGTH;
  }

  /** Just after the delimiter, or `end` where it is not here. */
  private textEnd(bytes: Uint8Array, start: number, end: number): number {
    const found = bytes.indexOf(END, start);
    return found === -1 || found >= end ? end : found + 1;
  }

  /** `bytes[from, to)` belong to a delimited frame; the last of them may be its delimiter. */
  private text(bytes: Uint8Array, from: number, to: number): boolean {
    const last = bytes[to - 1] === END;
    const payloadEnd = last ? to - 1 : to;
    this.length += payloadEnd - from;
    if (last) this.place = BETWEEN;
    const over = this.length - this.maxMessageSize;
    if (over > 0) {
      // The part that fits is decoded all the same: it may be invalid before it is too long.
      const go = this.type !== TEXT_TYPE || this.payload(bytes, from, payloadEnd - over, false);
      return go && this.sink.frameViolation("message-too-big", 0);
    }
    return this.type !== TEXT_TYPE || this.payload(bytes, from, payloadEnd, last);
  }

  private payload(bytes: Uint8Array, from: number, to: number, last: boolean): boolean {
    // The text's length is not known yet: assume the longest.
    if (!this.begun && !this.sink.frameBegin(TEXT, true, 0, this.maxMessageSize)) return false;
    this.begun = true;
    return from === to && !last ? true : this.sink.framePayload(bytes, from, to, last);
  }

  private lengthDigit(bytes: Uint8Array, at: number): boolean {
    const digit = bytes[at]!;
    this.length = this.length * 128 + (digit & 0x7f);
    if (this.length > this.maxMessageSize) return this.sink.frameViolation("message-too-big", 0);
    if (digit >= 0x80) return true;
    this.place = this.length > 0 ? SKIPPING : BETWEEN;
    if (!this.closes || this.type !== CLOSE_TYPE || this.length > 0) return true;
    return this.sink.frameBegin(CLOSE, true, 0, 0) && this.sink.framePayload(bytes, at, at, true);
  }

  private skip(at: number, end: number): number {
    const skipped = Math.min(end - at, this.length);
    this.length -= skipped;
    if (this.length === 0) this.place = BETWEEN;
    return at + skipped;
  }
}
