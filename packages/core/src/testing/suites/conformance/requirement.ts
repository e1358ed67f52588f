import { equal, ok, pass } from "../../assertion.ts";
import type { ConnectOptions, PublicSocket, Harness, ServeOptions } from "../harness.ts";
import { echo } from "../../journal.ts";
import { type Line, onClient, onServer } from "../../wire/line.ts";
import {
  BINARY,
  CLOSE,
  closePayload,
  encodeFrame,
  type FrameInit,
  octets,
  TEXT,
} from "../../wire/frames.ts";

/** Shows that the library, in one role, does what a clause asks. It passed unless this rejects. */
export type Check = (harness: Harness) => Promise<void>;

/** The documents beside RFC 6455. */
export type OtherDocument = "RFC 7692" | "draft 75" | "draft 76";

/** One MUST. */
export interface Requirement {
  /** Where it stands. @defaultValue RFC 6455 */
  readonly document?: OtherDocument;
  /** The section, as `"5.2"`. */
  readonly clause: string;
  /** The requirement in our words, with the tried input. */
  readonly must: string;
  readonly server?: Check;
  readonly client?: Check;
}

/** Uses an open connection in whichever role is being checked. */
export type Exchange = (line: Line, role: "server" | "client") => Promise<void>;

/** A row for both roles, on a connection that is open and echoes messages. */
export function both(
  clause: string,
  must: string,
  exchange: Exchange,
  options?: ServeOptions & ConnectOptions,
): Requirement {
  return { clause, must, ...asServer(exchange, options), ...asClient(exchange, options) };
}

/** A row's server half. */
export function asServer(
  exchange: Exchange,
  options?: ServeOptions,
  setup: (socket: PublicSocket) => void = echo,
): { server: Check } {
  return {
    server: (harness) => onServer(harness, (line) => exchange(line, "server"), setup, options),
  };
}

/** A row's client half. */
export function asClient(
  exchange: Exchange,
  options?: ConnectOptions,
  setup: (socket: PublicSocket) => void = echo,
): { client: Check } {
  return {
    client: (harness) => onClient(harness, (line) => exchange(line, "client"), setup, options),
  };
}

/** Sends frames that break a rule: the library must answer with a close of `code`, end, and have emitted only `heard`. */
export function fails(
  code: number | readonly number[],
  frames: readonly FrameInit[],
  heard: readonly string[] = [],
): Exchange {
  return async (line) => {
    line.peer.send(...frames);
    await failed(line, code, heard);
  };
}

/** The library must now fail the connection with `code` (RFC 6455 §7.1.7), having echoed what it heard before. */
export async function failed(
  { peer, journal }: Line,
  code: number | readonly number[],
  heard: readonly string[] = [],
): Promise<void> {
  const codes = typeof code === "number" ? [code] : code;
  let answered = 0;
  let frame = await peer.frame(`a close frame with ${codes.join(" or ")}`);
  for (
    ;
    frame.opcode !== CLOSE;
    frame = await peer.frame(`a close frame with ${codes.join(" or ")}`)
  )
    answered++;
  equal(answered, heard.length, "echoes before the close frame");
  const sent = (frame.payload[0]! << 8) | frame.payload[1]!;
  ok(codes.includes(sent), `failed with ${sent}, expected ${codes.join(" or ")}`);
  if (!peer.masks) peer.end(); // the server ends first (RFC 6455 §7.1.1)
  await peer.whenEnded();
  equal(peer.pending.length, 0, "bytes after the close frame");
  peer.end();
  const closed = await journal.close();
  equal([closed.code, closed.wasClean], [sent, false], "what the application is told");
  equal(journal.messages, heard, "messages emitted");
}

/** Sends frames and expects the messages to be echoed, in order, and the connection to stay open. */
export function echoes(
  frames: readonly FrameInit[],
  messages: readonly (string | Uint8Array)[],
): Exchange {
  return async (line) => {
    line.peer.send(...frames);
    await echoed(line, messages);
  };
}

/** The library must now echo `messages`, and still be open. */
export async function echoed(
  { peer, journal }: Line,
  messages: readonly (string | Uint8Array)[],
): Promise<void> {
  for (const [at, message] of messages.entries()) {
    const frame = await peer.frame(`echo ${at}`);
    equal(frame.opcode, typeof message === "string" ? TEXT : BINARY, `opcode of echo ${at}`);
    equal(frame.payload, octets(message), `echo ${at}`);
  }
  equal(journal.messages, messages, "messages emitted");
  equal(journal.socket.readyState, 1, "readyState");
}

/** Sends bytes in pieces of `size`, letting each arrive by itself. */
export async function trickle({ peer }: Line, bytes: Uint8Array, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) {
    peer.write(bytes.subarray(at, at + size));
    await pass(0);
  }
}

/** The bytes of frames, as the line's peer sends them. */
export function bytesOf({ peer }: Line, ...frames: readonly FrameInit[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((frame) => [...encodeFrame(frame, peer.masks)]));
}

/** A close frame. */
export function close(code?: number, reason: string | Uint8Array = ""): FrameInit {
  return { opcode: CLOSE, payload: code === undefined ? "" : closePayload(code, reason) };
}

/** A text message in one frame. */
export function text(payload: string | Uint8Array, more: Partial<FrameInit> = {}): FrameInit {
  return { opcode: TEXT, payload, ...more };
}

/** A binary message in one frame. */
export function binary(payload: Uint8Array | string, more: Partial<FrameInit> = {}): FrameInit {
  return { opcode: BINARY, payload, ...more };
}
