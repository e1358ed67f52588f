/**
 * The message between processes: 16 bytes, then the payload. `version`, `kind`, eight bytes that name
 * the sending process, six of its count, most significant first. A process numbers all its messages in
 * one sequence, so that it keeps nothing per topic; per topic the numbers rise, with gaps.
 */
const VERSION = 1;
const HEADER = 16;

/** The kind of an envelope. `control` is a message of processes to each other. */
export type EnvelopeKind = "text" | "binary" | "control";

const KINDS: readonly EnvelopeKind[] = ["text", "binary", "control"];

export interface Envelope {
  readonly kind: EnvelopeKind;
  /** The process that sent it, 16 hexadecimal digits. */
  readonly origin: string;
  readonly sequence: number;
  /** A view of the received bytes: do not change it, nor keep it beyond the call where a broker's client reuses its memory. */
  readonly payload: Uint8Array;
}

/** Writes an envelope into memory of its own. `origin` has 16 hexadecimal digits. */
export function encodeEnvelope({ kind, origin, sequence, payload }: Envelope): Uint8Array {
  const bytes = new Uint8Array(HEADER + payload.length);
  bytes[0] = VERSION;
  bytes[1] = KINDS.indexOf(kind);
  for (let at = 0; at < 8; at++) bytes[2 + at] = parseInt(origin.slice(at * 2, at * 2 + 2), 16);
  let rest = sequence;
  for (let at = HEADER - 1; at >= 10; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(payload, HEADER);
  return bytes;
}

/** Reads an envelope; `undefined` for other bytes, such as another program's on the same subject. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  const kind = KINDS[bytes[1] ?? -1];
  if (bytes.length < HEADER || bytes[0] !== VERSION || kind === undefined) return undefined;
  let sequence = 0;
  for (let at = 10; at < HEADER; at++) sequence = sequence * 256 + bytes[at]!;
  return { kind, origin: hex(bytes, 2, 10), sequence, payload: bytes.subarray(HEADER) };
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at++) text += bytes[at]!.toString(16).padStart(2, "0");
  return text;
}
