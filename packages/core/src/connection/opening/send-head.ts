import type { TransportActions } from "../../actions.ts";
import type { Head } from "../../http/header-section.ts";
import type { WriteBuffer } from "../buffer/write-buffer.ts";

/** Sends a head: bytes in the current batch; fields, which HTTP/2 needs first, at once, and then the bytes after them. */
export function sendHead(
  head: Head,
  transport: Pick<TransportActions, "writeHead">,
  outbox: Pick<WriteBuffer, "attach">,
): void {
  if (head instanceof Uint8Array) return outbox.attach(head);
  transport.writeHead(head);
  if (head.body !== undefined) outbox.attach(head.body);
}
