import type { Runtime } from "../../runtime/runtime.ts";

/** The part of a session that reports the outcome of messages. */
export interface NotifyingSession {
  readonly driver:
    | { readonly connection: { readonly sendable: boolean; notify(notice: unknown): void } }
    | undefined;
  readonly runtime: Pick<Runtime, "queueMicrotask" | "reportError">;
  /** The number of messages that were not sent. */
  dropped: number;
  /** The transport's error, where it had one. */
  readonly lostBy: unknown;
}

/** Called once for a message: without an argument when it has left the process, or with the error why it will not. */
export type SendCallback = (error?: NotSentError) => void;

const WORDS = {
  closed: "The WebSocket is not open: this message was not sent",
  dropped: "More waits to be sent than maxBufferedBytes allows: this message was dropped",
  lost: "The connection ended before this message had left",
} as const;

/**
 * Why a message was not sent, by `code`: `"closed"`, the socket was closing already; `"dropped"`, more waited than `maxBufferedBytes`, and `overflow`
 * is `"drop"`; `"lost"`, it waited, and the connection ended first, with the transport's error, if any, as `cause`.
 */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
  readonly code: keyof typeof WORDS;

  constructor(code: keyof typeof WORDS, cause?: unknown) {
    super(WORDS[code], cause === undefined || cause === null ? undefined : { cause });
    this.code = code;
  }
}

/** The callbacks of messages that have not left, by session. */
const waiting = new WeakMap<NotifyingSession, Set<SendCallback>>();

function call(
  { runtime }: NotifyingSession,
  callback: SendCallback,
  error: NotSentError | undefined,
): void {
  try {
    if (error === undefined) callback();
    else callback(error);
  } catch (thrown) {
    runtime.reportError(thrown);
  }
}

/** Counts a message that was not sent, and calls `callback` once the running code has returned. Returns false. */
export function notSent(
  session: NotifyingSession,
  code: NotSentError["code"],
  callback: SendCallback | undefined,
): false {
  session.dropped++;
  if (callback !== undefined)
    session.runtime.queueMicrotask(() => {
      call(session, callback, new NotSentError(code));
    });
  return false;
}

/** Calls `callback` when the message that the connection just took has left. */
export function awaitSent(session: NotifyingSession, callback: SendCallback): void {
  const { connection } = session.driver!;
  let all = waiting.get(session);
  if (all === undefined) waiting.set(session, (all = new Set()));
  // A function of its own: the same callback may wait for several messages.
  const once: SendCallback = (error) => {
    call(session, callback, error);
  };
  all.add(once);
  if (connection.sendable) connection.notify(once);
  else sent(session, once, new Error("closed")); // the message was one too many, and ended the connection
}

/** Calls the callback `notice`, whose message has left, or, with an error, never will. */
export function sent(
  session: NotifyingSession,
  notice: unknown,
  error: Error | null | undefined,
): void {
  const once = notice as SendCallback;
  if (waiting.get(session)?.delete(once) !== true) return;
  once(error === undefined || error === null ? undefined : new NotSentError("lost", error));
}

/** Reports all waiting messages as lost, since the transport is gone. */
export function allLost(session: NotifyingSession): void {
  const all = waiting.get(session);
  if (all === undefined) return;
  waiting.delete(session);
  for (const once of all) once(new NotSentError("lost", session.lostBy));
}
