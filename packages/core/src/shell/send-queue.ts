import type { Connection } from "../connection/contract.ts";
import { MessageEvent } from "./message-event.ts";

/** Bytes that can only be had later. */
export interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What can be sent at once, as {@link toSendable} makes it. */
export type Sendable = string | Uint8Array | MessageEvent;

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** Tells whether `data`, which {@link toSendable} has read, is still to be read. */
export const isBlob = (data: Sendable | BlobLike): data is BlobLike =>
  typeof data === "object" && !(data instanceof Uint8Array) && !(data instanceof MessageEvent);

/**
 * Reads what an application wants to send: bytes as binary, whatever holds them; a received event as it came;
 * all else as `String(data)`.
 * @throws {TypeError} for `undefined`, which is never meant.
 */
export function toSendable(data: unknown): Sendable | BlobLike {
  if (typeof data === "string" || data instanceof Uint8Array || data instanceof MessageEvent) return data;
  if (data === undefined) throw new TypeError("Failed to execute 'send' on 'WebSocket': there is nothing to send; pass a string, bytes or a message event");
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (typeof data !== "object" || data === null) return String(data);
  const tag = tagOf(data);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") return new Uint8Array(data as ArrayBuffer);
  return /^\[object (?:Blob|File)\]$/.test(tag) && "arrayBuffer" in data ? data as BlobLike : String(data);
}

/** Sends now. The connection is `sendable`. Returns false where the message was dropped. */
export function sendOn(connection: Connection, data: Sendable, compress: boolean): boolean {
  if (typeof data === "string") return connection.sendText(data, compress);
  if (data instanceof Uint8Array) return connection.sendBinary(data, undefined, undefined, compress);
  return data.relay(connection, compress) ?? sendOn(connection, toSendable(data.data) as Sendable, compress);
}

type Item =
  | [kind: "text" | "binary" | "ping" | "pong", bytes: Uint8Array | undefined, compress: boolean]
  | [kind: "event", event: MessageEvent, compress: boolean]
  | [kind: "blob", blob: BlobLike, compress: boolean];

const sizeOf = ([, data]: Item): number => data === undefined ? 0 : data instanceof Uint8Array ? data.length : data.size;

/**
 * What the application sent and the connection cannot take yet: before the opening, or behind a Blob that is still
 * being read. It keeps the order of calls. Text is encoded at once, so that {@link size} is true; bytes are kept by reference.
 */
export class SendQueue {
  private readonly items: Item[] = [];
  /** Payload bytes that wait. */
  size = 0;

  addMessage(data: Exclude<Sendable, string>, compress: boolean): void {
    this.add(data instanceof Uint8Array ? ["binary", data, compress] : ["event", data, compress]);
  }

  /** Adds a message that is still to be read. `onRead` is called when it can be sent, `onFailure` when it never can. */
  addBlob(blob: BlobLike, compress: boolean, onRead: () => void, onFailure: (error: unknown) => void): void {
    const item: Item = ["blob", blob, compress];
    this.add(item);
    blob.arrayBuffer().then((buffer) => {
      // In place: what was added later stays behind it.
      Object.assign(item, ["binary", new Uint8Array(buffer)]);
      onRead();
    }).catch(onFailure);
  }

  addBytes(kind: "text" | "ping" | "pong", bytes: Uint8Array | undefined, compress = true): void {
    this.add([kind, bytes, compress]);
  }

  /** Sends in order, up to a Blob that is not read yet. Returns whether all is sent. */
  flush(connection: Connection): boolean {
    while (this.items.length > 0 && this.items[0]![0] !== "blob" && connection.sendable) {
      const item = this.items.shift()!;
      this.size -= sizeOf(item);
      send(connection, item);
    }
    return this.items.length === 0;
  }

  private add(item: Item): void {
    this.items.push(item);
    this.size += sizeOf(item);
  }
}

function send(connection: Connection, [kind, data, compress]: Item): boolean | void {
  switch (kind) {
    case "text": return void connection.sendTextBytes(data!, undefined, undefined, compress);
    case "binary": return void connection.sendBinary(data!, undefined, undefined, compress);
    case "event": return sendOn(connection, data, compress);
    case "ping":
    case "pong": return connection[kind](data);
  }
}
