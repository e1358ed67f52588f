import { Buffer } from "node:buffer";

/** A `Blob` or `File` of any library. */
export interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export const EMPTY: Buffer = Buffer.alloc(0);

type MakeView = new (buffer: ArrayBufferLike, offset: number, length: number) => Buffer;

/** Node's own class behind `Buffer`: a view made by it costs a third of `Buffer.from()`. Other runtimes may have none. */
const FastBuffer = ((): MakeView | undefined => {
  const species = (Buffer as unknown as Record<symbol, unknown>)[Symbol.species];
  if (typeof species !== "function") return undefined;
  try {
    return Buffer.isBuffer(new (species as MakeView)(new ArrayBuffer(1), 0, 1))
      ? (species as MakeView)
      : undefined;
  } catch {
    return undefined;
  }
})();

/** Returns `bytes[start, end)` as a `Buffer` over the same memory. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Buffer {
  const { buffer, byteOffset } = bytes;
  if (FastBuffer !== undefined) return new FastBuffer(buffer, byteOffset + start, end - start);
  return Buffer.from(buffer, byteOffset + start, end - start);
}

/** Returns data of `send()` as bytes: views and buffers as they are, other values by `Buffer.from()`. */
export function toBuffer(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return viewOf(data as Uint8Array, 0, data.byteLength);
  return Buffer.from(data as string);
}

/** Whether `value` is a `Blob`, of this realm or another's. */
export function isBlob(value: unknown): value is BlobLike {
  if (typeof value !== "object" || value === null) return false;
  const blob = value as Partial<Blob> & { [Symbol.toStringTag]?: string };
  return (
    typeof blob.arrayBuffer === "function" &&
    typeof blob.stream === "function" &&
    (blob[Symbol.toStringTag] === "Blob" || blob[Symbol.toStringTag] === "File")
  );
}

/** Returns the memory of `data` alone, for `binaryType` `"arraybuffer"`. */
function toArrayBuffer(data: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = data;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

export type BinaryType = "nodebuffer" | "arraybuffer" | "fragments" | "blob";

/** Returns a binary message of `size` bytes in `parts` as the type that the application wants. */
export function binaryAs(type: BinaryType, parts: readonly Uint8Array[], size: number): unknown {
  const buffers = parts.map((part) => viewOf(part, 0, part.length));
  if (type === "fragments") return size === 0 ? [] : buffers;
  if (type === "blob") return new Blob(buffers as BlobPart[]);
  const whole =
    size === 0 ? EMPTY : buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers, size);
  return type === "arraybuffer" ? toArrayBuffer(whole) : whole;
}

/** Returns the number of bytes in all of `pieces`. */
export const sizeOf = (pieces: readonly Buffer[]): number =>
  pieces.reduce((size, { length }) => size + length, 0);

/** Returns the number of bytes that `data` is sent as. */
export const lengthOf = (data: unknown): number => toBuffer(data).length;
