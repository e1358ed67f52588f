/** Messages as a person or a program reads them. */
import type { MessageData } from "@sansocket/core/shell";
import type { Terminal } from "../console/terminal.ts";

/** Bytes in rows of sixteen: where, in hexadecimal, as characters. */
function hexDump(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Buffer.from(bytes.subarray(at, at + 16));
    const hex = row.toString("hex").replaceAll(/../g, "$& ").trimEnd();
    const text = row.toString("latin1").replaceAll(/[^ -~]/g, ".");
    rows.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return rows.join("\n");
}

/** JSON over several lines; another text as it is. */
export function prettyJson(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** Bytes of hexadecimal text, spaces or not between the digits; `undefined` for other text. */
export function bytesOfHex(text: string): Buffer | undefined {
  const digits = text.replaceAll(/\s+/g, "");
  return /^([0-9a-f]{2})*$/i.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

/** A message as an event for programs. */
function messageEvent(data: MessageData): Record<string, unknown> {
  return typeof data === "string"
    ? { event: "message", type: "text", data }
    : { event: "message", type: "binary", base64: (data as Buffer).toString("base64") };
}

export interface ShowOptions {
  readonly pretty: boolean;
  readonly hex: boolean;
  /** The number of its connection, where there are several. */
  readonly from?: number | undefined;
}

/** Shows a received message: to a person in colour, in a pipe unchanged, a line each. */
export function show(terminal: Terminal, data: MessageData, options: ShowOptions): void {
  const { pretty, hex, from } = options;
  if (terminal.json) return terminal.happened({ ...messageEvent(data), connection: from });
  const mark = terminal.isWatched
    ? terminal.paint("cyan", from === undefined ? "< " : `${from}< `)
    : "";
  if (typeof data === "string")
    return terminal.line(mark + (pretty || terminal.isWatched ? prettyJson(data) : data));
  const bytes = data as Buffer;
  if (hex || terminal.isWatched)
    return terminal.line(`${mark}${bytes.length} bytes\n${hexDump(bytes)}`);
  terminal.write(bytes);
}
