import { ASCII, NOT_UTF8, type Platform, UTF8 } from "../platform.ts";

/**
 * A platform of the language's own parts, the same on every runtime: slow, plain, and with randomness that is a
 * counter, so that tests can predict the bytes.
 */
export function createTestPlatform(): Platform {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  let counter = 0;
  return {
    randomFill: (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = counter = (counter * 5 + 17) & 255;
    },
    checkUtf8(bytes, start, end) {
      try {
        const text = decoder.decode(bytes.subarray(start, end));
        return text.length === end - start ? ASCII : UTF8;
      } catch {
        return NOT_UTF8;
      }
    },
    decodeUtf8: (bytes, start, end) => decoder.decode(bytes.subarray(start, end)),
    encodeUtf8Into: (text, into, offset) => encoder.encodeInto(text, into.subarray(offset)).written,
    encodeUtf8: (text) => encoder.encode(text),
    allocate: (size) => new Uint8Array(size).fill(0xaa), // memory that was not overwritten shows
    now: () => 0,
  };
}
