import type { ClientHttp2Session } from "node:http2";

/** Pings a session, and calls back once its peer has answered, or it is gone: never before it returns. */
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
