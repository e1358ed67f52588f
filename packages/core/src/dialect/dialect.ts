import type { HandshakeProblem } from "../handshake/problem.ts";
import type { Acceptance } from "../handshake/response.ts";
import type { Choice, OpeningRequest, Version } from "../opening.ts";

/** What differs between the versions of the protocol that a server speaks. One shared object each. */
export interface Dialect {
  readonly version: Version;
  /** What an application may count on. */
  readonly supports: {
    readonly binary: boolean;
    readonly ping: boolean;
    readonly extensions: boolean;
    readonly closeHandshake: boolean;
  };
  /**
   * Accepts `request`, for which this dialect was selected, or tells why that cannot be.
   * @throws {UsageError} for a header that may not be sent.
   */
  respond(request: OpeningRequest, choice: Choice): Acceptance | HandshakeProblem;
}
