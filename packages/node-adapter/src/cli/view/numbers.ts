/** Frames and messages as rows of numbers, which the page reads without parsing them. `public/viewer/model.js` has the columns, too. */
import type { LintFrame, LintMessage } from "@sansocket/core/lint";

const KINDS: readonly LintMessage["kind"][] = [
  "text",
  "binary",
  "close",
  "ping",
  "pong",
  "unknown",
];

/** The rows of numbers of all items from one on, in the byte order of this machine, which is also that of its browser. */
function rowsOf<T>(
  items: readonly T[],
  from: number,
  row: (item: T) => readonly number[],
): Uint8Array {
  const rows = items.slice(from).map(row);
  return new Uint8Array(Float64Array.from(rows.flat()).buffer);
}

/** Time, place, last place, length, offset, message, and flags: the first byte of the frame, masked, seen, from the server. */
export function framesOf(frames: readonly LintFrame[], from: number): Uint8Array {
  return rowsOf(frames, from, (frame) => {
    const { side, time, place, lastPlace, fin, rsv, opcode, masked, payload } = frame;
    const flags =
      (fin ? 0x80 : 0) |
      (rsv << 4) |
      opcode |
      (masked ? 0x100 : 0) |
      (payload === undefined ? 0 : 0x200) |
      (side === "server" ? 0x400 : 0);
    return [time, place, lastPlace, frame.length, frame.offset, frame.message, flags];
  });
}

/** Kind, number of frames, bytes of them, whether compressed, and bytes of data, -1 for none. */
export function messagesOf(messages: readonly LintMessage[], from: number): Uint8Array {
  return rowsOf(messages, from, ({ kind, frames, wireSize, compressed, data }) => [
    KINDS.indexOf(kind),
    frames,
    wireSize,
    compressed ? 1 : 0,
    data?.length ?? -1,
  ]);
}
