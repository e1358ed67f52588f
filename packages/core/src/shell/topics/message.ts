import { Buffer } from "node:buffer";
import type { PreparedMessage } from "../../connection/send/prepared.ts";
import type { Platform } from "../../platform.ts";
import { encodeEvent } from "../../sse/server/encode.ts";

/** What is published, encoded at most once for each kind of receiver. */
export class TopicMessage {
  readonly topic: string;
  /** As WebSockets get it. */
  readonly plain: PreparedMessage;
  private readonly platform: Platform;
  private block: Uint8Array | undefined = undefined;

  constructor(platform: Platform, topic: string, plain: PreparedMessage) {
    this.platform = platform;
    this.topic = topic;
    this.plain = plain;
  }

  get payload(): Uint8Array {
    return this.plain.payload(this.platform);
  }

  /** As event streams get it: an event of type `message`; bytes are read as UTF-8. */
  get event(): Uint8Array {
    if (this.block !== undefined) return this.block;
    const { buffer, byteOffset, byteLength } = this.payload;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    return (this.block = this.platform.encodeUtf8(encodeEvent(text)));
  }
}
