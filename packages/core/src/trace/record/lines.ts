import type { Platform } from "../../platform.ts";
import type { TraceValue } from "../format.ts";
import { fnv1a } from "../values.ts";

/** The initial memory, and the most kept for the next step. */
const SMALL = 1024;
const KEPT = 65_536;

const HEX = latin1("0123456789abcdef");
/** The two digits of each octet, the first in the lower half: two octets are one store. */
const PAIRS = Uint16Array.from(
  { length: 256 },
  (_, octet) => HEX[octet >> 4]! | (HEX[octet & 15]! << 8),
);
/** Up to this length a loop writes plain text faster than `JSON.stringify` and the encoder. */
const SHORT = 256;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Returns the octets of ASCII `text`: for the constant parts of lines. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const NUMBERED = [latin1("["), latin1(",")] as const;
const BYTES_BEGIN = latin1(',{"hex":"');
const BYTES_END = latin1('"}');
const CUT_SIZE = latin1('","size":');
const CUT_HASH = latin1(',"fnv":');
const OBJECT_END = latin1("}");
const TRUE = latin1(",true");
const FALSE = latin1(",false");

/**
 * Writes lines of a trace as bytes into memory of its own. The memory grows to the largest step and is reused:
 * writing a frame allocates nothing.
 */
export class LineWriter {
  /** `bytes[0, size)` were written since {@link clear}. */
  bytes: Uint8Array;
  size = 0;
  /** The lines that have ended since {@link clear}. */
  count = 0;
  private view: DataView;
  private readonly platform: Platform;
  private readonly most: number;

  /** @param most the most bytes of one payload or chunk that are written */
  constructor(platform: Platform, most: number) {
    this.platform = platform;
    this.most = most;
    this.bytes = platform.allocate(SMALL);
    this.view = viewOf(this.bytes);
  }

  /** Drops the written bytes, and memory that only a large step needed. */
  clear(): void {
    this.size = this.count = 0;
    if (this.bytes.length > KEPT) this.use(this.platform.allocate(SMALL));
  }

  /** Begins a line of `connection`: `[7`, and then the constant `rest`. */
  begin(connection: number, rest: Uint8Array): void {
    this.constant(NUMBERED[0]);
    this.number(connection);
    this.constant(rest);
  }

  end(): void {
    this.ensure(2);
    this.bytes[this.size++] = 0x5d;
    this.bytes[this.size++] = 0x0a;
    this.count++;
  }

  constant(part: Uint8Array): void {
    this.ensure(part.length);
    const { bytes } = this;
    let { size } = this;
    for (let at = 0; at < part.length; at++) bytes[size++] = part[at]!;
    this.size = size;
  }

  /** Writes a whole number without a comma before it. */
  number(value: number): void {
    // Small ones in the width that numbers have most often: of times, and of depths.
    if (value >= 0 && value < 10) {
      this.ensure(1);
      this.bytes[this.size++] = 0x30 + value;
    } else if (value < 0 && value > -10) {
      this.ensure(2);
      this.bytes[this.size++] = 0x2d;
      this.bytes[this.size++] = 0x30 - value;
    } else if (value > 0 && value <= 0x7fffffff) this.digits(value);
    else this.ascii(String(value));
  }

  flag(value: boolean): void {
    this.constant(value ? TRUE : FALSE);
  }

  /** Writes a value behind a comma. */
  value(value: TraceValue): void {
    this.constant(NUMBERED[1]);
    this.raw(JSON.stringify(value));
  }

  /** Writes bytes behind a comma, only the first of them beyond the limit. */
  octets(bytes: Uint8Array, start: number, end: number): void {
    const kept = Math.min(end, start + this.most);
    this.constant(BYTES_BEGIN);
    this.hex(bytes, start, kept);
    if (kept < end) {
      this.constant(CUT_SIZE);
      this.number(end - start);
      this.constant(CUT_HASH);
      this.number(fnv1a(bytes, start, end));
      this.constant(OBJECT_END);
    } else this.constant(BYTES_END);
  }

  /** Writes UTF-8 behind a comma as a string, or as bytes where it must be cut. */
  utf8(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > this.most) return this.octets(bytes, start, end);
    this.ensure(3 + 6 * (end - start));
    const into = this.bytes;
    let { size } = this;
    into[size++] = 0x2c;
    into[size++] = QUOTE;
    for (let at = start; at < end; at++) {
      const octet = bytes[at]!;
      if (octet >= 0x20 && octet !== QUOTE && octet !== BACKSLASH) into[size++] = octet;
      else size = escape(into, size, octet);
    }
    into[size++] = QUOTE;
    this.size = size;
  }

  /** Writes a string behind a comma, or its bytes where it must be cut. */
  text(text: string): void {
    if (3 * text.length > this.most) {
      const encoded = this.platform.encodeUtf8(text);
      if (encoded.length > this.most) return this.octets(encoded, 0, encoded.length);
    }
    if (text.length <= SHORT && this.plain(text)) return;
    this.constant(NUMBERED[1]);
    this.raw(JSON.stringify(text));
  }

  /** Writes text unchanged. */
  raw(text: string): void {
    this.ensure(3 * text.length);
    this.size += this.platform.encodeUtf8Into(text, this.bytes, this.size);
  }

  /** Writes a string of characters that JSON and UTF-8 take as they are; false, and nothing, for any other. */
  private plain(text: string): boolean {
    this.ensure(3 + text.length);
    const { bytes } = this;
    let { size } = this;
    bytes[size++] = 0x2c;
    bytes[size++] = QUOTE;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) return false;
      bytes[size++] = unit;
    }
    bytes[size++] = QUOTE;
    this.size = size;
    return true;
  }

  /** Writes a whole number from 1 to 2³¹ − 1. */
  private digits(value: number): void {
    this.ensure(10);
    let end = this.size;
    for (let rest = value; rest > 0; rest = (rest / 10) | 0) end++;
    let rest = value | 0;
    for (let at = end - 1; at >= this.size; at--) {
      const tenth = (rest / 10) | 0;
      this.bytes[at] = 0x30 + rest - 10 * tenth;
      rest = tenth;
    }
    this.size = end;
  }

  private ascii(text: string): void {
    this.ensure(text.length);
    for (let at = 0; at < text.length; at++) this.bytes[this.size++] = text.charCodeAt(at);
  }

  private hex(bytes: Uint8Array, start: number, end: number): void {
    this.ensure(2 * (end - start));
    const { view } = this;
    let { size } = this;
    let at = start;
    for (; at + 1 < end; at += 2) {
      view.setInt32(size, PAIRS[bytes[at]!]! | (PAIRS[bytes[at + 1]!]! << 16), true);
      size += 4;
    }
    if (at < end) {
      view.setUint16(size, PAIRS[bytes[at]!]!, true);
      size += 2;
    }
    this.size = size;
  }

  private ensure(more: number): void {
    const needed = this.size + more;
    if (needed <= this.bytes.length) return;
    const larger = this.platform.allocate(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.size));
    this.use(larger);
  }

  private use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Writes an octet that JSON does not take as it is. Returns the size after it. */
function escape(into: Uint8Array, size: number, octet: number): number {
  into[size] = BACKSLASH;
  if (octet === QUOTE || octet === BACKSLASH) {
    into[size + 1] = octet;
    return size + 2;
  }
  into[size + 1] = 0x75;
  into[size + 2] = into[size + 3] = 0x30;
  into[size + 4] = HEX[octet >> 4]!;
  into[size + 5] = HEX[octet & 15]!;
  return size + 6;
}
