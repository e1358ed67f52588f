import type { Runtime } from "../../runtime/runtime.ts";

/** The part of a session that tells what became of messages. */
export interface NotifyingSession {
  readonly driver:
    | { readonly connection: { readonly sendable: boolean; notify(notice: unknown): void } }
    | undefined;
  readonly runtime: Pick<Runtime, "queueMicrotask" | "reportError">;
  /** Messages that were to be sent and were not. */
  dropped: number;
  /** The transport's error, where it had one. */
  readonly lostBy: unknown;
}

/** Called once with nothing when a message has left the process, or with why it will not. */
export type SendCallback = (error?: NotSentError) => void;

const WORDS = {
  closed: "The WebSocket is not open: this message was not sent",
  dropped: "More waits to be sent than maxBufferedBytes allows: this message was dropped",
  lost: "The connection ended before this message had left",
} as const;

/**
 * Why a message was not sent, by `code`: `"closed"`, the socket was closing already; `"dropped"`, more waited than `maxBufferedBytes`, and `overflow`
 * says `"drop"`; `"lost"`, it waited, and the connection ended first, with the transport's error as `cause` where there is one.
 */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
  readonly code: keyof typeof WORDS;

  constructor(code: keyof typeof WORDS, cause?: unknown) {
    super(WORDS[code], cause === undefined || cause === null ? undefined : { cause });
    this.code = code;
  }
}

/** Who waits to hear of what was sent, by session. */
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

/** A message was not sent: counts it, and tells so once the code now running has returned. Returns false. */
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

/** A message was given to the connection: `callback` hears when it has left. */
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

/** What `notice` asked about has left, or, with an error, never will. */
export function sent(
  session: NotifyingSession,
  notice: unknown,
  error: Error | null | undefined,
): void {
  const once = notice as SendCallback;
  if (waiting.get(session)?.delete(once) !== true) return;
  once(error === undefined || error === null ? undefined : new NotSentError("lost", error));
}

/** The transport is gone: whatever has not left will not. */
export function allLost(session: NotifyingSession): void {
  const all = waiting.get(session);
  if (all === undefined) return;
  waiting.delete(session);
  for (const once of all) once(new NotSentError("lost", session.lostBy));
}
