import { type WebSocket } from "@sansocket/core/shell";
import { acceptConnection, type AcceptOptions } from "@sansocket/core/node-compat";
import { nodeModules } from "./node-modules.ts";
import { type DenoConn, DenoTransport } from "./transport.ts";

/**
 * Opens a WebSocket on a connection that the application has accepted: `Deno.listen`, `Deno.listenTls`, a Unix socket. The opening is read from its
 * first byte, and answered; what is no opening is refused in HTTP. The connection is the WebSocket's from then on.
 *
 * Resolves with the open WebSocket; listeners that are added as soon as that is awaited miss no message. Rejects where none was opened.
 * @throws {UsageError} for an option that is not known or out of range (as a rejection).
 */
export async function accept(conn: DenoConn, options: AcceptOptions = {}): Promise<WebSocket> {
  return await acceptConnection(nodeModules, new DenoTransport(conn), "handshake" in conn, options);
}
