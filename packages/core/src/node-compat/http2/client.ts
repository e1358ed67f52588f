import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { HeaderSection } from "../../opening.ts";
import { fieldsRecord, type Http2StreamLike, Http2Transport } from "../../shell/transport/http2.ts";
import { pendingConnector } from "../../shell/transport/pending.ts";
import { NOT_WRITABLE } from "../../shell/transport/sent-marks.ts";
import {
  type Sent,
  type Transport,
  type TransportListener,
  WAITS_FOR,
} from "../../shell/transport/transport.ts";
import type { Connector, TransportSource } from "../../shell/transport/connector.ts";
import type { SocketOptions } from "../client/connect-socket.ts";
import type { Place, SessionOutcome, SessionPool } from "./pool.ts";
import { pingSession } from "./ping.ts";
import type { NodeModules } from "../node-modules.ts";

/**
 * Reaches the server of `url` by HTTP/2 (RFC 8441), in a session of the pool or of the caller. Where that server opens no WebSockets so,
 * it uses `fallback`, which connects by HTTP/1.1. Written bytes wait until that is known.
 */
export const connectHttp2 = (
  { runtime }: Pick<NodeModules, "runtime">,
  pool: SessionPool,
  session: ClientHttp2Session | undefined,
  url: URL,
  options: SocketOptions,
  handshakeTimeout: number,
  fallback: () => TransportSource,
): Connector =>
  pendingConnector(
    runtime,
    (outcome) => {
      const found: SessionOutcome = {
        http2: (one, place, isUsed) => {
          const isOwn = session === undefined;
          const patience = isOwn ? handshakeTimeout * STALLED : 0;
          outcome.ready({
            destroyed: false,
            bind: (listener) =>
              new StreamOpening(runtime, one, place, { isOwn, isUsed }, listener, patience),
          });
        },
        http1: (socket) => {
          try {
            outcome.ready(socket ?? fallback());
          } catch (error) {
            outcome.failed(error);
          }
        },
        failed: (cause) => {
          outcome.failed(cause);
        },
      };
      return session === undefined ? pool.find(url, options, found) : checkSession(session, found);
    },
    WAITS_FOR.http2,
  );

/** Callbacks that wait for the settings of a session: one check for all. */
const asking = new WeakMap<ClientHttp2Session, Set<SessionOutcome>>();

/**
 * Finds out whether a session of the caller opens WebSockets. The answer to a ping comes after the server's settings, which are its
 * first frame (RFC 9113 §3.4).
 */
function checkSession(session: ClientHttp2Session, outcome: SessionOutcome): () => void {
  let waiting = asking.get(session);
  if (waiting === undefined) {
    asking.set(session, (waiting = new Set()));
    whenReady(session, () => {
      const all = asking.get(session)!;
      asking.delete(session);
      for (const one of all) answer(session, one);
    });
  }
  waiting.add(outcome);
  return () => {
    waiting.delete(outcome);
  };
}

/** Calls back once the session's settings are known, or it is gone. */
function whenReady(session: ClientHttp2Session, done: () => void): void {
  if (session.closed || session.destroyed || isAllowed(session)) queueMicrotask(done);
  else pingSession(session, done);
}

/** Opens a stream in the caller's session, whose streams are not counted. */
const NOBODYS: Place = {
  release: () => {},
  answered: () => {},
  stalled: () => false,
  again: () => () => {},
};

const isAllowed = (session: ClientHttp2Session): boolean =>
  !session.connecting && session.remoteSettings.enableConnectProtocol === true;

function answer(session: ClientHttp2Session, outcome: SessionOutcome): void {
  if (session.closed || session.destroyed)
    outcome.failed(
      new Error(
        "The HTTP/2 session is closed: give one that is open, or leave it to `http2: true` to make one",
      ),
    );
  else if (isAllowed(session)) outcome.http2(session, NOBODYS, true);
  else outcome.http1(undefined);
}

/** RST_STREAM's code for a stream that the server has not processed (RFC 9113 §8.7). */
const REFUSED = 7;

/** The share of the opening's time after which an unanswering session counts as stalled. */
const STALLED = 1 / 3;

/**
 * How long the client's side stays open behind its last bytes, in milliseconds, unless the server ends its own side before. lighttpd 1.4.69 resets a stream whose
 * END_STREAM comes in one read with data, and loses that data: the answer to a close frame.
 */
const LAST_WORDS = 20;

/** The watched sessions whose server has sent GOAWAY. */
const leaving = new WeakMap<ClientHttp2Session, boolean>();

function watch(session: ClientHttp2Session): void {
  if (leaving.has(session)) return;
  leaving.set(session, false);
  session.once("goaway", () => leaving.set(session, true));
}

/**
 * A client's stream, from before its request. It tries another session, once, where a reused session ends without an answer,
 * where the server sends GOAWAY to a fresh one, or where it has not processed the stream. Where a session that has answered
 * others does not answer this stream, it tries another one too, and the first answer counts.
 */
class StreamOpening implements Transport {
  private readonly runtime: NodeModules["runtime"];
  private readonly session: ClientHttp2Session;
  private readonly place: Place;
  private readonly listener: TransportListener;
  private readonly patience: number;
  private mayRetry: boolean;
  private readonly isUsed: boolean;
  private timer: unknown = undefined; // until it counts as stalled
  private giveUp: (() => void) | undefined = undefined; // looking for another session
  private readonly asked = new Set<Http2Transport>(); // and unanswered
  private inner: Http2Transport | undefined = undefined; // answered
  private over = false; // without a stream
  private ending: unknown = undefined; // the timer of an end that waits

  /** @param patience the longest wait before it tries another session, in milliseconds; 0 is for ever */
  constructor(
    runtime: NodeModules["runtime"],
    session: ClientHttp2Session,
    place: Place,
    { isOwn, isUsed }: { readonly isOwn: boolean; readonly isUsed: boolean },
    listener: TransportListener,
    patience: number,
  ) {
    this.runtime = runtime;
    this.session = session;
    this.place = place;
    this.mayRetry = isOwn;
    this.isUsed = isUsed;
    this.listener = listener;
    this.patience = patience;
  }

  writeHead(head: HeaderSection): void {
    const first = this.ask(head, this.session, this.place);
    if (this.patience > 0 && first !== undefined)
      this.timer = this.runtime.setTimeout(() => {
        if (this.asked.has(first) && this.place.stalled()) this.askAgain(head);
      }, this.patience);
  }

  private ask(
    head: HeaderSection,
    session: ClientHttp2Session,
    place: Place,
  ): Http2Transport | undefined {
    let stream: ClientHttp2Stream | undefined;
    const isGone = (): boolean => stream === undefined || session.closed || session.destroyed;
    const isUnseen = (): boolean =>
      stream?.rstCode === REFUSED || leaving.get(session) === true || (this.isUsed && isGone());
    watch(session);
    try {
      stream = session.request(fieldsRecord(head.fields) as Record<string, string>, {
        endStream: false,
      });
    } catch (error) {
      place.release();
      if (this.mayRetry && isUnseen()) this.askAgain(head);
      else if (!this.isAsking) this.gone(error); // the session has gone meanwhile
      return undefined;
    }
    stream.once("end", () => {
      if (this.ending !== undefined) this.endNow();
    });
    stream.once("close", () => {
      this.runtime.clearTimeout(this.ending);
      place.release();
    });
    const asked: Http2Transport = new Http2Transport(
      stream as unknown as Http2StreamLike,
      this.listener,
      {
        isAnswered: () => {
          if (this.inner !== undefined) return false;
          place.answered();
          this.settle(asked);
          return true;
        },
        takesOver: () => {
          this.asked.delete(asked);
          if (this.inner !== undefined) return true;
          if (this.mayRetry && isUnseen()) this.askAgain(head);
          return this.isAsking;
        },
      },
    );
    this.asked.add(asked);
    return asked;
  }

  /** Whether an answer may still come. */
  private get isAsking(): boolean {
    return this.asked.size > 0 || this.giveUp !== undefined;
  }

  /** Tries another session, as soon as there is one. */
  private askAgain(head: HeaderSection): void {
    this.mayRetry = false;
    const failed = (cause: unknown): void => {
      this.giveUp = undefined;
      if (this.asked.size === 0) this.gone(cause);
    };
    this.giveUp = this.place.again({
      http2: (session, place) => {
        this.giveUp = undefined;
        this.ask(head, session, place);
      },
      http1: () => {
        failed(new Error("The server has allowed WebSockets over HTTP/2, and now does not"));
      },
      failed,
    });
  }

  /** One stream has an answer: drops the others. */
  private settle(answered: Http2Transport): void {
    this.inner = answered;
    this.asked.delete(answered);
    this.stopAsking();
  }

  private stopAsking(): void {
    this.runtime.clearTimeout(this.timer);
    this.mayRetry = false;
    this.giveUp?.();
    this.giveUp = undefined;
    for (const other of this.asked) other.destroy();
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    if (this.inner !== undefined) this.inner.write(bytes, sent);
    else if (sent !== undefined)
      this.runtime.queueMicrotask(() => {
        sent(new Error(NOT_WRITABLE));
      });
  }
  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    if (this.inner !== undefined) this.inner.writeMany(pieces, sent);
    else this.write(pieces[0]!, sent);
  }
  end(): void {
    if (this.inner === undefined) return this.destroy();
    if (this.inner.bufferedBytes === 0) return this.inner.end();
    this.ending = this.runtime.setTimeout(() => {
      this.endNow();
    }, LAST_WORDS);
  }

  private endNow(): void {
    this.runtime.clearTimeout(this.ending);
    this.ending = undefined;
    this.inner?.end();
  }

  destroy(): void {
    if (this.inner !== undefined) return this.inner.destroy();
    const wasAsked = this.asked.size > 0;
    this.stopAsking();
    if (wasAsked) return; // the last of them reports to the listener
    this.place.release();
    this.gone(undefined);
  }

  pause(): void {
    this.inner?.pause();
  }
  resume(): void {
    this.inner?.resume();
  }
  get bufferedBytes(): number {
    return this.inner?.bufferedBytes ?? 0;
  }
  get backedUp(): boolean {
    return this.inner?.backedUp ?? false;
  }
  get remoteAddress(): string | undefined {
    return this.inner?.remoteAddress;
  }

  private gone(cause: unknown): void {
    if (this.over) return;
    this.over = true;
    this.runtime.clearTimeout(this.timer);
    this.runtime.queueMicrotask(() => {
      this.listener.onGone(cause);
    });
  }
}
