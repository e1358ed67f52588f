import type { Actions } from "../actions.ts";
import { rfc6455 } from "../dialect/hybi.ts";
import { Chain } from "../extension/chain.ts";
import type { ExtensionSession } from "../extension/extension.ts";
import type { Role } from "../lifecycle/role.ts";
import { type ConnectionOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { MachineConnection } from "./connection.ts";
import type { OpenConnection } from "./contract.ts";
import { Machine } from "./machine.ts";
import { HybiFrameWriter } from "./send/frame-writer.ts";

/** The handshake result of an opening handshake that another library or process did. */
export interface Agreed {
  /** The role of this end. */
  readonly role: Role;
  /** @defaultValue `""`: none */
  readonly protocol?: string | undefined;
  /** The field `Sec-WebSocket-Extensions` of the response, which `onOpen` reports. @defaultValue `""`: none */
  readonly extensions?: string | undefined;
  /** The extensions themselves, in the order agreed on, and the reserved bits they use, RSV1 being 4. @defaultValue none */
  readonly sessions?:
    { readonly all: readonly ExtensionSession[]; readonly rsv: number } | undefined;
  /**
   * Client: returns the next masking key, a signed 32-bit integer, in place of the platform's randomness.
   * RFC 6455 §10.3 requires unpredictable keys, so use it only to test peers.
   */
  readonly nextMask?: (() => number) | undefined;
}

/**
 * Makes either end of a connection that is open already: an HTTP library or another process did the handshake, or both ends
 * agreed without one. Nothing happens until `start()`. It speaks RFC 6455, and the drafts with the same framing.
 *
 * @throws {UsageError} for an unknown option or one out of range.
 */
export function createOpenConnection(
  actions: Actions,
  platform: Platform,
  agreed: Agreed,
  options?: Partial<ConnectionOptions>,
): OpenConnection {
  const machine = new Machine(agreed.role, actions, platform, resolveOptions(options), noHandshake);
  const { role, protocol = "", extensions = "", sessions, nextMask } = agreed;
  const { pipeline } = machine;
  if (nextMask !== undefined && role === "client")
    pipeline.writer = new HybiFrameWriter(platform, pipeline.buffer, { next: nextMask });
  return new MachineConnection(machine, {
    opening: { version: rfc6455.version, protocol, extensions, response: undefined },
    dialect: rfc6455,
    chain: sessions && new Chain(sessions.all, sessions.rsv),
  });
}

/** The handshake was done elsewhere. */
const noHandshake = (): undefined => undefined;
