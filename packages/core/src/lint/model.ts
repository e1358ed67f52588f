/** The linter's model of a file, and its findings. */

/** One end of a connection. */
export type Side = "client" | "server";

/** The unit that the numbers of a file count. */
export type Unit = "packet" | "entry" | "event" | "line";

/** `violation`: a MUST is broken. `warning`: a SHOULD is broken, or some peers fail. `note`: bytes could not be read, and the reason. */
export type Severity = "violation" | "warning" | "note";

/** A finding: a problem and its place. */
export interface Finding {
  readonly severity: Severity;
  /** The rule, in kebab-case; stable. */
  readonly code: string;
  /** Such as `RFC 6455 §5.1`; empty for a note. */
  readonly clause: string;
  readonly message: string;
  /** The side that broke it; nothing for a note. */
  readonly side: Side | undefined;
  /** The packet, entry, event or line, by its number in the file. */
  readonly place: number;
  /** The conversation of the report; nothing for findings about the file. */
  readonly conversation: number | undefined;
  /** The offset in the side's WebSocket stream, in bytes from the end of the opening. */
  readonly offset: number | undefined;
}

/** A frame as it was seen. */
export interface LintFrame {
  readonly side: Side;
  /** The positions of its beginning and its end. */
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
  /** The numbers of its frames and of their bytes. */
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
  /** The two ends: `127.0.0.1:50000 → 127.0.0.1:80`, or a URL. */
  readonly label: string;
  readonly http: "1.1" | "2";
  readonly request: LintHead | undefined;
  readonly response: LintHead | undefined;
  readonly frames: readonly LintFrame[];
  readonly messages: readonly LintMessage[];
  /** In milliseconds, by side: the end of its stream. */
  readonly ended: Readonly<Partial<Record<Side, number>>>;
  /** In milliseconds: when a side broke the connection off, which ends both streams. */
  readonly broken: number | undefined;
}

/** The result of reading a file. */
export interface LintReport {
  readonly format: "pcap" | "pcapng" | "har" | "netlog" | "trace";
  readonly unit: Unit;
  /** The number of packets, entries, events or lines. */
  readonly count: number;
  readonly conversations: readonly Conversation[];
  /** By their place in the file. */
  readonly findings: readonly Finding[];
}

/** Reports a file that cannot be read: of an unknown format, or broken from its beginning. */
export class LintError extends Error {
  override readonly name = "LintError";
}
