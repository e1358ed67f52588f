import { Buffer } from "node:buffer";
import type { Connection } from "../../connection/contract.ts";
import type { Platform } from "../../platform.ts";
import { Event } from "./event.ts";
import { showAs } from "./inspect.ts";

/** The type of a binary message's data. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "uint8array" | "blob";

/** The types of a message's `data`. */
export type MessageData = string | Buffer | ArrayBuffer | Uint8Array | Blob;

/** Numbers, because every message carries one. */
export const BINARY = 0;
export const TEXT = 1;
export const ASCII_TEXT = 2;
export type MessageKind = typeof BINARY | typeof TEXT | typeof ASCII_TEXT;

/** Up to this size `data` copies binary data out of its chunk, so that a short message does not keep 64 KiB alive. */
const COPY_MAX = 4096;
/** Under this size a loop is faster than a view to copy from. */
const LOOP_MAX = 48;
/** Extra bytes of a joined message's memory: exactly a power of two costs hundreds of page faults a message. */
const HEADROOM = 10;

function copyInto(target: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  if (end - start > LOOP_MAX) target.set(bytes.subarray(start, end));
  else for (let at = start; at < end; at++) target[at - start] = bytes[at]!;
}

function fill(target: Uint8Array, parts: readonly Uint8Array[]): void {
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
}

/**
 * The event `message`. It decodes or joins the bytes when {@link data} is first read, and not at all if it
 * never is: pass the event itself to `send()` to relay a message as it came.
 *
 * An event that is kept keeps the chunk it came in. Binary data over 4 KiB is a view of that chunk; shorter data is a copy.
 */
export class MessageEvent extends Event {
  private bytes: Uint8Array | undefined;
  private start: number;
  private end: number;
  private parts: readonly Uint8Array[] | undefined;
  private readonly kind: MessageKind;
  private readonly binaryType: BinaryType;
  private readonly platform: Platform;
  private value: unknown = undefined;

  /** A message is `bytes[start, end)`, or `parts` of `end` bytes in all. The event then owns them. */
  constructor(
    kind: MessageKind,
    bytes: Uint8Array | undefined,
    start: number,
    end: number,
    parts: readonly Uint8Array[] | undefined,
    platform: Platform,
    binaryType: BinaryType,
  ) {
    super("message");
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.parts = parts;
    this.kind = kind;
    this.binaryType = binaryType;
    this.platform = platform;
  }

  /** Text as a string; binary by the `binaryType` of the socket when the message arrived. */
  get data(): MessageData {
    this.value ??= this.kind === BINARY ? this.toBinary() : this.toText();
    return this.value as MessageData;
  }

  /** Later listeners see the assigned value, and `send()` relays it. */
  set data(value: MessageData) {
    this.value = value;
    this.bytes = this.parts = undefined;
  }

  /** Returns the fields for `JSON.stringify`. */
  toJSON(): { readonly type: string; readonly data: MessageData } {
    return { type: this.type, data: this.data };
  }

  /** Returns the text, or binary data read as UTF-8, for listeners written for `ws`: `(data) => data.toString()`. For a `Blob`, only its name. */
  override toString(): string {
    const { data } = this;
    if (typeof data === "string") return data;
    if (data instanceof ArrayBuffer) return Buffer.from(data).toString();
    return ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).toString()
      : String(data);
  }

  /** The length of the payload in bytes, as it came. */
  get size(): number {
    return this.end - this.start;
  }

  /** Whether the message is binary, or bytes were assigned. */
  get isBinary(): boolean {
    const { value } = this;
    return this.bytes === undefined && this.parts === undefined
      ? ArrayBuffer.isView(value) || value instanceof ArrayBuffer
      : this.kind === BINARY;
  }

  /**
   * Sends the message on as it came, undecoded. Returns whether it was sent, and not dropped; `undefined` if {@link data} was assigned,
   * which the caller must send instead.
   */
  relay(connection: Connection, compress: boolean): boolean | undefined {
    const { bytes, parts, kind } = this;
    if (parts !== undefined)
      return connection.sendParts(kind === BINARY ? "binary" : "text", parts, this.end, compress);
    if (bytes === undefined) return undefined;
    if (kind === BINARY) return connection.sendBinary(bytes, this.start, this.end, compress);
    return connection.sendTextBytes(bytes, this.start, this.end, compress);
  }

  /** Returns the payload as it came, joined if it came in parts; `undefined` if {@link data} was assigned. Do not change it. */
  toBytes(): Uint8Array | undefined {
    if (this.bytes === undefined && this.parts === undefined) return undefined;
    return (this.bytes ?? this.join()).subarray(this.start, this.end);
  }

  private toText(): string {
    const bytes = this.bytes ?? this.join();
    return this.platform.decodeUtf8(bytes, this.start, this.end, this.kind === ASCII_TEXT);
  }

  private toBinary(): MessageData {
    const size = this.size;
    if (this.binaryType === "blob")
      return new Blob([...(this.parts ?? [this.toBytes()!])] as BlobPart[]);
    if (this.binaryType === "arraybuffer")
      return this.copyTo(new Uint8Array(size)).buffer as ArrayBuffer;
    const isBuffer = this.binaryType === "nodebuffer";
    if (this.parts === undefined && size <= COPY_MAX)
      return this.copyTo(isBuffer ? Buffer.allocUnsafe(size) : new Uint8Array(size));
    const { buffer, byteOffset } = this.bytes ?? this.join();
    const offset = byteOffset + this.start;
    return isBuffer
      ? Buffer.from(buffer as ArrayBuffer, offset, size)
      : new Uint8Array(buffer, offset, size);
  }

  private copyTo<T extends Uint8Array>(target: T): T {
    if (this.parts !== undefined) fill(target, this.parts);
    else copyInto(target, this.bytes!, this.start, this.end);
    return target;
  }

  private join(): Uint8Array {
    const bytes = this.platform.allocate(this.end + HEADROOM);
    fill(bytes, this.parts!);
    this.bytes = bytes;
    this.parts = undefined;
    return bytes;
  }
}
showAs(MessageEvent.prototype, ({ type, data, target }) => ({ type, data, target }));
Object.defineProperty(MessageEvent, "name", { value: "MessageEvent" }); // see `Event`
