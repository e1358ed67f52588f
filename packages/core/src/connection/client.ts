import type { Actions } from "../actions.ts";
import type { ClientRequest } from "../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { ClientHandshake } from "./opening/client-handshake.ts";
import { MachineConnection } from "./connection.ts";
import type { ClientConnection } from "./contract.ts";
import { Machine } from "./machine.ts";

/**
 * Makes the client's end of a connection. Nothing happens until `open()`.
 *
 * @throws {UsageError} for an unknown option or one out of range, and for a request that may not be
 *   sent: a header with a line break, a subprotocol that is no token.
 */
export function createClientConnection(
  actions: Actions,
  platform: Platform,
  request: ClientRequest,
  options?: Partial<ConnectionOptions>,
): ClientConnection {
  return new MachineConnection(
    new Machine(
      "client",
      actions,
      platform,
      resolveOptions(options),
      (host) => new ClientHandshake(host, request),
    ),
  );
}
