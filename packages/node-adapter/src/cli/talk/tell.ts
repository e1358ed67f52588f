/** Reports of `connect` and `listen` on a connection: a line for a person, an event for a program. */
import type { CloseInfo, WebSocket } from "@sansocket/core/shell";
import { explainClose } from "@sansocket/core/trace";
import { EXIT } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { exitCodeOf } from "./converse.ts";

/**
 * Reports an open connection.
 * @param connection its number, where there are several
 * @param more further members of the event
 */
export function tellOpen(
  terminal: Terminal,
  { url, protocol, extensions }: WebSocket,
  connection: number | undefined,
  more: object = {},
): void {
  if (terminal.json)
    terminal.happened({ event: "open", connection, url, protocol, extensions, ...more });
}

/**
 * Reports a closed connection: a note, or an explanation of the failure.
 * @param connection its number, where there are several
 */
export function tellClose(
  terminal: Terminal,
  closed: CloseInfo,
  connection: number | undefined,
): void {
  const { code, reason, wasClean, initiator } = closed;
  if (terminal.json)
    return terminal.happened({ event: "close", connection, code, reason, wasClean, initiator });
  const words = `${code}${reason && ` ${reason}`}`;
  if (exitCodeOf(closed) === EXIT.done)
    return terminal.note(
      connection === undefined ? `Closed: ${words}` : `${connection} left: ${words}`,
    );
  // The reader of the output has left: that is no failure.
  if (connection !== undefined) terminal.complain(`${connection}: ${explainClose(closed)}`);
  else if (!terminal.broken.aborted) terminal.complain(explainClose(closed));
}
