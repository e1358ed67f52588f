import type { Platform } from "../../platform.ts";
import { decodeHead, type Head, readHead } from "../../topics/wire.ts";
import type { MessageData } from "../events/message-event.ts";

/** The first line of a server's message, and where its payload begins, in characters or bytes. */
export interface Arrival extends Head {
  readonly payload: number;
}

/** Reads the first line of a message as an application gets it; `undefined` if it has none. */
export function readArrival(platform: Platform, data: MessageData): Arrival | undefined {
  if (typeof data === "string") {
    const end = data.indexOf("\n");
    const head = end < 0 ? undefined : readHead(data.slice(0, end));
    return head === undefined ? undefined : { ...head, payload: end + 1 };
  }
  if (!(data instanceof Uint8Array) && !(data instanceof ArrayBuffer)) return undefined; // a Blob
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const read = decodeHead(platform, bytes, 0, bytes.length);
  return read === undefined ? undefined : { ...read.head, payload: read.payload };
}

/** Returns the payload after the line, as it came: text, or a view of the same memory. */
export function payloadAfter(data: MessageData, { payload }: Arrival): MessageData {
  if (typeof data === "string" || data instanceof ArrayBuffer) return data.slice(payload);
  return data instanceof Uint8Array ? (data.subarray(payload) as MessageData) : data;
}
