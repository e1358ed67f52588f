/** The machines of WebSockets, recorded: the same connection, and a trace of its inputs, commands and actions. */
import type { Actions } from "../../actions.ts";
import { createClientConnection } from "../../connection/client.ts";
import type {
  ClientConnection,
  OpenConnection,
  ServerConnection,
} from "../../connection/contract.ts";
import { type Agreed, createOpenConnection } from "../../connection/open.ts";
import { createServerConnection } from "../../connection/server.ts";
import type { ClientRequest } from "../../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../../options.ts";
import type { Platform } from "../../platform.ts";
import { defined } from "../values.ts";
import { RecordedActions } from "./actions.ts";
import { namesOf, pairsOf } from "./choice.ts";
import { RecordedConnection } from "./connection.ts";
import { recordExtensions, recordSessions } from "./extensions.ts";
import { RecordedPlatform } from "./platform.ts";
import { Recording } from "./recording.ts";
import type { RecordOptions } from "./sink.ts";

/** Records a connection of `createServerConnection`. */
export function recordServerConnection(
  actions: Actions,
  platform: Platform,
  options: Partial<ConnectionOptions> | undefined,
  record: RecordOptions,
): ServerConnection {
  const log = new Recording(record, platform);
  const full = resolveOptions(options);
  log.begin("websocket-server", full);
  const connection = createServerConnection(
    new RecordedActions(actions, log),
    new RecordedPlatform(platform, log),
    full,
  );
  return new RecordedConnection(connection, log);
}

/** Records a connection of `createClientConnection`. */
export function recordClientConnection(
  actions: Actions,
  platform: Platform,
  request: ClientRequest,
  options: Partial<ConnectionOptions> | undefined,
  record: RecordOptions,
): ClientConnection {
  const log = new Recording(record, platform);
  const full = resolveOptions(options);
  const { host, target, protocols, headers, http2, followsRedirects, extensions = [] } = request;
  const pairs = headers && pairsOf(headers);
  log.begin(
    "websocket-client",
    full,
    defined({
      host,
      target,
      protocols,
      headers: pairs,
      http2,
      followsRedirects,
      extensions: namesOf(extensions),
    }),
  );
  const wrapped: ClientRequest = {
    ...request,
    ...(pairs && { headers: pairs }),
    extensions: recordExtensions(extensions, log),
  };
  const connection = createClientConnection(
    new RecordedActions(actions, log),
    new RecordedPlatform(platform, log),
    wrapped,
    full,
  );
  return new RecordedConnection(connection, log);
}

/** Records a connection of `createOpenConnection`. */
export function recordOpenConnection(
  actions: Actions,
  platform: Platform,
  agreed: Agreed,
  options: Partial<ConnectionOptions> | undefined,
  record: RecordOptions,
): OpenConnection {
  const log = new Recording(record, platform);
  const full = resolveOptions(options);
  const { role, protocol, extensions, sessions, nextMask } = agreed;
  const known = sessions && {
    rsv: sessions.rsv,
    onlyMarked: sessions.all.map(({ onlyMarked }) => onlyMarked),
  };
  log.begin(
    `websocket-${role}`,
    full,
    undefined,
    defined({ protocol, extensions, sessions: known }),
  );
  const own = new RecordedPlatform(platform, log);
  const wrapped: Agreed = {
    ...agreed,
    ...(sessions && { sessions: { rsv: sessions.rsv, all: recordSessions(sessions.all, log) } }),
    ...(nextMask && { nextMask: () => own.takeMask(nextMask()) }),
  };
  return new RecordedConnection(
    createOpenConnection(new RecordedActions(actions, log), own, wrapped, full),
    log,
  );
}
