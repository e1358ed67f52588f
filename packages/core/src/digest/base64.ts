const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Returns `bytes` in base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text +=
      ALPHABET[group >> 18]! +
      ALPHABET[(group >> 12) & 63]! +
      ALPHABET[(group >> 6) & 63]! +
      ALPHABET[group & 63]!;
  }
  const rest = bytes.length - i;
  if (rest === 0) return text;
  const group = (bytes[i]! << 16) | (rest === 2 ? bytes[i + 1]! << 8 : 0);
  return (
    text +
    ALPHABET[group >> 18]! +
    ALPHABET[(group >> 12) & 63]! +
    (rest === 2 ? ALPHABET[(group >> 6) & 63]! : "=") +
    "="
  );
}

/**
 * Tells whether `text` is padded base64 that decodes to exactly `size` bytes. Pad bits that are not
 * zero are let pass, as every common decoder does (RFC 4648 §3.5 leaves it open).
 */
export function isBase64Of(text: string, size: number): boolean {
  const digits = Math.ceil((size * 4) / 3);
  if (text.length !== Math.ceil(size / 3) * 4) return false;
  for (let i = 0; i < text.length; i++) {
    if (i < digits ? !ALPHABET.includes(text[i]!) : text[i] !== "=") return false;
  }
  return true;
}
