import { CLOSE, TEXT } from "../../frame/opcode.ts";
import type { Platform } from "../../platform.ts";
import type { FrameWriter, SharedFrame } from "./frame-writer.ts";
import { COPY_MAX, type WriteBuffer } from "../buffer/write-buffer.ts";
import { copyOf } from "../receive/message-parts.ts";

const BEGIN = Uint8Array.of(0x00);
const END = Uint8Array.of(0xff);
const CLOSING = Uint8Array.of(0xff, 0x00);

/** Writes the framing of drafts 75 and 76: text between 00 and FF, and the close of 76. */
export class HixieFrameWriter implements FrameWriter {
  private readonly platform: Platform;
  private readonly buffer: WriteBuffer;
  private readonly closes: boolean;

  /** @param closes whether the draft has a closing handshake: 76 has one, 75 ends the transport */
  constructor(platform: Platform, outbox: WriteBuffer, closes: boolean) {
    this.platform = platform;
    this.buffer = outbox;
    this.closes = closes;
  }

  /** Never: a close could not come between fragments. */
  get fragments(): boolean {
    return false;
  }

  shared({ opcode, bytes, header }: SharedFrame): void {
    this.payload(opcode, bytes, header, bytes.length);
  }

  text(text: string): void {
    const bytes = this.platform.encodeUtf8(text);
    this.payload(TEXT, bytes, 0, bytes.length);
  }

  /** Writes text or the close. Other opcodes have no form here: commands for them throw before. */
  payload(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (opcode === CLOSE && this.closes) this.buffer.append(CLOSING, 0, CLOSING.length);
    if (opcode !== TEXT) return;
    // Before the frame begins: unreadable memory throws.
    const text = end - start > COPY_MAX ? bytes.subarray(start, end) : copyOf(bytes, start, end);
    this.buffer.append(BEGIN, 0, 1);
    this.buffer.append(text, 0, text.length);
    this.buffer.append(END, 0, 1);
  }

  parts(opcode: number, parts: readonly Uint8Array[]): void {
    if (opcode !== TEXT) return;
    this.buffer.append(BEGIN, 0, 1);
    for (const part of parts) this.buffer.append(part, 0, part.length);
    this.buffer.append(END, 0, 1);
  }
}
