import { ABNORMAL, encodeClosePayload, isReceivableCloseCode, NO_STATUS } from "../close-code.ts";
import { NOT_UTF8, type Platform } from "../platform.ts";
import { ProtocolViolation, type ViolationCode } from "../violation.ts";
import { copyOf } from "./receive/message-parts.ts";

const EMPTY = new Uint8Array(0);

/** The causes, other than violations, of a close without a complete closing handshake. Codes are stable. */
export const closeCauses = {
  "peer-ended": "The peer ended the connection without a close frame",
  "connection-lost": "The connection was lost: the peer reset it, or it was cut on the way",
  "close-timeout": "The peer did not finish the closing handshake in time",
  terminated: "terminate() was called on this side",
} as const;

export type CloseCauseCode = keyof typeof closeCauses;

/**
 * Records how a connection ends: the payload of our close frame, and the report of `onClose`
 * (RFC 6455 §7.1.5, §7.1.6). The chart decides when; the record holds the codes and reasons.
 */
export class CloseRecord {
  /** The payload of our close frame. */
  payload: Uint8Array = EMPTY;
  code: number = ABNORMAL;
  reason = "";
  /** Whether our close frame has gone out. */
  sent = false;
  private received = false; // whether the peer's has arrived
  /** Which side began to end the connection. */
  initiator: "local" | "peer" = "local";
  private begun = false;
  private why: ProtocolViolation | CloseCauseCode | undefined = undefined;

  /** Records which side began to end the connection, and how; only the first call counts for each. */
  begin(initiator: "local" | "peer", why?: ProtocolViolation | CloseCauseCode): void {
    if (!this.begun) this.initiator = initiator;
    this.begun = true;
    this.why ??= why;
  }

  /** The cause of a close without a complete closing handshake; `undefined` after a complete one. */
  get cause(): ProtocolViolation | CloseCauseCode | undefined {
    return this.clean ? undefined : this.why;
  }

  /** Whether too much output waited. */
  get overflowed(): boolean {
    return this.why instanceof ProtocolViolation && this.why.code === "output-overflow";
  }

  /** Whether the closing handshake went both ways (RFC 6455 §7.1.4). */
  get clean(): boolean {
    return this.received && this.sent;
  }

  /** The peer broke the protocol, or the opening handshake failed. */
  fail(violation: ProtocolViolation, platform: Platform, reasons = true): void {
    this.received = false; // a close frame of the peer no longer counts
    this.begin("local", violation);
    this.code = violation.closeCode;
    this.reason = this.code === ABNORMAL ? "" : violation.message;
    if (this.code !== ABNORMAL)
      this.payload = encodeClosePayload(platform, this.code, reasons ? this.reason : "", true);
  }

  /** Reads the peer's close frame. Returns its violation; `undefined` for a valid frame. */
  receive(
    platform: Platform,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ViolationCode | undefined {
    const size = end - start;
    if (size === 1) return "invalid-close";
    const code = size === 0 ? NO_STATUS : codeOf(bytes, start);
    const from = Math.min(start + 2, end);
    if (size > 0 && !isReceivableCloseCode(code)) return "invalid-close-code";
    if (platform.checkUtf8(bytes, from, end) === NOT_UTF8) return "invalid-close-reason";
    this.code = code;
    this.reason = platform.decodeUtf8(bytes, from, end, false);
    this.received = true;
    this.begin("peer");
    return undefined;
  }

  /** Copies the peer's close code into our close frame (RFC 6455 §5.5.1). */
  echo(bytes: Uint8Array, start: number, end: number): void {
    this.payload = copyOf(bytes, start, end);
  }
}

/** The code a close frame of two bytes or more carries. */
export const codeOf = (bytes: Uint8Array, start: number): number =>
  (bytes[start]! << 8) | bytes[start + 1]!;
