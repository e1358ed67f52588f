import type { Platform } from "./platform.ts";
import { UsageError } from "./violation.ts";

/** The code reported for an empty close frame of the peer. Never on the wire (RFC 6455 §7.4.1). */
export const NO_STATUS = 1005;
/** The code reported when no close frame came. Never on the wire (RFC 6455 §7.4.1). */
export const ABNORMAL = 1006;

/** The longest close reason in bytes of UTF-8: a control frame's 125, less the code (RFC 6455 §5.5). */
const MAX_REASON = 123;
const EMPTY = new Uint8Array(0);

/**
 * Returns whether a peer's close frame may carry `code`: 1000–1003 and 1007–1011 of RFC 6455 §7.4.1,
 * 1012–1014 as registered since with IANA, and 3000–4999 for libraries and applications (§7.4.2).
 */
export const isReceivableCloseCode = (code: number): boolean =>
  Number.isInteger(code) &&
  ((code >= 1000 && code <= 1003) ||
    (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999));

/** Returns whether our own close frame may carry `code`: the rules for a peer's apply. */
export const isSendableCloseCode: (code: number) => boolean = isReceivableCloseCode;

/**
 * Makes the payload of a close frame (RFC 6455 §5.5.1) in memory the caller owns; an `undefined`
 * code makes an empty one.
 *
 * @param truncate cuts a reason that is too long after a whole character: for texts of this
 *   library, which may quote a peer
 * @throws {UsageError} for a code that may not be sent, a reason without a code, or a reason of more
 *   than 123 bytes in UTF-8.
 */
export function encodeClosePayload(
  platform: Platform,
  code: number | undefined,
  reason: string,
  truncate = false,
): Uint8Array {
  if (code === undefined) {
    if (reason !== "") throw new UsageError("A close reason needs a close code");
    return EMPTY;
  }
  if (!isSendableCloseCode(code)) {
    throw new UsageError(
      `Close code must be 1000–1003, 1007–1014 or 3000–4999, got ${String(code)}`,
    );
  }
  if (typeof reason !== "string")
    throw new UsageError(`Close reason must be a text, got ${String(reason)}`);
  // A UTF-16 unit makes at least one byte, so this much of a long reason shows that it is too long.
  const text = reason.slice(0, MAX_REASON + 1);
  const payload = platform.allocate(2 + 3 * text.length);
  payload[0] = code >> 8;
  payload[1] = code & 255;
  let end = 2 + platform.encodeUtf8Into(text, payload, 2);
  if (end > 2 + MAX_REASON) {
    if (!truncate)
      throw new UsageError(
        `Close reason must be at most ${MAX_REASON} bytes of UTF-8, got more: ${JSON.stringify(text)}…`,
      );
    end = 2 + MAX_REASON;
    while ((payload[end]! & 0xc0) === 0x80) end--;
  }
  return payload.subarray(0, end);
}
