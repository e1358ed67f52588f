import { Buffer } from "node:buffer";
import { isSendableCloseCode } from "../../../close-code.ts";
import { toBuffer } from "../link/data.ts";

/** A control frame's 125 bytes (RFC 6455 §5.5), less those of the code. */
const REASON_MAX = 123;

/** Returns the code of a close frame. @throws {TypeError} for one that may not be sent (RFC 6455 §7.4). */
export function checkedCode(code: unknown): number | undefined {
  if (code === undefined) return undefined;
  if (typeof code === "number" && isSendableCloseCode(code)) return code;
  throw new TypeError("First argument must be a valid error code number");
}

/** Returns the reason of a close frame. @throws {TypeError} {RangeError} for other values, and for more than a control frame holds. */
export function checkedReason(reason: unknown): string {
  if (!(reason as { length?: number } | null | undefined)?.length) return "";
  if (typeof reason !== "string" && !(reason instanceof Uint8Array))
    throw new TypeError("Second argument must be a string or a Uint8Array");
  if (Buffer.byteLength(reason) > REASON_MAX)
    throw new RangeError(`The message must not be greater than ${REASON_MAX} bytes`);
  return typeof reason === "string" ? reason : toBuffer(reason).toString();
}
