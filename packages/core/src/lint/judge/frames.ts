/** Reads the frames of one side, and goes on after violations where it can (RFC 6455 §5). */
import { violations, type ViolationCode } from "../../violation.ts";
import { applyMask } from "../../frame/mask.ts";
import { MAX_HEADER } from "../../frame/header.ts";
import { isControl, isKnown, TEXT, BINARY } from "../../frame/opcode.ts";
import { joined, u16, u32 } from "../bytes.ts";
import type { Severity, Side } from "../model.ts";
import type { At } from "../stream.ts";

/** A frame that has come whole. */
export interface Frame {
  readonly at: At;
  readonly last: At;
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly length: number;
  readonly offset: number;
  readonly payload: Uint8Array | undefined;
}

/** The problem with a frame, or with a message. */
export interface Fault {
  readonly severity?: Severity;
  readonly code: string;
  readonly clause: string;
  readonly message: string;
  readonly offset: number;
}

/** Receives the frames of a side. */
export interface FrameListener {
  frame(frame: Frame): void;
  fault(at: At, fault: Fault): void;
  /** The rest of the stream is not read. */
  lost(at: At, why: string): void;
}

/** A rule of the library's own table, in the words it closes connections with. */
export function faultOf(code: ViolationCode, offset: number, detail = 0): Fault {
  const [, text, clause] = violations[code];
  return { code, clause, offset, message: typeof text === "string" ? text : text(detail) };
}

export class FrameReader {
  /** The agreed reserved bits, RSV1 being 4; all of them where an extension is unknown. */
  allowedRsv = 0;
  private readonly side: Side;
  private readonly listener: FrameListener;
  private readonly header = new Uint8Array(MAX_HEADER);
  private filled = 0;
  private offset = 0; // of the next byte
  private begun: { at: At; offset: number; length: number; key: number } | undefined = undefined;
  private remaining = 0;
  private pieces: Uint8Array[] = [];
  private hasHole = false;
  private isLost = false;
  private lastKey: number | undefined = undefined;
  private repeats = 0;

  constructor(side: Side, listener: FrameListener) {
    this.side = side;
    this.listener = listener;
  }

  /** Whether the stream ended between two frames. */
  get isBetween(): boolean {
    return this.filled === 0 && this.begun === undefined;
  }

  receive(bytes: Uint8Array, at: At): void {
    let index = 0;
    while (index < bytes.length && !this.isLost) {
      if (this.begun === undefined) {
        if (this.filled === 0) this.headerAt = at;
        this.header[this.filled++] = bytes[index++]!;
        this.offset++;
        if (this.filled >= 2 && this.filled === this.headerSize()) this.begin();
      } else {
        const piece = bytes.subarray(index, index + this.remaining);
        this.pieces.push(piece);
        index += piece.length;
        this.offset += piece.length;
        this.remaining -= piece.length;
      }
      if (this.begun !== undefined && this.remaining === 0) this.finish(at);
    }
  }

  private headerAt: At = { place: 0, time: 0 };

  /** Bytes that the file lacks: inside one payload they cost that message, elsewhere the rest of the stream. */
  missing(size: number, at: At, why: string): void {
    if (this.isLost) return;
    if (this.begun === undefined || size > this.remaining) {
      this.isLost = true;
      this.listener.lost(
        at,
        `${why}, ${size} bytes of the ${this.side}'s stream: its rest is not read`,
      );
      return;
    }
    this.hasHole = true;
    this.offset += size;
    this.remaining -= size;
    if (this.remaining === 0) this.finish(at);
  }

  private headerSize(): number {
    const short = this.header[1]! & 127;
    const length = short < 126 ? 2 : short === 126 ? 4 : 10;
    return length + (this.header[1]! >= 128 ? 4 : 0);
  }

  /** The header is complete. */
  private begin(): void {
    const { header, filled, headerAt: at } = this;
    const offset = this.offset - filled;
    const short = header[1]! & 127;
    const high = short === 127 ? u32(header, 2) : 0;
    const length =
      short < 126 ? short : short === 126 ? u16(header, 2) : high * 2 ** 32 + u32(header, 6);
    const masked = header[1]! >= 128;
    const key = masked ? u32(header, filled - 4) | 0 : 0;
    this.begun = { at, offset, length, key };
    this.remaining = length;
    this.judge(at, offset, short, length);
    if (masked) this.judgeKey(at, offset, key, length);
    if (high > 0x1f_ffff) {
      this.isLost = true;
      this.listener.lost(
        at,
        `a frame says that it has ${length} bytes: the rest of the ${this.side}'s stream is not read`,
      );
    }
  }

  private judge(at: At, offset: number, short: number, length: number): void {
    const b0 = this.header[0]!;
    const opcode = b0 & 15;
    const rsv = (b0 >> 4) & 7;
    const isMasked = this.header[1]! >= 128;
    const isLonger = (short === 126 && length < 126) || (short === 127 && length < 65_536);
    const rules: readonly (readonly [isBroken: boolean, code: ViolationCode, detail?: number])[] = [
      [!this.allows(rsv, opcode), "reserved-bits", rsv],
      [!isKnown(opcode), "unknown-opcode", opcode],
      [isControl(opcode) && b0 < 128, "fragmented-control", opcode],
      [isControl(opcode) && length > 125, "oversized-control", length],
      [isLonger, "non-minimal-length", length],
      [short === 127 && this.header[2]! >= 128, "invalid-length"],
      [this.side === "client" && !isMasked, "mask-required"],
      [this.side === "server" && isMasked, "mask-forbidden"],
    ];
    for (const [isBroken, code, detail] of rules)
      if (isBroken) this.listener.fault(at, faultOf(code, offset, detail));
  }

  /** Reserved bits are an extension's, on the first frame of a message (RFC 7692 §6). */
  private allows(rsv: number, opcode: number): boolean {
    if (this.allowedRsv === 7 || rsv === 0) return true;
    return (rsv & ~this.allowedRsv) === 0 && (opcode === TEXT || opcode === BINARY);
  }

  /** Keys must be unpredictable (RFC 6455 §5.3). Two equal keys are chance once in four thousand million. */
  private judgeKey(at: At, offset: number, key: number, length: number): void {
    const isSame = this.lastKey === key;
    this.lastKey = key;
    if (!isSame || this.repeats++ > 0 || length === 0) return;
    this.listener.fault(at, {
      code: "predictable-mask",
      clause: "RFC 6455 §5.3",
      message: `Two frames in a row have the same masking key, ${(key >>> 0).toString(16).padStart(8, "0")}`,
      offset,
    });
  }

  private finish(last: At): void {
    const { at, offset, length, key } = this.begun!;
    const b0 = this.header[0]!;
    const payload = this.hasHole ? undefined : copied(this.pieces);
    if (payload !== undefined && this.header[1]! >= 128) applyMask(payload, 0, payload.length, key);
    this.begun = undefined;
    this.filled = 0;
    this.pieces = [];
    this.hasHole = false;
    this.listener.frame({
      at,
      last,
      fin: b0 >= 128,
      rsv: (b0 >> 4) & 7,
      opcode: b0 & 15,
      masked: this.header[1]! >= 128,
      length,
      offset,
      payload,
    });
  }
}

/** Joins the pieces in memory of its own, since it is unmasked in place. */
function copied(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]!.slice() : joined(pieces);
}
