import { Buffer } from "node:buffer";
import { prepare, type PreparedMessage } from "../../connection/send/prepared.ts";
import type { Platform } from "../../platform.ts";
import { encodeEvent } from "../../sse/server/encode.ts";
import { encodeHead } from "../../topics/wire.ts";

/** A published message, encoded at most once for each kind of receiver. */
export class TopicMessage {
  readonly topic: string;
  /** The form for WebSockets. */
  readonly plain: PreparedMessage;
  /** The cursor that a returning client sends if this is its last message; `undefined` without a history. */
  readonly cursor: string | undefined;
  /** This process's number of the message; `undefined` for messages of other processes. */
  sequence: number | undefined = undefined;
  private readonly platform: Platform;
  private block: Uint8Array | undefined = undefined;
  private withHead: PreparedMessage | undefined = undefined;

  constructor(platform: Platform, topic: string, plain: PreparedMessage, cursor?: string) {
    this.platform = platform;
    this.topic = topic;
    this.plain = plain;
    this.cursor = cursor;
  }

  get payload(): Uint8Array {
    return this.plain.payload(this.platform);
  }

  /** The form for event streams: an event of type `message`; bytes are read as UTF-8. */
  get event(): Uint8Array {
    if (this.block !== undefined) return this.block;
    const { buffer, byteOffset, byteLength } = this.payload;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    return (this.block = this.platform.encodeUtf8(encodeEvent(text, { id: this.cursor })));
  }

  /** The form for WebSockets that speak the subprotocol. */
  get framed(): PreparedMessage {
    const { topic, cursor } = this;
    const head = encodeHead({ word: "message", cursor, topic });
    return (this.withHead ??= headed(this.platform, head, this.plain));
  }
}

/** Returns a message with a line before it. */
export function headed(
  platform: Platform,
  head: string,
  message: PreparedMessage,
): PreparedMessage {
  const line = platform.encodeUtf8(head);
  const payload = message.payload(platform);
  const bytes = new Uint8Array(line.length + payload.length);
  bytes.set(line);
  bytes.set(payload, line.length);
  const { compress, kind } = message;
  return prepare(bytes, { compress, binary: kind === "binary" });
}
