import type { SessionLimits } from "../extension/extension.ts";
import type { HandshakeProblem } from "../handshake/problem.ts";
import type { Acceptance } from "../handshake/response.ts";
import type { Choice, OpeningRequest, Version } from "../opening.ts";

/** What an application may count on. */
export interface Supports {
  /** Binary messages. */
  readonly binary: boolean;
  /** Pings and pongs. */
  readonly ping: boolean;
  /** Whether both sides say that they close. */
  readonly closeHandshake: boolean;
}

/** What differs between the versions of the protocol that a server speaks. One shared object each. */
export interface Dialect {
  readonly version: Version;
  /** How messages are framed: as in RFC 6455, or as in drafts 75 and 76. */
  readonly framing: "hybi" | "hixie";
  readonly supports: Supports;
  /**
   * Accepts `request`, for which this dialect was selected, or tells why that cannot be.
   * @throws {UsageError} for a header that may not be sent.
   */
  respond(
    request: OpeningRequest,
    choice: Choice,
    limits: SessionLimits,
  ): Acceptance | HandshakeProblem;
}
