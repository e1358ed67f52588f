import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { HeaderSection } from "../../opening.ts";
import { fieldsRecord, type Http2StreamLike, Http2Transport } from "../../shell/transport/http2.ts";
import { pendingConnector } from "../../shell/transport/pending.ts";
import {
  type Transport,
  type TransportListener,
  WAITS_FOR,
} from "../../shell/transport/transport.ts";
import type { Connector, TransportSource } from "../../shell/transport/connector.ts";
import type { SocketOptions } from "../client/dial.ts";
import type { SessionOutcome, SessionPool } from "./pool.ts";
import { pingSession } from "./ping.ts";
import type { NodeModules } from "../node-modules.ts";

/**
 * Reaches the server of `url` by HTTP/2 (RFC 8441): in a session of the pool, or in the caller's. Where that server opens no WebSockets so,
 * by `fallback`, which dials HTTP/1.1. What is written waits until that is known.
 */
export const connectHttp2 = (
  { runtime }: Pick<NodeModules, "runtime">,
  pool: SessionPool,
  session: ClientHttp2Session | undefined,
  url: URL,
  options: SocketOptions,
  fallback: () => TransportSource,
): Connector =>
  pendingConnector(
    runtime,
    (outcome) => {
      const found: SessionOutcome = {
        http2: (one, release, isUsed) => {
          const again =
            isUsed && session === undefined
              ? (other: SessionOutcome) => pool.find(url, options, other)
              : undefined;
          outcome.ready({
            destroyed: false,
            bind: (listener) => new StreamOpening(runtime, one, release, listener, again),
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

/** Those who wait to hear whether the server of a session allows extended CONNECT: one question for all. */
const asking = new WeakMap<ClientHttp2Session, Set<SessionOutcome>>();

/**
 * Finds out whether a session that is somebody's opens WebSockets. The answer to a ping comes after the server's settings, which are the first
 * that it says (RFC 9113 §3.4).
 */
function checkSession(session: ClientHttp2Session, outcome: SessionOutcome): () => void {
  let waiting = asking.get(session);
  if (waiting === undefined) {
    asking.set(session, (waiting = new Set()));
    reach(session, () => {
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
function reach(session: ClientHttp2Session, done: () => void): void {
  if (session.closed || session.destroyed || isAllowed(session)) queueMicrotask(done);
  else pingSession(session, done);
}

const isAllowed = (session: ClientHttp2Session): boolean =>
  !session.connecting && session.remoteSettings.enableConnectProtocol === true;

function answer(session: ClientHttp2Session, outcome: SessionOutcome): void {
  if (session.closed || session.destroyed)
    outcome.failed(
      new Error(
        "The HTTP/2 session is closed: give one that is open, or leave it to `http2: true` to make one",
      ),
    );
  else if (isAllowed(session)) outcome.http2(session, () => {}, true);
  else outcome.http1(undefined);
}

/** RST_STREAM's code for a stream that the server has not looked at (RFC 9113 §8.7). */
const REFUSED = 7;

/** A client's stream, from before its request. Where a session that was there before goes before it has answered, another is asked, once. */
class StreamOpening implements Transport {
  private readonly runtime: NodeModules["runtime"];
  private session: ClientHttp2Session;
  private release: () => void;
  private readonly listener: TransportListener;
  private again: ((outcome: SessionOutcome) => () => void) | undefined;
  private giveUp: (() => void) | undefined = undefined; // asking again
  private inner: Http2Transport | undefined = undefined;
  private over = false; // without a stream

  constructor(
    runtime: NodeModules["runtime"],
    session: ClientHttp2Session,
    release: () => void,
    listener: TransportListener,
    again: ((outcome: SessionOutcome) => () => void) | undefined,
  ) {
    this.runtime = runtime;
    this.session = session;
    this.release = release;
    this.listener = listener;
    this.again = again;
  }

  writeHead(head: HeaderSection): void {
    try {
      const stream = this.session.request(fieldsRecord(head.fields) as Record<string, string>, {
        endStream: false,
      });
      stream.once("close", this.release);
      this.inner = new Http2Transport(stream as unknown as Http2StreamLike, this.listener, () =>
        this.retry(head, stream),
      );
    } catch (error) {
      this.release();
      if (!this.retry(head, undefined)) this.gone(error); // the session has gone meanwhile
    }
  }

  /** Asks another session, if that may help. Returns whether it does. */
  private retry(head: HeaderSection, stream: ClientHttp2Stream | undefined): boolean {
    const { session, again } = this;
    const isUnseen =
      stream === undefined || session.closed || session.destroyed || stream.rstCode === REFUSED;
    if (again === undefined || this.over || !isUnseen) return false;
    this.again = this.inner = undefined;
    this.giveUp = again({
      http2: (other, release) => {
        this.giveUp = undefined;
        this.session = other;
        this.release = release;
        this.writeHead(head);
      },
      http1: () => {
        this.gone(new Error("The server has allowed WebSockets over HTTP/2, and now does not"));
      },
      failed: (cause) => {
        this.gone(cause);
      },
    });
    return true;
  }

  write(bytes: Uint8Array): void {
    this.inner?.write(bytes);
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    this.inner?.writeMany(pieces);
  }
  end(): void {
    if (this.inner !== undefined) this.inner.end();
    else this.destroy();
  }

  destroy(): void {
    this.again = undefined;
    if (this.inner !== undefined) return this.inner.destroy();
    if (this.giveUp === undefined) this.release();
    else this.giveUp();
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

  private gone(cause: unknown): void {
    if (this.over) return;
    this.over = true;
    this.runtime.queueMicrotask(() => {
      this.listener.onGone(cause);
    });
  }
}
