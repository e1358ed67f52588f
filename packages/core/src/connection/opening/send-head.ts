import type { TransportActions } from "../../actions.ts";
import type { Head } from "../../http/header-section.ts";
import type { WriteBuffer } from "../buffer/write-buffer.ts";

/** Sends what the opening has written: bytes with the batch's; fields, which HTTP/2 wants first, at once, and then what follows them. */
export function sendHead(
  head: Head,
  transport: Pick<TransportActions, "writeHead">,
  outbox: Pick<WriteBuffer, "attach">,
): void {
  if (head instanceof Uint8Array) return outbox.attach(head);
  transport.writeHead(head);
  if (head.body !== undefined) outbox.attach(head.body);
}
