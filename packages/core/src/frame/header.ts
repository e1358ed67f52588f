/** FIN: the message ends with this frame. */
export const FIN = 0x80;

/** Beside an opcode: the message goes on after this frame. */
export const MORE = 0x80;

/** The longest frame header: 2 bytes, an 8-byte length, a 4-byte masking key (RFC 6455 §5.2). */
export const MAX_HEADER = 14;

/** The size of the shortest header for a payload of `size` bytes, without a masking key. */
export function headerSizeOf(size: number): number {
  return size < 126 ? 2 : size < 65536 ? 4 : 10;
}

/**
 * Writes the first `header` bytes of a frame at `at`: `header` is the result of {@link headerSizeOf}.
 * `first` is the octet of FIN, RSV and opcode; `mask` is 0x80 where a masking key follows, else 0.
 */
export function writeHeader(
  into: Uint8Array,
  at: number,
  header: number,
  first: number,
  mask: number,
  size: number,
): void {
  into[at] = first;
  if (header === 2) into[at + 1] = mask | size;
  else if (header === 4) {
    into[at + 1] = mask | 126;
    into[at + 2] = size >> 8;
    into[at + 3] = size;
  } else {
    into[at + 1] = mask | 127;
    writeUint32(into, at + 2, Math.floor(size / 0x1_0000_0000));
    writeUint32(into, at + 6, size >>> 0);
  }
}

/** Writes `value` in network byte order, as lengths and masking keys are. */
export function writeUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}
