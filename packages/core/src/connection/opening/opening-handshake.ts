import type { Dialect } from "../../dialect/dialect.ts";
import type { Chain } from "../../extension/chain.ts";
import type { EventType } from "../../lifecycle/interned.ts";
import type { Head } from "../../http/header-section.ts";
import type { Opening, OpeningRequest } from "../../opening.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { Platform } from "../../platform.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { ClientConnection, ServerConnection } from "../contract.ts";

/** The commands of a server's connection that are its opening. */
export type ServerOpening = Pick<
  ServerConnection,
  "expectRequest" | "receiveRequest" | "accept" | "reject"
>;

/** The commands of a client's connection that are its opening. */
export type ClientOpening = Pick<ClientConnection, "open" | "receiveResponse">;

/** The part of a connection that lives until it is open: reads and writes the opening handshake of one role, and has that role's commands. */
export interface OpeningHandshake extends Partial<ServerOpening & ClientOpening> {
  /** What the chart writes next: a client's request, a server's response or refusal. */
  readonly head: Head;
  /** Server: the request that waits for an answer. */
  readonly request: OpeningRequest | undefined;
  /** Client: how the server has refused, with what of the body has come. */
  readonly refusal?: ProtocolViolation | undefined;
  /** Bytes of the peer's head arrived. Returns how far it read; what follows the head is not its business. */
  receive(bytes: Uint8Array, start: number, end: number): number;
  /** The opening has failed: gives back what it holds. */
  discard?(): void;
}

/** What the handshake agreed on. */
export interface HandshakeResult {
  readonly opening: Opening;
  readonly dialect: Dialect;
  /** The extensions; `undefined` where there are none. */
  readonly chain: Chain | undefined;
}

/** What an {@link OpeningHandshake} may ask of its connection. */
export interface OpeningHandshakeHost {
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  /** Puts an event to the chart. */
  dispatch(event: EventType): void;
  /** Reads what was held. */
  proceed(): void;
  /** The opening failed: remembers why, and emits it. */
  fail(violation: ProtocolViolation): void;
  /** The handshake is accepted on these terms. */
  opened(terms: HandshakeResult): void;
}
