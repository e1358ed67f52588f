import type { ServerHttp2Session } from "node:http2";
import type { Runtime } from "../../shell/runtime/runtime.ts";

/** The time that an idle session is kept, in milliseconds: browsers reuse theirs. */
const IDLE = 60_000;

/** The sessions of a server of HTTP/2: each carries any number of sockets and of ordinary requests, and ends when it carries none. */
export class ServerSessions {
  private readonly runtime: Pick<Runtime, "setTimeout" | "clearTimeout">;
  private readonly first: number;
  private readonly sessions = new Set<ServerHttp2Session>();
  private closing = false;

  /** @param first how long a session may take until its first stream, in milliseconds; 0 for as long as an idle one */
  constructor(runtime: Pick<Runtime, "setTimeout" | "clearTimeout">, first: number) {
    this.runtime = runtime;
    this.first = first === 0 ? IDLE : first;
  }

  add(session: ServerHttp2Session): void {
    let streams = 0;
    let timer = this.expire(session, this.first);
    this.sessions.add(session);
    session.on("stream", (stream) => {
      streams++;
      this.runtime.clearTimeout(timer);
      stream.once("close", () => {
        if (--streams === 0 && !session.destroyed) timer = this.expire(session, IDLE);
      });
    });
    session.once("close", () => {
      this.runtime.clearTimeout(timer);
      this.sessions.delete(session);
    });
    // Each stream of a session receives the session's error.
    session.on("error", () => {});
    if (this.closing) session.close();
  }

  /** Takes no more streams: each session ends with its last one. */
  close(): void {
    this.closing = true;
    for (const session of this.sessions) session.close();
  }

  private expire(session: ServerHttp2Session, after: number): unknown {
    return this.runtime.setTimeout(() => {
      session.close();
    }, after);
  }
}
