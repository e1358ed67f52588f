import { copyOf } from "../../connection/receive/message-parts.ts";
import type { Opening } from "../../opening.ts";
import { headerRecord } from "../events/refusing-response.ts";
import type { Diagnostics } from "./channels.ts";

/** The owner of the channels. */
interface Host {
  readonly diagnostics?: Diagnostics | undefined;
}

/** The listener of a driver: messages name its socket, and before it has one, nothing is published. */
interface Owner {
  readonly webSocket?: object | undefined;
}

/** A socket is open, and its listeners have heard so. */
export function opened(
  { diagnostics }: Host,
  { webSocket }: Owner,
  { protocol, extensions, response }: Opening,
  transport: { readonly remoteAddress?: string | undefined },
): void {
  if (diagnostics?.open.hasSubscribers !== true || webSocket === undefined) return;
  const handshakeResponse = response && {
    status: response.status,
    statusText: response.statusText,
    headers: headerRecord(response.headers),
  };
  diagnostics.open.publish({
    websocket: webSocket,
    address: transport.remoteAddress,
    protocol,
    extensions,
    handshakeResponse,
  });
}

/** A socket is closed, or was never open. */
export function closed(
  { diagnostics }: Host,
  { webSocket }: Owner,
  how: { readonly code: number; readonly reason: string; readonly wasClean: boolean },
): void {
  if (diagnostics?.close.hasSubscribers !== true || webSocket === undefined) return;
  diagnostics.close.publish({ websocket: webSocket, ...how });
}

/** The peer has broken the protocol, or the transport has failed. */
export function failed({ diagnostics }: Host, { webSocket }: Owner, error: unknown): void {
  if (diagnostics?.socketError.hasSubscribers !== true || webSocket === undefined) return;
  diagnostics.socketError.publish({ websocket: webSocket, error });
}

/** A ping or pong has come. The payload is copied. */
export function payloadSeen(
  kind: "ping" | "pong",
  { diagnostics }: Host,
  { webSocket }: Owner,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (diagnostics?.[kind].hasSubscribers !== true || webSocket === undefined) return;
  diagnostics[kind].publish({ websocket: webSocket, payload: copyOf(bytes, start, end) });
}
