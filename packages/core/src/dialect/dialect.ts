import type { SessionLimits } from "../extension/extension.ts";
import type { HandshakeProblem } from "../handshake/problem.ts";
import type { Acceptance } from "../handshake/response.ts";
import type { Choice, OpeningRequest, Version } from "../opening.ts";

/** The features that an application may use. */
export interface Supports {
  /** Binary messages. */
  readonly binary: boolean;
  /** Pings and pongs. */
  readonly ping: boolean;
  /** A closing handshake. */
  readonly closeHandshake: boolean;
}

/** The differences between the versions of the protocol that a server speaks. One shared object each. */
export interface Dialect {
  readonly version: Version;
  /** How messages are framed: as in RFC 6455, or as in drafts 75 and 76. */
  readonly framing: "hybi" | "hixie";
  readonly supports: Supports;
  /**
   * Accepts `request`, for which this dialect was selected, or returns the problem.
   * @throws {UsageError} for a header that may not be sent.
   */
  respond(
    request: OpeningRequest,
    choice: Choice,
    limits: SessionLimits,
  ): Acceptance | HandshakeProblem;
}
