import { decodeFrame } from "../src/testing/wire/frames.ts";
import type { Script } from "./script.ts";

/**
 * Checks the bytes that a connection wrote: a head and, if that opens the connection, frames. After a close frame only
 * pongs may follow. Returns the rules that were broken.
 */
export function complaintsAbout(sent: Uint8Array, { role, version }: Script): string[] {
  if (sent.length === 0) return [];
  const text = Buffer.from(sent.buffer, sent.byteOffset, Math.min(sent.length, 2000)).toString(
    "latin1",
  );
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return ["what was written begins with no head"];
  if (version.startsWith("hixie") || (role === "server" && !text.startsWith("HTTP/1.1 101 ")))
    return [];
  const complaints: string[] = [];
  let rest = sent.subarray(headEnd + 4);
  let closed = false;
  while (rest.length > 0) {
    const found = decodeFrame(rest);
    if (found === undefined)
      return [...complaints, `${rest.length} bytes written at the end are no whole frame`];
    const { opcode, masked } = found.frame;
    if (masked !== (role === "client"))
      complaints.push(`a frame of a ${role} is ${masked ? "" : "not "}masked`);
    if (closed && opcode !== 10)
      complaints.push(`a frame with opcode ${opcode} after the close frame`);
    if (opcode === 8) closed = true;
    rest = rest.subarray(found.used);
  }
  return complaints;
}
