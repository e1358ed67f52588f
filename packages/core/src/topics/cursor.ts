import { toBase64 } from "../digest/base64.ts";
import type { Platform } from "../platform.ts";

/** The longest cursor to read: {@link Cursors} makes shorter ones of a broker's positions. */
const MOST = 128;

/** The length kept of the code: 128 bits, too many to guess. */
const CODE_BYTES = 16;

/**
 * Writes and reads cursors: a reader's position in a topic, which it sends when it connects again. A cursor holds the position and a code
 * over the topic and the position (HMAC-SHA-256), so no client can request earlier messages, or those of another topic.
 */
export class Cursors {
  private readonly platform: Platform;
  private readonly sign: (bytes: Uint8Array) => Uint8Array;

  /** @param sign the HMAC-SHA-256 of bytes, with a key that is the same in all processes that read each other's cursors */
  constructor(platform: Platform, sign: (bytes: Uint8Array) => Uint8Array) {
    this.platform = platform;
    this.sign = sign;
  }

  /** @param position without line breaks and `.` */
  write(topic: string, position: string): string {
    return `${position}.${this.codeOf(topic, position)}`;
  }

  /** Returns the position; `undefined` for text that is no cursor of this topic. */
  read(topic: string, cursor: string): string | undefined {
    const dot = cursor.indexOf(".");
    if (dot < 0 || cursor.length > MOST) return undefined;
    const position = cursor.slice(0, dot);
    return isEqual(cursor.slice(dot + 1), this.codeOf(topic, position)) ? position : undefined;
  }

  private codeOf(topic: string, position: string): string {
    const code = this.sign(this.platform.encodeUtf8(`${topic}\n${position}`));
    return toBase64(code.subarray(0, CODE_BYTES))
      .replace(/=+$/, "")
      .replace(/\+/g, "-")
      .replace(/\//g, "_");
  }
}

/** Compares in a time that does not depend on the first difference: a code could be guessed letter by letter otherwise. */
function isEqual(given: string, wanted: string): boolean {
  let differs = given.length ^ wanted.length;
  for (let at = 0; at < wanted.length; at++)
    differs |= given.charCodeAt(at) ^ wanted.charCodeAt(at);
  return differs === 0;
}
