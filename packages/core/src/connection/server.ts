import type { Actions } from "../actions.ts";
import { type ConnectionOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { MachineConnection } from "./connection.ts";
import type { ServerConnection } from "./contract.ts";
import { Machine } from "./machine.ts";
import type { OpeningHandshakeHost } from "./opening/opening-handshake.ts";
import { ServerHandshake } from "./opening/server-handshake.ts";

/**
 * Makes the server's end of a connection. Call `receiveRequest()` when an HTTP server has parsed the
 * opening request, or `expectRequest()` and then `receive()` for every byte.
 *
 * @throws {UsageError} for an unknown option or one out of range.
 */
export function createServerConnection(
  actions: Actions,
  platform: Platform,
  options?: Partial<ConnectionOptions>,
): ServerConnection {
  return new MachineConnection(
    new Machine("server", actions, platform, resolveOptions(options), makeHandshake),
  );
}

const makeHandshake = (host: OpeningHandshakeHost): ServerHandshake => new ServerHandshake(host);
