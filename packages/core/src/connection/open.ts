import type { Actions } from "../actions.ts";
import { rfc6455 } from "../dialect/hybi.ts";
import { Chain } from "../extension/chain.ts";
import type { ExtensionSession } from "../extension/extension.ts";
import type { Role } from "../lifecycle/role.ts";
import { type ConnectionOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import type { OpenConnection } from "./contract.ts";
import { Machine } from "./machine.ts";
import type { OpeningHandshake } from "./opening/opening-handshake.ts";
import { HybiFrameWriter } from "./send/frame-writer.ts";

/** What an opening handshake that was done elsewhere has agreed on. */
export interface Agreed {
  /** Which end this is. */
  readonly role: Role;
  /** @defaultValue `""`: none */
  readonly protocol?: string | undefined;
  /** The field `Sec-WebSocket-Extensions` of the response, which `onOpen` reports. @defaultValue `""`: none */
  readonly extensions?: string | undefined;
  /** The extensions themselves, in the order agreed on, and the reserved bits they use, RSV1 being 4. @defaultValue none */
  readonly sessions?:
    { readonly all: readonly ExtensionSession[]; readonly rsv: number } | undefined;
  /**
   * Client: gives the next masking key, a signed 32-bit integer, in place of the platform's randomness.
   * RFC 6455 §10.3 wants keys that cannot be foretold: only for tests of what a peer does.
   */
  readonly nextMask?: (() => number) | undefined;
}

/**
 * Makes either end of a connection that is open already: the handshake was done by an HTTP library, by another process, or
 * by agreement. Nothing happens until `start()`. RFC 6455 is spoken, and its drafts that frame as it does.
 *
 * @throws {UsageError} for an option that is not known or out of range.
 */
export function createOpenConnection(
  actions: Actions,
  platform: Platform,
  agreed: Agreed,
  options?: Partial<ConnectionOptions>,
): OpenConnection {
  return new OpenMachine(actions, platform, resolveOptions(options), agreed);
}

/** What begins open has one command more. */
class OpenMachine extends Machine<OpeningHandshake> implements OpenConnection {
  private agreed: Agreed | undefined;

  constructor(actions: Actions, platform: Platform, options: ConnectionOptions, agreed: Agreed) {
    super(agreed.role, actions, platform, options, () => undefined);
    const { nextMask } = agreed;
    if (nextMask !== undefined && agreed.role === "client") {
      this.pipeline.writer = new HybiFrameWriter(platform, this.pipeline.buffer, {
        next: nextMask,
      });
    }
    this.agreed = agreed;
  }

  start(): void {
    const { agreed } = this;
    if (agreed === undefined) return;
    this.agreed = undefined;
    const { protocol = "", extensions = "", sessions } = agreed;
    const chain = sessions === undefined ? undefined : new Chain(sessions.all, sessions.rsv);
    this.opened({
      opening: { version: rfc6455.version, protocol, extensions, response: undefined },
      dialect: rfc6455,
      chain,
    });
  }
}
