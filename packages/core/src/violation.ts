import type { OpeningResponse } from "./opening-response.ts";

const bit = (bits: number, mask: number): number => (bits & mask ? 1 : 0);

/**
 * All violations: a stable code, the close code (RFC 6455 §7.4.1) and the text that goes out as
 * the close reason. A text is a function where it contains a detail.
 * Codes are public API; texts are those of faye-websocket where it has one.
 */
export const violations = {
  "reserved-bits": [
    1002,
    (rsv: number) =>
      `One or more reserved bits are on: reserved1 = ${bit(rsv, 4)}, reserved2 = ${bit(rsv, 2)}, reserved3 = ${bit(rsv, 1)}`,
    "RFC 6455 §5.2",
  ],
  "unknown-opcode": [
    1002,
    (opcode: number) => `Unrecognized frame opcode: ${opcode}`,
    "RFC 6455 §5.2",
  ],
  "mask-required": [
    1002,
    (opcode: number) =>
      opcode === 8
        ? "Received unmasked close frame but masking is required: proxies such as Caddy make one of their own when they reload"
        : "Received unmasked frame but masking is required",
    "RFC 6455 §5.1",
  ],
  "mask-forbidden": [1002, "Received masked frame but masking is forbidden", "RFC 6455 §5.1"],
  "fragmented-control": [
    1002,
    (opcode: number) => `Received fragmented control frame: opcode = ${opcode}`,
    "RFC 6455 §5.5",
  ],
  "oversized-control": [
    1002,
    (length: number) => `Received control frame having too long payload: ${length}`,
    "RFC 6455 §5.5",
  ],
  "non-minimal-length": [
    1002,
    (length: number) => `Received frame whose length is not in its shortest form: ${length}`,
    "RFC 6455 §5.2",
  ],
  "invalid-length": [
    1002,
    "Received 64-bit frame length whose most significant bit is on",
    "RFC 6455 §5.2",
  ],
  "unexpected-continuation": [1002, "Received unexpected continuation frame", "RFC 6455 §5.4"],
  "interrupted-message": [
    1002,
    "Received new data frame but previous continuous frame is unfinished",
    "RFC 6455 §5.4",
  ],
  "invalid-close": [1002, "Received malformed close frame", "RFC 6455 §5.5.1"],
  "invalid-close-code": [
    1002,
    (code: number) => `Received close frame with an invalid code: ${code}`,
    "RFC 6455 §7.4",
  ],
  "invalid-close-reason": [
    1007,
    "Received close frame whose reason is not UTF-8",
    "RFC 6455 §5.5.1",
  ],
  "invalid-utf8": [1007, "Could not decode a text frame as UTF-8", "RFC 6455 §8.1"],
  "message-too-big": [1009, "WebSocket frame length too large", "RFC 6455 §10.4"],
  "too-many-fragments": [
    1008,
    (count: number) => `Message has more than ${count} fragments`,
    "RFC 6455 §10.4",
  ],
  "invalid-compressed-data": [1007, "Could not decompress a message", "RFC 7692 §7.2.2"],
  "compression-failed": [1011, "Could not compress a message", "RFC 7692 §7.2.1"],
  "extension-failed": [1010, "An extension could not process a message", "RFC 6455 §9"],
  "output-overflow": [
    1013,
    (limit: number) => `More than ${limit} bytes wait to be sent and are not being read`,
    "RFC 6455 §10.4",
  ],
  "handshake-failed": [1002, "The opening handshake failed", "RFC 6455 §4"],
  "opening-refused": [
    1006,
    (status: number) => `Error during WebSocket handshake: Unexpected response code: ${status}`,
    "RFC 6455 §4.1",
  ],
  "redirect-refused": [
    1006,
    "The server redirects to where this client does not go",
    "RFC 6455 §4.1",
  ],
  "proxy-refused": [
    1006,
    (status: number) => `The proxy refused to connect: ${status}`,
    "RFC 9110 §9.3.6",
  ],
  "handshake-timeout": [
    1006,
    (ms: number) => `The opening handshake took longer than ${ms} ms`,
    "RFC 6455 §4",
  ],
  "pong-timeout": [
    1006,
    (ms: number) => `No pong came within ${ms} ms of a ping`,
    "RFC 6455 §5.5.3",
  ],
} as const satisfies Record<
  string,
  readonly [closeCode: number, text: string | ((detail: number) => string), clause: string]
>;

/** The code of a violation: stable, for programs. */
export type ViolationCode = keyof typeof violations;

/** The details of a violation. */
export interface ViolationDetails {
  /** The server's response, where it refused a client. */
  readonly response?: OpeningResponse | undefined;
  /** The offset in the peer's stream at which it was found. */
  readonly offset?: number | undefined;
  /** The underlying error: of zlib, of an extension. */
  readonly cause?: unknown;
  /** The size in bytes of a message that is too big, as far as its frames declare it. */
  readonly size?: number | undefined;
  /** The option whose limit a message exceeds. */
  readonly option?: "maxMessageSize" | "maxStreamSize" | undefined;
}

/** Describes a peer's violation of a rule or a limit. The core emits it to the application and never throws it. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
  /** The violated rule, in kebab-case; stable. */
  readonly code: ViolationCode;
  /** The WebSocket close code for it. */
  readonly closeCode: number;
  /**
   * Its offset in the peer's stream, in bytes from the end of the opening: the first byte of the frame or, in uncompressed text
   * that is not UTF-8, the invalid octet. It does not depend on how the stream was cut into chunks.
   * `undefined` for violations outside the stream: an opening that failed, a timeout, output that the peer does not read.
   */
  readonly offset: number | undefined;
  /** The server's response, where it refused a client. */
  readonly response: OpeningResponse | undefined;
  /**
   * The invalid number, as it came: the reserved bits (RSV1 being 4), the opcode, the length, the close code; or
   * the exceeded limit, in its own unit. 0 where no number belongs to the code.
   */
  readonly detail: number;
  /** The size in bytes of a message that is too big, as far as its frames declare it. `undefined` where unknown, as for inflated ones. */
  readonly size: number | undefined;
  /** The option whose limit a message exceeds; {@link detail} is the limit. */
  readonly option: "maxMessageSize" | "maxStreamSize" | undefined;

  /** @param detail a number for the text, or a text in place of the table's */
  constructor(
    code: ViolationCode,
    detail: number | string = 0,
    { response, offset, cause, size, option }: ViolationDetails = {},
  ) {
    const [closeCode, text] = violations[code];
    super(
      typeof detail === "string" ? detail : typeof text === "string" ? text : text(detail),
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.closeCode = closeCode;
    this.offset = offset;
    this.response = response;
    this.size = size;
    this.option = option;
    this.detail = typeof detail === "number" ? detail : 0;
  }
}

/** Reports a caller's mistake: commands throw it, and then have changed nothing. */
export class UsageError extends TypeError {
  override readonly name = "UsageError";
}
