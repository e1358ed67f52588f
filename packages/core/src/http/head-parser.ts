import type { OpeningRequest, OpeningResponse } from "../opening.ts";
import { type HeadFailure, parseRequestHead, parseResponseHead } from "./head-grammar.ts";
import { latin1Of } from "./latin1.ts";

/** Bounds on a head; defaults are in `ConnectionOptions`. */
export interface HeadLimits {
  /** Bytes up to and with the empty line. Bounds each line too. */
  readonly maxHeadSize: number;
  readonly maxHeaderCount: number;
}

/** The result of {@link HeadParser.push} while the head goes on. */
export const HEAD_INCOMPLETE = -1;
/** The result of {@link HeadParser.push} once the head is invalid. */
export const HEAD_FAILED = -2;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const DELETE = 127;

/** The parser's place within a line, after the last byte. */
const LINE_START = 0;
const IN_LINE = 1;
const CR_AT_START = 2;
const CR_IN_LINE = 3;

const EMPTY = new Uint8Array(0);

/**
 * Reads the head of one HTTP/1.1 message (RFC 9112) from chunks cut anywhere, and strictly: it refuses a head that
 * two parsers might read in two ways. So a line ends with CRLF and not with a bare LF, though RFC
 * 9112 §2.2 allows a recipient to take it: a proxy that does not would see other lines than we do.
 *
 * It reads a byte once when it arrives and once more when the head is complete, however it was cut
 * (compare CVE-2023-43669). Between calls it holds the bytes of the head so far and nothing larger.
 * For a response, interim ones before it are skipped (RFC 9110 §15.2); the size limit is for all together.
 */
export class HeadParser {
  private readonly kind: "request" | "response";
  private readonly limits: HeadLimits;
  private kept = EMPTY; // the head's bytes from earlier chunks: `keptSize` of them
  private keptSize = 0;
  private size = 0; // bytes scanned, in all
  private lines = 0; // complete lines of the head at hand
  private place = LINE_START;
  private parsed: OpeningRequest | OpeningResponse | undefined;
  private failed: HeadFailure | undefined;

  constructor(kind: "request" | "response", limits: HeadLimits) {
    this.kind = kind;
    this.limits = limits;
  }

  /**
   * Takes `bytes[start, end)`, which are lent until the call returns. Returns the offset just after the
   * head when it is complete; the bytes after it are not HTTP. Else returns {@link HEAD_INCOMPLETE}, having
   * taken everything, or {@link HEAD_FAILED}. Must not be called after completion.
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    let from = start;
    while (this.failed === undefined) {
      const after = this.scan(bytes, from, end);
      if (after === HEAD_INCOMPLETE) this.keep(bytes, from, end);
      if (after < 0) return after;
      this.parse(this.takeText(bytes, from, after));
      if (this.parsed !== undefined) return after;
      from = after;
    }
    return HEAD_FAILED;
  }

  /** The request, once complete. For the kind `"request"`. */
  get request(): OpeningRequest {
    return this.parsed as OpeningRequest;
  }

  /** The response, once complete. For the kind `"response"`. */
  get response(): OpeningResponse {
    return this.parsed as OpeningResponse;
  }

  /** The problem, once {@link HEAD_FAILED} was returned. */
  get failure(): HeadFailure | undefined {
    return this.failed;
  }

  /** Looks for the empty line that ends the head, and refuses invalid bytes at once. */
  private scan(bytes: Uint8Array, start: number, end: number): number {
    const most = Math.min(end, start + this.limits.maxHeadSize - this.size);
    let place = this.place;
    for (let at = start; at < most; at++) {
      const byte = bytes[at]!;
      if (place >= CR_AT_START) {
        if (byte !== LF)
          return this.fail(400, "Malformed HTTP head: a carriage return without a line feed");
        const isLast = this.endLine(place === CR_AT_START, this.size + at + 1 - start);
        if (this.failed !== undefined) return HEAD_FAILED;
        place = LINE_START;
        if (isLast) return this.leave(place, at + 1 - start, at + 1);
      } else if (byte === CR) place = place === LINE_START ? CR_AT_START : CR_IN_LINE;
      else if (byte >= SPACE ? byte !== DELETE : byte === TAB) place = IN_LINE;
      else
        return this.fail(
          400,
          `Malformed HTTP head: ${byte === LF ? "a line feed without a carriage return" : "a control character"}`,
        );
    }
    if (most < end)
      return this.fail(
        this.lines === 0 ? 414 : 431,
        `HTTP head is larger than ${this.limits.maxHeadSize} bytes`,
      );
    return this.leave(place, most - start, HEAD_INCOMPLETE);
  }

  private leave(place: number, scanned: number, result: number): number {
    this.place = place;
    this.size += scanned;
    return result;
  }

  /** Counts a line that has ended, `size` bytes from the beginning; returns whether it ends the head. */
  private endLine(isEmpty: boolean, size: number): boolean {
    if (!isEmpty) {
      // The first line is not a field.
      if (this.lines++ > this.limits.maxHeaderCount)
        this.fail(431, `HTTP head has more than ${this.limits.maxHeaderCount} header fields`);
      return false;
    }
    if (this.lines > 0) return true;
    // One empty line before a request is allowed (RFC 9112 §2.2).
    if (this.kind === "response" || size > 2)
      this.fail(400, "Malformed HTTP head: an empty first line");
    return false;
  }

  private fail(status: HeadFailure["status"], message: string): typeof HEAD_FAILED {
    this.failed = { status, message };
    this.kept = EMPTY;
    return HEAD_FAILED;
  }

  /** Copies the bytes of a head that goes on, into memory that doubles up to the limit. */
  private keep(bytes: Uint8Array, start: number, end: number): void {
    const size = this.keptSize + end - start;
    if (size > this.kept.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * size, 256), this.limits.maxHeadSize));
      larger.set(this.kept.subarray(0, this.keptSize));
      this.kept = larger;
    }
    this.kept.set(bytes.subarray(start, end), this.keptSize);
    this.keptSize = size;
  }

  /** Returns the head's text, which ends at `end`, and drops its bytes. */
  private takeText(bytes: Uint8Array, start: number, end: number): string {
    const text = latin1Of(this.kept, 0, this.keptSize) + latin1Of(bytes, start, end);
    this.kept = EMPTY;
    this.keptSize = 0;
    return text.startsWith("\r\n") ? text.slice(2) : text;
  }

  private parse(text: string): void {
    const head = this.kind === "request" ? parseRequestHead(text) : parseResponseHead(text);
    this.lines = 0;
    if ("message" in head) this.failed = head;
    else if (!("status" in head) || head.status >= 200 || head.status === 101) this.parsed = head;
  }
}
