import type { ClientHttp2Session } from "node:http2";

/** Asks whether a session is alive, and calls back once its peer has answered, or it is gone: not from within. */
export function pingSession(session: ClientHttp2Session, done: () => void): void {
  let over = false;
  const once = (): void => {
    if (over) return;
    over = true;
    session.off("close", once).off("error", once);
    queueMicrotask(done);
  };
  session.on("close", once).on("error", once);
  if (session.connecting)
    session.once("connect", () => {
      session.ping(once);
    });
  else session.ping(once);
}
