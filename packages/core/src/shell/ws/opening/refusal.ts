import { Buffer } from "node:buffer";
import type { OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";

export type RefusalHeaders = OutgoingHttpHeaders;

/**
 * Answers an opening request with an HTTP response in place of a WebSocket, and ends the connection.
 * @throws {TypeError} for a field with a line break in it: it would be another field, or another response.
 */
export function refuse(
  { STATUS_CODES }: { readonly STATUS_CODES: Readonly<Record<number, string | undefined>> },
  socket: Duplex,
  status: number,
  message: string | undefined,
  headers: RefusalHeaders | undefined,
): void {
  const phrase = STATUS_CODES[status];
  const body = message || String(phrase);
  const fields = Object.entries({
    Connection: "close",
    "Content-Type": "text/html",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  }).map(([name, value]) => `${name}: ${String(value)}`);
  const bad = fields.find((field) => /[\r\n\0]/.test(field));
  if (bad !== undefined) {
    throw new TypeError(
      `headers: a field must not have a line break in it, got ${JSON.stringify(bad)}`,
    );
  }
  socket.once("finish", () => {
    socket.destroy();
  });
  socket.end(`HTTP/1.1 ${status} ${String(phrase)}\r\n${fields.join("\r\n")}\r\n\r\n${body}`);
}
