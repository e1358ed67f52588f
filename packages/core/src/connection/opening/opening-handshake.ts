import type { Dialect } from "../../dialect/dialect.ts";
import type { Chain } from "../../extension/chain.ts";
import type { EventType } from "../../lifecycle/interned.ts";
import type { Head } from "../../http/header-section.ts";
import type { Opening, OpeningRequest } from "../../opening.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { Platform } from "../../platform.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { ClientConnection, ServerConnection } from "../contract.ts";

/** The commands of a server's connection during its opening handshake. */
export type ServerOpening = Pick<
  ServerConnection,
  "expectRequest" | "receiveRequest" | "accept" | "reject"
>;

/** The commands of a client's connection during its opening handshake. */
export type ClientOpening = Pick<ClientConnection, "open" | "receiveResponse">;

/** Reads and writes the opening handshake of one role, and carries out that role's commands until the connection is open. */
export interface OpeningHandshake extends Partial<ServerOpening & ClientOpening> {
  /** The head that the chart writes next: a client's request, a server's response or refusal. */
  readonly head: Head;
  /** Server: the request that waits for an answer. */
  readonly request: OpeningRequest | undefined;
  /** Client: the server's refusal, with the part of its body that has come. */
  readonly refusal?: ProtocolViolation | undefined;
  /** Reads bytes of the peer's head. Returns how far it read: it leaves the bytes after the head. */
  receive(bytes: Uint8Array, start: number, end: number): number;
  /** The opening has failed: releases what it holds. */
  discard?(): void;
}

/** The handshake result. */
export interface HandshakeResult {
  readonly opening: Opening;
  readonly dialect: Dialect;
  /** The extensions; `undefined` where there are none. */
  readonly chain: Chain | undefined;
}

/** The connection, as an {@link OpeningHandshake} uses it. */
export interface OpeningHandshakeHost {
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  /** Sends an event to the chart. */
  dispatch(event: EventType): void;
  /** Reads held input. */
  proceed(): void;
  /** The opening failed: records the reason and emits it. */
  fail(violation: ProtocolViolation): void;
  /** The handshake is accepted with this result. */
  opened(terms: HandshakeResult): void;
}
