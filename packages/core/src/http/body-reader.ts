import type { OpeningResponse } from "../opening.ts";

/** The most bytes of a refusal's body that are kept: enough for any page of reasons, and a bound on what a peer can make us hold. */
export const BODY_MAX = 65_536;

const EMPTY = new Uint8Array(0);
const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** The reader's place within a chunked body, after the last byte (RFC 9112 §7.1). */
const IN_SIZE = 0;
const IN_EXTENSION = 1;
const IN_DATA = 2;
const BEHIND_DATA = 3;

/**
 * Reads the beginning of a response's body (RFC 9112 §6) from chunks cut anywhere: of a known length, chunked, or up to the end of the
 * transport. A malformed body ends: the refusal is known already, and the body only explains it.
 *
 * It holds at most {@link BODY_MAX} bytes.
 */
export class BodyReader {
  /** Whether the body is over, or all bytes that are kept of it have come. */
  complete = false;
  private readonly chunked: boolean;
  private left = Number.POSITIVE_INFINITY; // bytes of the body, or of its chunk at hand
  private place = IN_SIZE;
  private digits = 0;
  private kept = EMPTY; // of which `size` bytes are filled
  private size = 0;

  constructor({ status, headers }: OpeningResponse) {
    const codings = headers.get("transfer-encoding");
    const length = headers.get("content-length");
    this.chunked = codings !== undefined && /(?:^|[ \t,])chunked[ \t]*$/i.test(codings.slice(-64));
    if (this.chunked) this.left = 0;
    else if (codings === undefined && length !== undefined && /^\d{1,15}$/.test(length))
      this.left = Number(length);
    this.complete = status === 204 || status === 304 || (!this.chunked && this.left === 0);
  }

  /** Takes `bytes[start, end)`, which are lent until the call returns. Returns {@link complete}. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end && !this.complete)
      at =
        this.chunked && this.place !== IN_DATA
          ? this.readSize(bytes, at, end)
          : this.readData(bytes, at, end);
    return this.complete;
  }

  /** Returns the kept bytes. Do not use the reader after. */
  take(): Uint8Array {
    return this.size === this.kept.length ? this.kept : this.kept.slice(0, this.size);
  }

  private readData(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.left);
    const wanted = Math.min(stop, start + BODY_MAX - this.size);
    this.keep(bytes, start, wanted);
    this.left -= stop - start;
    if (this.left === 0) {
      this.complete = !this.chunked;
      this.place = BEHIND_DATA;
    }
    if (this.size === BODY_MAX) this.complete = true;
    return stop;
  }

  /** Reads the bytes between the data of two chunks: the line end after one, and the line before the next. */
  private readSize(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (this.place === BEHIND_DATA) {
        if (byte === LF) this.place = IN_SIZE;
        else if (byte !== CR) return this.stop(end);
      } else if (byte === LF) {
        if (this.digits === 0 || this.left === 0) return this.stop(end); // the last chunk, or none; trailers say nothing about a refusal
        this.digits = 0;
        this.place = IN_DATA;
        return at + 1;
      } else if (byte === SEMICOLON) this.place = IN_EXTENSION;
      else if (this.place === IN_SIZE && byte !== CR) {
        const digit = hexDigit(byte);
        if (digit < 0 || ++this.digits > 13) return this.stop(end);
        this.left = this.left * 16 + digit;
      }
    }
    return end;
  }

  private stop(end: number): number {
    this.complete = true;
    return end;
  }

  /** Copies into memory that doubles, so that a body in single bytes costs as much as one in a piece. */
  private keep(bytes: Uint8Array, start: number, end: number): void {
    const size = this.size + end - start;
    if (size > this.kept.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * this.kept.length, size, 256), BODY_MAX));
      larger.set(this.kept.subarray(0, this.size));
      this.kept = larger;
    }
    this.kept.set(bytes.subarray(start, end), this.size);
    this.size = size;
  }
}

/** The value of a hexadecimal digit's octet; −1 for any other. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
