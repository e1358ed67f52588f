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
 * ASCII up to this size is decoded at once: that costs no more than to make `data` a property that decodes it later (0.14 µs on Node 20).
 * Other text costs more from 16 bytes on, and who relays it never reads it (`npm run bench -- --only multibyte,multibyte-p8`).
 */
const DECODE_MAX = 1024;

/**
 * The event `message`. It decodes text and joins a message that came in parts when {@link data} is first read (short ASCII and Buffers at once),
 * and not at all if it never is: pass the event itself to `send()` to relay a message as it came.
 *
 * An event that is kept keeps the chunk it came in. Binary data over 4 KiB is a view of that chunk; shorter data is a copy.
 */
export class MessageEvent extends Event {
  // Private names, so that a copy such as `{ ...event }` has `data`, and nothing of the chunk in which other messages came.
  #bytes: Uint8Array | undefined;
  readonly #start: number;
  readonly #end: number;
  #parts: readonly Uint8Array[] | undefined;
  readonly #kind: MessageKind;
  readonly #binaryType: BinaryType;
  readonly #platform: Platform;
  #value: MessageData | undefined = undefined; // of `data`, unless the application assigned another to a plain `data`

  /** Text as a string; binary by the `binaryType` of the socket when the message arrived. Later listeners see a value that you assign, and `send()` relays it. */
  declare data: MessageData;

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
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#parts = parts;
    this.#kind = kind;
    this.#binaryType = binaryType;
    this.#platform = platform;
    if (parts === undefined && isCheap(kind, binaryType, end - start))
      this.data = this.#value = this.#decode();
    else Object.defineProperty(this, "data", LATER);
  }

  /** @internal */
  static read(event: MessageEvent): MessageData {
    return (event.#value ??= event.#decode());
  }

  /** @internal */
  static assign(event: MessageEvent, value: MessageData): void {
    event.#value = value;
    event.#bytes = event.#parts = undefined;
  }

  /** Returns the fields for `JSON.stringify`. */
  override toJSON(): { readonly type: string; readonly data: MessageData } {
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
    return this.#end - this.#start;
  }

  /** Whether the message is binary, or bytes were assigned. */
  get isBinary(): boolean {
    if (!this.#isAssigned) return this.#kind === BINARY;
    const { data } = this;
    return ArrayBuffer.isView(data) || data instanceof ArrayBuffer;
  }

  /**
   * Sends the message on as it came, undecoded. Returns whether it was sent, and not dropped; `undefined` if {@link data} was assigned,
   * which the caller must send instead.
   */
  relay(connection: Connection, compress: boolean): boolean | undefined {
    if (this.#isAssigned) return undefined;
    const bytes = this.#bytes;
    const parts = this.#parts;
    const isBinary = this.#kind === BINARY;
    if (parts !== undefined)
      return connection.sendParts(isBinary ? "binary" : "text", parts, this.#end, compress);
    if (isBinary) return connection.sendBinary(bytes!, this.#start, this.#end, compress);
    return connection.sendTextBytes(bytes!, this.#start, this.#end, compress);
  }

  /** Returns the payload as it came, joined if it came in parts; `undefined` if {@link data} was assigned. Do not change it. */
  toBytes(): Uint8Array | undefined {
    if (this.#isAssigned) return undefined;
    return (this.#bytes ?? this.#join()).subarray(this.#start, this.#end);
  }

  get #isAssigned(): boolean {
    if (this.#bytes === undefined && this.#parts === undefined) return true;
    return this.#value !== undefined && this.#value !== this.data;
  }

  #decode(): MessageData {
    if (this.#kind === BINARY) return this.#toBinary();
    const bytes = this.#bytes ?? this.#join();
    return this.#platform.decodeUtf8(bytes, this.#start, this.#end, this.#kind === ASCII_TEXT);
  }

  #toBinary(): MessageData {
    const size = this.#end - this.#start;
    const binaryType = this.#binaryType;
    if (binaryType === "blob")
      return new Blob([
        ...(this.#parts ?? [this.#bytes!.subarray(this.#start, this.#end)]),
      ] as BlobPart[]);
    if (binaryType === "arraybuffer")
      return this.#copyTo(new Uint8Array(size)).buffer as ArrayBuffer;
    const isBuffer = binaryType === "nodebuffer";
    if (this.#parts === undefined && size <= COPY_MAX)
      return this.#copyTo(isBuffer ? Buffer.allocUnsafe(size) : new Uint8Array(size));
    const { buffer, byteOffset } = this.#bytes ?? this.#join();
    const offset = byteOffset + this.#start;
    return isBuffer
      ? Buffer.from(buffer as ArrayBuffer, offset, size)
      : new Uint8Array(buffer, offset, size);
  }

  #copyTo<T extends Uint8Array>(target: T): T {
    if (this.#parts !== undefined) fill(target, this.#parts);
    else copyInto(target, this.#bytes!, this.#start, this.#end);
    return target;
  }

  #join(): Uint8Array {
    const bytes = this.#platform.allocate(this.#end + HEADROOM);
    fill(bytes, this.#parts!);
    this.#bytes = bytes;
    this.#parts = undefined;
    return bytes;
  }
}

/** Whether `data` of a message in one piece costs no more to make than to put off: short ASCII, a short copy, or a view. */
const isCheap = (kind: MessageKind, binaryType: BinaryType, size: number): boolean =>
  kind === ASCII_TEXT ? size <= DECODE_MAX : kind === BINARY && binaryType === "nodebuffer";

/** `data` that is made when it is first read. All events share it, so that they share a shape. */
const LATER: PropertyDescriptor & ThisType<MessageEvent> = {
  get() {
    return MessageEvent.read(this);
  },
  set(value: MessageData) {
    MessageEvent.assign(this, value);
  },
  enumerable: true,
  configurable: true,
};
showAs(MessageEvent.prototype, ({ type, data, target }) => ({ type, data, target }));
Object.defineProperty(MessageEvent, "name", { value: "MessageEvent" }); // see `Event`
