/** What a linter reads out of a file, and what it says of it. */

/** One end of a connection. */
export type Side = "client" | "server";

/** What the numbers in a file count. */
export type Unit = "packet" | "entry" | "event" | "line";

/** `violation`: a MUST is broken. `warning`: a SHOULD, or what breaks with some peers. `note`: what could not be read, and why. */
export type Severity = "violation" | "warning" | "note";

/** What is wrong, and where. */
export interface Finding {
  readonly severity: Severity;
  /** Which rule, in kebab-case; stable. */
  readonly code: string;
  /** Such as `RFC 6455 §5.1`; empty for a note. */
  readonly clause: string;
  readonly message: string;
  /** Who broke it; nothing for a note. */
  readonly side: Side | undefined;
  /** The packet, entry, event or line, by its number in the file. */
  readonly place: number;
  /** Which conversation of the report; nothing for what concerns the file. */
  readonly conversation: number | undefined;
  /** Where in the side's WebSocket stream, in bytes from the end of the opening. */
  readonly offset: number | undefined;
}

/** A frame as it was seen. */
export interface LintFrame {
  readonly side: Side;
  /** Where it begins, and where it is complete. */
  readonly place: number;
  readonly lastPlace: number;
  /** In milliseconds, since 1970 or since the file began. */
  readonly time: number;
  readonly fin: boolean;
  /** RSV1 is 4. */
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  /** Bytes of payload, seen or not. */
  readonly length: number;
  /** In bytes from the end of the opening, in the side's stream. */
  readonly offset: number;
  /** Unmasked. Nothing where the file does not have it. */
  readonly payload: Uint8Array | undefined;
  /** The message it belongs to, by its index in the conversation. */
  readonly message: number;
}

/** A message, or a control frame. */
export interface LintMessage {
  readonly side: Side;
  readonly kind: "text" | "binary" | "close" | "ping" | "pong" | "unknown";
  readonly place: number;
  readonly lastPlace: number;
  readonly time: number;
  /** How many frames it has, and how many bytes they carry. */
  readonly frames: number;
  readonly wireSize: number;
  readonly compressed: boolean;
  /** Decompressed. Nothing where it could not be, or was not seen. */
  readonly data: Uint8Array | undefined;
}

/** A header section, as it was seen. */
export interface LintHead {
  readonly place: number;
  readonly time: number;
  /** Such as `GET /chat HTTP/1.1`, or `HTTP/1.1 101 Switching Protocols`. */
  readonly start: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** One WebSocket. */
export interface Conversation {
  readonly id: number;
  /** Who talks to whom: `127.0.0.1:50000 → 127.0.0.1:80`, or a URL. */
  readonly label: string;
  readonly http: "1.1" | "2";
  readonly request: LintHead | undefined;
  readonly response: LintHead | undefined;
  readonly frames: readonly LintFrame[];
  readonly messages: readonly LintMessage[];
  /** In milliseconds, by side: where its stream ended. */
  readonly ended: Readonly<Partial<Record<Side, number>>>;
}

/** What was read out of a file. */
export interface LintReport {
  readonly format: "pcap" | "pcapng" | "har" | "netlog" | "trace";
  readonly unit: Unit;
  /** How many packets, entries, events or lines there are. */
  readonly count: number;
  readonly conversations: readonly Conversation[];
  /** By their place in the file. */
  readonly findings: readonly Finding[];
}

/** What cannot be read: no known format, or one that is broken at once. */
export class LintError extends Error {
  override readonly name = "LintError";
}
