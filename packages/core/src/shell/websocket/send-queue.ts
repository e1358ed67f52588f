import type { Connection } from "../../connection/contract.ts";
import { PreparedMessage } from "../../connection/send/prepared.ts";
import { Queue } from "../../connection/buffer/queue.ts";
import { MessageEvent } from "../events/message-event.ts";
import { refuseUnsendable } from "./sending/unsendable.ts";

/** A Blob: its bytes come later. */
export interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Data that can be sent at once, as {@link toSendable} makes it. */
export type Sendable = string | Uint8Array | MessageEvent | PreparedMessage;

/** A message that is sent while it is read. Messages behind it wait until it has finished. */
export interface StreamLike {
  readonly finished: boolean;
  /** Starts it, when its turn has come. May be called more than once. */
  start(): void;
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** Whether the bytes of `data`, as {@link toSendable} returned it, are still to be read. */
export const isBlob = (data: Sendable | BlobLike): data is BlobLike =>
  typeof data === "object" &&
  !(data instanceof Uint8Array) &&
  !(data instanceof MessageEvent) &&
  !(data instanceof PreparedMessage);

/**
 * Reads an argument of `send`: bytes of any kind as binary, a received event or a prepared message as it is,
 * any other value as `String(data)`.
 * @param isModern whether to refuse data without a text of its own: true except for the compatible constructors
 * @throws {TypeError} for `undefined`, which is always a mistake.
 */
export function toSendable(data: unknown, isModern = false): Sendable | BlobLike {
  if (
    typeof data === "string" ||
    data instanceof Uint8Array ||
    data instanceof MessageEvent ||
    data instanceof PreparedMessage
  )
    return data;
  if (data === undefined)
    throw new TypeError(
      "Failed to execute 'send' on 'WebSocket': there is nothing to send; pass a string, bytes or a message event",
    );
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : convert(data, isModern);
}

function convert(data: unknown, isModern: boolean): Sendable | BlobLike {
  const tag = tagOf(data);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]")
    return new Uint8Array(data as ArrayBuffer);
  if (/^\[object (?:Blob|File)\]$/.test(tag) && "arrayBuffer" in (data as object))
    return data as BlobLike;
  if (isModern) refuseUnsendable(data);
  return String(data);
}

/** Sends a message now, on a connection that is `sendable`. Returns false if the connection dropped it. */
export function sendOn(connection: Connection, data: Sendable, compress: boolean): boolean {
  if (typeof data === "string") return connection.sendText(data, compress);
  if (data instanceof Uint8Array)
    return connection.sendBinary(data, undefined, undefined, compress);
  if (data instanceof PreparedMessage) return connection.sendPrepared(data);
  return (
    data.relay(connection, compress) ??
    sendOn(connection, toSendable(data.data) as Sendable, compress)
  );
}

type Item =
  | [kind: "text" | "binary" | "ping" | "pong", bytes: Uint8Array | undefined, compress: boolean]
  | [kind: "event", event: MessageEvent, compress: boolean]
  | [kind: "blob", blob: BlobLike, compress: boolean]
  | [kind: "stream", stream: StreamLike]
  | [kind: "outcome", report: (outcome: Outcome) => void];

/** The outcome of a message that waited: the connection took it, dropped it, or ended first. */
type Outcome = "sent" | "dropped" | "lost";

const sizeOf = ([, data]: Item): number =>
  data === undefined || typeof data === "function" || "finished" in data
    ? 0
    : data instanceof Uint8Array
      ? data.length
      : data.size;

/**
 * Keeps messages that the connection cannot take yet: before it is open, or behind a Blob that is still
 * being read. It keeps the order of calls. It encodes text at once, so that {@link size} is exact, and keeps bytes by reference.
 */
export class SendQueue {
  private readonly items = new Queue<Item>();
  /** Payload bytes that wait. */
  size = 0;
  private taken = true; // whether the connection took the last message

  addMessage(data: Uint8Array | MessageEvent, compress: boolean): void {
    this.add(data instanceof Uint8Array ? ["binary", data, compress] : ["event", data, compress]);
  }

  /** Adds a Blob, and calls `onRead` when it can be sent, or `onFailure` if it cannot be read. */
  addBlob(
    blob: BlobLike,
    compress: boolean,
    onRead: () => void,
    onFailure: (error: unknown) => void,
  ): void {
    const item: Item = ["blob", blob, compress];
    this.add(item);
    blob
      .arrayBuffer()
      .then((buffer) => {
        // In place: messages added later stay behind it.
        Object.assign(item, ["binary", new Uint8Array(buffer)]);
        onRead();
      })
      .catch(onFailure);
  }

  addStream(stream: StreamLike): void {
    this.add(["stream", stream]);
  }

  /** Whether a stream is under way: pings and pongs may go out between its pieces. */
  get streams(): boolean {
    return this.items.first?.[0] === "stream";
  }

  addBytes(
    kind: "text" | "binary" | "ping" | "pong",
    bytes: Uint8Array | undefined,
    compress = true,
  ): void {
    this.add([kind, bytes, compress]);
  }

  /** Calls `report` with the outcome of the message that was added last. */
  addOutcome(report: (outcome: Outcome) => void): void {
    this.add(["outcome", report]);
  }

  /** Drops all waiting messages, since the connection has ended. */
  abandon(): void {
    for (let item = this.items.shift(); item !== undefined; item = this.items.shift())
      if (item[0] === "outcome") item[1]("lost");
    this.size = 0;
  }

  /** Sends in order, up to a Blob that is not read or a stream that has not finished. Returns whether all messages are sent. */
  flush(connection: Connection): boolean {
    while (this.items.length > 0 && connection.sendable) {
      const item = this.items.first!;
      if (item[0] === "stream") item[1].start();
      if (item[0] === "blob" || (item[0] === "stream" && !item[1].finished)) break;
      if (this.items.first !== item) continue; // it finished at once, and has removed itself
      this.items.shift();
      this.size -= sizeOf(item);
      if (item[0] === "outcome") item[1](this.taken ? "sent" : "dropped");
      else this.taken = send(connection, item) !== false;
    }
    return this.items.length === 0;
  }

  private add(item: Item): void {
    this.items.push(item);
    this.size += sizeOf(item);
  }
}

function send(connection: Connection, [kind, data, compress = true]: Item): boolean | void {
  switch (kind) {
    case "text":
      return connection.sendTextBytes(data!, undefined, undefined, compress);
    case "binary":
      return connection.sendBinary(data!, undefined, undefined, compress);
    case "event":
      return sendOn(connection, data, compress);
    case "ping":
    case "pong":
      return connection[kind](data);
  }
}
