import { isBase64Of, toBase64 } from "../digest/base64.ts";
import { sha1 } from "../digest/sha1.ts";
import { toLatin1 } from "../http/latin1.ts";

/** Known to both sides, so that only a WebSocket server can answer (RFC 6455 §1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Returns the `Sec-WebSocket-Accept` that answers the `Sec-WebSocket-Key` `key` (RFC 6455 §4.2.2). */
export function acceptKeyOf(key: string): string {
  return toBase64(sha1(toLatin1(key + GUID)));
}

/** Returns whether `key` is 16 bytes in base64, as a `Sec-WebSocket-Key` must be (RFC 6455 §4.1). */
export function isOpeningKey(key: string): boolean {
  return isBase64Of(key, 16);
}
