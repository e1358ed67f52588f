import type { ViolationCode } from "../violation.ts";
import { MAX_HEADER } from "./header.ts";
import { applyMask, rotateMask } from "./mask.ts";
import { BINARY, CLOSE, isControl, isKnown, TEXT } from "./opcode.ts";

/** Receives what the decoder finds. Every method returns whether to go on decoding. */
export interface FrameSink {
  /** A frame begins: `length` bytes of payload will follow, in one or more calls of {@link framePayload}. `rsv` has RSV1 as 4. */
  frameBegin(opcode: number, fin: boolean, rsv: number, length: number): boolean;
  /** A stretch of the payload, unmasked; `last` when the frame is now complete. Comes once, empty, for an empty frame. */
  framePayload(bytes: Uint8Array, start: number, end: number, last: boolean): boolean;
  /** The stream is broken from here on; the decoder must not be used again. */
  frameViolation(code: ViolationCode, detail: number): false;
}

/** Turns chunks into frames, by the framing of some version of the protocol. */
export interface Decoder {
  /** The position at which the current frame begins in the stream, in bytes from the decoder's first. */
  readonly frameStart: number;
  /** The position in the stream that index 0 of the current chunk has. */
  readonly origin: number;
  /** Decodes `bytes[start, end)`. Returns how far it got: short of `end` only when the sink stopped it. */
  decode(bytes: Uint8Array, start: number, end: number): number;
}

/**
 * Turns chunks of any size into frames (RFC 6455 §5.2) without buffering payload.
 *
 * Only a header that straddles two chunks is kept (at most 13 bytes, the spill); payload goes on
 * as it comes, unmasked in place. The decoder checks the first two bytes as soon as it has them.
 */
export class FrameDecoder implements Decoder {
  /** The reserved bits that the first frame of a message may have: those of the extensions agreed on (RFC 6455 §5.2). */
  allowedRsv = 0;
  origin = 0;
  private readonly sink: FrameSink;
  private readonly masked: boolean;
  private remaining = -1; // payload bytes still to come; −1 between frames
  private mask = 0;
  private stopped = false; // by the sink, at the beginning of a frame
  private decoded = 0; // bytes since the decoder's first
  private frameAt = 0; // index into the chunk at which the current frame begins: a sum for each frame would cost time
  private spilled = 0;
  private spill: Uint8Array | undefined = undefined;

  /** @param masked whether frames must be masked: true for a server's decoder, false for a client's (RFC 6455 §5.1) */
  constructor(sink: FrameSink, masked: boolean) {
    this.sink = sink;
    this.masked = masked;
  }

  decode(bytes: Uint8Array, start: number, end: number): number {
    const origin = this.decoded - start;
    if (this.remaining >= 0 || this.spilled > 0) this.frameAt += this.origin - origin;
    this.origin = origin;
    const at = this.decodeFrames(bytes, start, end);
    this.decoded += at - start;
    return at;
  }

  get frameStart(): number {
    return this.origin + this.frameAt;
  }

  private decodeFrames(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    for (;;) {
      if (this.remaining >= 0) {
        if (at === end && this.remaining > 0) return at;
        const stop = Math.min(end, at + this.remaining);
        const go = this.payload(bytes, at, stop);
        at = stop;
        if (!go || this.remaining >= 0) return at;
      }
      if (at === end) return at;
      if (this.spilled === 0) this.frameAt = at;
      const next =
        this.spilled > 0 ? this.resumeHeader(bytes, at, end) : this.header(bytes, at, end - at);
      if (next === STOP) return end;
      if (next === SHORT) return this.spilled > 0 ? end : this.fillSpill(bytes, at, end);
      at = next;
      if (this.stopped) {
        this.stopped = false;
        return at;
      }
    }
  }

  /** Reads the header at `at`; returns where the payload starts, SHORT when bytes are missing, STOP when the stream is broken. */
  private header(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return SHORT;
    const b0 = bytes[at]!;
    const b1 = bytes[at + 1]!;
    const { masked } = this;
    const short = b1 & 127;
    if (this.isWrong(b0, b1)) {
      this.reject(b0, b1);
      return STOP;
    }
    const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10;
    const size = masked ? lengthEnd + 4 : lengthEnd;
    if (available < size) return SHORT;
    const length = short < 126 ? short : this.extendedLength(bytes, at + 2, short);
    if (length < 0) return STOP;
    if (masked) this.mask = readUint32(bytes, at + lengthEnd) | 0;
    this.remaining = length;
    this.stopped = !this.sink.frameBegin(b0 & 15, b0 >= 128, (b0 >> 4) & 7, length);
    return at + size;
  }

  /** A length of 16 or 64 bits, in its shortest form and no larger than a safe integer; else −1. */
  private extendedLength(bytes: Uint8Array, at: number, short: number): number {
    if (short === 126) {
      const length = (bytes[at]! << 8) | bytes[at + 1]!;
      return length >= 126 ? length : this.stop("non-minimal-length", length);
    }
    const high = readUint32(bytes, at);
    const length = high * 0x1_0000_0000 + readUint32(bytes, at + 4);
    if (high > 0x7fff_ffff) return this.stop("invalid-length", 0);
    if (high > 0x1f_ffff) return this.stop("message-too-big", 0);
    return length >= 65536 ? length : this.stop("non-minimal-length", length);
  }

  /** Whether a header's first two bytes break a rule. */
  private isWrong(b0: number, b1: number): boolean {
    const opcode = b0 & 15;
    if (((b0 & 0x70) !== 0 && !this.allows(b0)) || !isKnown(opcode) || b1 >= 128 !== this.masked)
      return true;
    return opcode >= 8 && (b0 < 128 || (b1 & 127) > 125);
  }

  /** Whether the reserved bits of a frame's first byte are an extension's: on control frames and continuations they never are. */
  private allows(b0: number): boolean {
    const rsv = (b0 >> 4) & 7;
    const opcode = b0 & 15;
    return rsv === 0 || ((rsv & ~this.allowedRsv) === 0 && (opcode === TEXT || opcode === BINARY));
  }

  /** Returns the violation in a header's first two bytes; checks in the order of faye-websocket. */
  private reject(b0: number, b1: number): void {
    const opcode = b0 & 15;
    if (!this.allows(b0)) this.sink.frameViolation("reserved-bits", (b0 >> 4) & 7);
    else if (!isKnown(opcode)) this.sink.frameViolation("unknown-opcode", opcode);
    else if (isControl(opcode) && b0 < 128) this.sink.frameViolation("fragmented-control", opcode);
    else if (isControl(opcode) && (b1 & 127) > 125)
      this.sink.frameViolation("oversized-control", b1 & 127);
    else if (!this.masked) this.sink.frameViolation("mask-forbidden", 0);
    else this.sink.frameViolation("mask-required", opcode === CLOSE ? opcode : 0);
  }

  private stop(code: ViolationCode, detail: number): -1 {
    this.sink.frameViolation(code, detail);
    return -1;
  }

  private payload(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const last = length === this.remaining;
    if (this.masked) {
      applyMask(bytes, start, end, this.mask);
      if (!last) this.mask = rotateMask(this.mask, length);
    }
    this.remaining = last ? -1 : this.remaining - length;
    return this.sink.framePayload(bytes, start, end, last);
  }

  /** Goes on with a header whose beginning is in the spill; offsets are those of `bytes`. */
  private resumeHeader(bytes: Uint8Array, start: number, end: number): number {
    const spill = this.spill!;
    let at = start;
    for (;;) {
      const next = this.header(spill, 0, this.spilled);
      if (next === STOP) return STOP;
      if (next !== SHORT) {
        this.spilled = 0;
        return at;
      }
      if (at === end) return SHORT;
      spill[this.spilled++] = bytes[at++]!;
    }
  }

  private fillSpill(bytes: Uint8Array, start: number, end: number): number {
    const spill = (this.spill ??= new Uint8Array(MAX_HEADER));
    for (let at = start; at < end; at++) spill[this.spilled++] = bytes[at]!;
    return end;
  }
}

/** Results of `header`: bytes are missing; the stream is broken. */
const SHORT = -1;
const STOP = -2;

const readUint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
