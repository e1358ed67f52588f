import { FIN, MAX_HEADER, headerSizeOf, writeHeader, writeUint32 } from "../../frame/header.ts";
import { applyMask, maskInto, rotateMask } from "../../frame/mask.ts";
import type { Masks } from "../../frame/mask-source.ts";
import { TEXT } from "../../frame/opcode.ts";
import type { Platform } from "../../platform.ts";
import { COPY_MAX, type WriteBuffer } from "../buffer/write-buffer.ts";

/** Longer texts are encoded into memory of their own: the slab would reserve three bytes a unit for them. */
const IN_PLACE_MAX = 8192;

/** Shorter texts are encoded faster than they are found again. */
const REPEAT_MIN = 24;

const NOWHERE = new Uint8Array(0);

/** An unmasked frame of a server: `header` bytes and then the payload. Connections share it, so it never changes. */
export interface SharedFrame {
  /** With the reserved bits above it: `opcode | rsv << 4`. */
  readonly opcode: number;
  readonly header: number;
  readonly bytes: Uint8Array;
}

/** Writes messages and control frames into a write buffer, in the framing of one version of the protocol. */
export interface FrameWriter {
  /** One text message. Lone surrogates become U+FFFD. */
  text(text: string): void;
  /**
   * One frame whose payload is `bytes[start, end)`; beyond 4 KiB a reference to them may be kept.
   * @param opcode with the reserved bits above it: `opcode | rsv << 4`; and {@link MORE} where fragments follow
   */
  payload(opcode: number, bytes: Uint8Array, start: number, end: number): void;
  /** Writes a finished frame of a server, by reference where possible. */
  shared(frame: SharedFrame): void;
  /** Whether messages can be sent in fragments. */
  readonly fragments: boolean;
  /** One frame whose payload is `parts`, `size` bytes in all. */
  parts(opcode: number, parts: readonly Uint8Array[], size: number): void;
}

/**
 * Turns messages and control frames into frames in a write buffer, each with its shortest header
 * (RFC 6455 §5.2). A client's frames are masked, and masking never touches the caller's bytes (§5.3).
 */
export class HybiFrameWriter implements FrameWriter {
  private readonly platform: Platform;
  private readonly buffer: WriteBuffer;
  /** A client's source of masking keys; `undefined` for a server, which does not mask. */
  private readonly masks: Masks | undefined;
  private room: Uint8Array = NOWHERE; // of the masked frame being written

  constructor(platform: Platform, outbox: WriteBuffer, masks: Masks | undefined) {
    this.platform = platform;
    this.buffer = outbox;
    this.masks = masks;
  }

  text(text: string): void {
    const units = text.length;
    const outbox = this.buffer;
    if (this.masks !== undefined) return this.maskedText(text, this.masks);
    const last = outbox.slab.lastText;
    if (units >= REPEAT_MIN && text === last.text)
      return outbox.append(last.bytes, last.start, last.end);
    if (units > IN_PLACE_MAX) {
      const bytes = this.platform.encodeUtf8(text);
      return this.payload(TEXT, bytes, 0, bytes.length);
    }
    const most = MAX_HEADER + 3 * units;
    const guess = headerSizeOf(units);
    const at = outbox.reserve(most);
    const bytes = outbox.bytes;
    const size = this.platform.encodeUtf8Into(text, bytes, at + guess);
    const header = headerSizeOf(size);
    // The guess is right for ASCII; elsewhere the text may need to make room for a longer header.
    if (header > guess) bytes.copyWithin(at + header, at + guess, at + guess + size);
    writeHeader(bytes, at, header, FIN | TEXT, 0, size);
    outbox.release(most - header - size);
    if (units < REPEAT_MIN) return;
    last.text = text;
    last.bytes = bytes;
    last.start = at;
    last.end = at + header + size;
  }

  payload(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.masks !== undefined)
      return this.maskedPayload(opcode, bytes, start, end, this.masks.next());
    const size = end - start;
    const header = headerSizeOf(size);
    const outbox = this.buffer;
    if (size > COPY_MAX) {
      const payload = bytes.length === size ? bytes : bytes.subarray(start, end); // before the frame begins: it may throw
      const at = outbox.reserve(header);
      writeHeader(outbox.bytes, at, header, FIN ^ opcode, 0, size);
      return outbox.attach(payload);
    }
    const at = outbox.reserve(header + size);
    writeHeader(outbox.bytes, at, header, FIN ^ opcode, 0, size);
    outbox.fill(header + size, bytes, start, end);
  }

  get fragments(): boolean {
    return true;
  }

  shared({ opcode, bytes, header }: SharedFrame): void {
    if (this.masks === undefined) this.buffer.attach(bytes);
    else this.payload(opcode, bytes, header, bytes.length);
  }

  parts(opcode: number, parts: readonly Uint8Array[], size: number): void {
    if (this.masks !== undefined) return this.maskedParts(opcode, parts, size, this.masks.next());
    const header = headerSizeOf(size);
    const outbox = this.buffer;
    const at = outbox.reserve(header);
    writeHeader(outbox.bytes, at, header, FIN | opcode, 0, size);
    for (const part of parts) outbox.append(part, 0, part.length);
  }

  private maskedText(text: string, masks: Masks): void {
    const units = text.length;
    const outbox = this.buffer;
    if (units > IN_PLACE_MAX) {
      const bytes = this.platform.encodeUtf8(text);
      const key = masks.next();
      applyMask(bytes, 0, bytes.length, key); // our own memory: mask it in place
      const header = headerSizeOf(bytes.length);
      const at = outbox.reserve(header + 4);
      writeHeader(outbox.bytes, at, header, FIN | TEXT, 0x80, bytes.length);
      writeUint32(outbox.bytes, at + header, key);
      return outbox.append(bytes, 0, bytes.length);
    }
    const most = MAX_HEADER + 3 * units;
    const guess = headerSizeOf(units) + 4;
    const at = outbox.reserve(most);
    const bytes = outbox.bytes;
    const size = this.platform.encodeUtf8Into(text, bytes, at + guess);
    const header = headerSizeOf(size) + 4;
    const key = masks.next();
    if (header > guess) bytes.copyWithin(at + header, at + guess, at + guess + size);
    writeHeader(bytes, at, header - 4, FIN | TEXT, 0x80, size);
    writeUint32(bytes, at + header - 4, key);
    applyMask(bytes, at + header, at + header + size, key);
    outbox.release(most - header - size);
  }

  private maskedPayload(
    opcode: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    key: number,
  ): void {
    const size = end - start;
    const header = headerSizeOf(size) + 4;
    const at = this.makeRoom(header + size);
    const into = this.room;
    writeHeader(into, at, header - 4, FIN ^ opcode, 0x80, size);
    writeUint32(into, at + header - 4, key);
    try {
      maskInto(bytes, start, end, into, at + header, key);
    } catch (error) {
      this.leaveRoom(header + size);
      throw error;
    }
    this.fillRoom();
  }

  private maskedParts(
    opcode: number,
    parts: readonly Uint8Array[],
    size: number,
    key: number,
  ): void {
    const header = headerSizeOf(size) + 4;
    const at = this.makeRoom(header + size);
    const into = this.room;
    writeHeader(into, at, header - 4, FIN | opcode, 0x80, size);
    writeUint32(into, at + header - 4, key);
    let to = at + header;
    let turned = key;
    try {
      for (const part of parts) {
        maskInto(part, 0, part.length, into, to, turned);
        turned = rotateMask(turned, part.length);
        to += part.length;
      }
    } catch (error) {
      this.leaveRoom(header + size);
      throw error;
    }
    this.fillRoom();
  }

  /** Finds memory for a masked frame, in the slab or, for a large frame, of its own; returns the frame's offset in {@link room}. */
  private makeRoom(size: number): number {
    if (size > COPY_MAX) {
      this.room = this.platform.allocate(size);
      return 0;
    }
    const at = this.buffer.reserve(size);
    this.room = this.buffer.bytes;
    return at;
  }

  /** Gives up a frame of `size` bytes whose payload threw: its beginning in the slab must not go out with other bytes. */
  private leaveRoom(size: number): void {
    if (this.room === this.buffer.bytes) this.buffer.release(size);
    this.room = NOWHERE;
  }

  /** Finishes a frame: memory of its own joins the write buffer, which has the slab's already. */
  private fillRoom(): void {
    if (this.room !== this.buffer.bytes) this.buffer.attach(this.room);
    this.room = NOWHERE;
  }
}
