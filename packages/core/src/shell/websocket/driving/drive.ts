import { createClientConnection } from "../../../connection/client.ts";
import { type Agreed, createOpenConnection } from "../../../connection/open.ts";
import { createServerConnection } from "../../../connection/server.ts";
import type { ClientRequest } from "../../../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../../../options.ts";
import {
  recordClientConnection,
  recordOpenConnection,
  recordServerConnection,
} from "../../../trace/record/websocket.ts";
import { watching } from "../../diagnostics/frame-tap.ts";
import { recordingBy } from "../../runtime/recording.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { bindTransport, type TransportSource } from "../../transport/connector.ts";
import {
  type ClientDriver,
  type ConnectionTools,
  Driver,
  type DriverListener,
  type OpenDriver,
  type ServerDriver,
} from "../driver.ts";

/** Drives a server's connection over `source`. The caller then calls `receiveRequest` or `expectRequest` of its `connection`. */
export function driveServer(
  runtime: Runtime,
  source: TransportSource,
  listener: DriverListener,
  options?: Partial<ConnectionOptions>,
  { observer, record }: ConnectionTools = {},
): ServerDriver {
  const recording = recordingBy(runtime, record);
  if (!("bind" in source)) runtime.prepareStream?.(source);
  const driver: ServerDriver = new Driver(
    runtime,
    listener,
    recording === undefined
      ? (actions) => createServerConnection(actions, runtime.platform, owning(options))
      : (actions) => recordServerConnection(actions, runtime.platform, owning(options), recording),
    (driver) => bindTransport(source, driver),
    watching(runtime, observer, () => driver.listener),
  );
  return driver;
}

/** Drives either end of a connection that another library has opened. `connection.start()` starts it. */
export function driveOpen(
  runtime: Runtime,
  source: TransportSource,
  listener: DriverListener,
  agreed: Agreed,
  options?: Partial<ConnectionOptions>,
  { observer, record }: ConnectionTools = {},
): OpenDriver {
  const recording = recordingBy(runtime, record);
  if (agreed.role === "server" && !("bind" in source)) runtime.prepareStream?.(source);
  const driver: OpenDriver = new Driver(
    runtime,
    listener,
    recording === undefined
      ? (actions) => createOpenConnection(actions, runtime.platform, agreed, owning(options))
      : (actions) =>
          recordOpenConnection(actions, runtime.platform, agreed, owning(options), recording),
    (driver) => bindTransport(source, driver),
    watching(runtime, observer, () => driver.listener),
  );
  return driver;
}

/** Drives a client's connection over `source`, which may still be connecting and holds writes meanwhile. `connection.open()` starts. */
export function driveClient(
  runtime: Runtime,
  source: TransportSource,
  listener: DriverListener,
  request: ClientRequest,
  options?: Partial<ConnectionOptions>,
  { observer, record }: ConnectionTools = {},
): ClientDriver {
  const recording = recordingBy(runtime, record);
  const driver: ClientDriver = new Driver(
    runtime,
    listener,
    recording === undefined
      ? (actions) => createClientConnection(actions, runtime.platform, request, owning(options))
      : (actions) =>
          recordClientConnection(actions, runtime.platform, request, owning(options), recording),
    (driver) => bindTransport(source, driver),
    watching(runtime, observer, () => driver.listener),
  );
  return driver;
}

const NONE: Partial<ConnectionOptions> = {};
const owned = new WeakMap<Partial<ConnectionOptions>, ConnectionOptions>();

/** `options` with `ownsChunks`, as a transport's chunks are fresh memory. Connections that share options share the result. */
function owning(options: Partial<ConnectionOptions> = NONE): ConnectionOptions {
  let full = owned.get(options);
  if (full === undefined)
    owned.set(options, (full = resolveOptions({ ...options, ownsChunks: true })));
  return full;
}
