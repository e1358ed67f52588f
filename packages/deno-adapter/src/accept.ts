import { type WebSocket } from "@sansocket/core/shell";
import { acceptConnection, type AcceptOptions } from "@sansocket/core/node-compat";
import { nodeModules } from "./node-modules.ts";
import { type DenoConn, DenoTransport } from "./transport.ts";

/**
 * Opens a WebSocket on a connection that the application has accepted: `Deno.listen`, `Deno.listenTls`, a Unix socket. It reads the opening
 * from its first byte, and answers; it refuses other requests in HTTP. The WebSocket owns the connection from then on.
 *
 * Resolves with the open WebSocket; listeners added at once miss no message. Rejects where none opened.
 * @throws {UsageError} for an unknown option or one out of range (as a rejection).
 */
export async function accept(conn: DenoConn, options: AcceptOptions = {}): Promise<WebSocket> {
  return await acceptConnection(nodeModules, new DenoTransport(conn), "handshake" in conn, options);
}
