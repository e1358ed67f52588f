import type { ClientHttp2Session } from "node:http2";
import type { HeaderSection } from "../../opening.ts";
import { fieldsRecord, type Http2StreamLike, Http2Transport } from "../http2-transport.ts";
import { pendingWire } from "../pending-transport.ts";
import { type Transport, type TransportListener, WAITS_FOR } from "../transport.ts";
import type { Carrier, Wire } from "../wire.ts";
import type { DialOptions } from "./dial.ts";
import type { SessionOutcome, SessionPool } from "./http2-pool.ts";
import type { NodeLayer } from "./node-layer.ts";

/**
 * Reaches the server of `url` by HTTP/2 (RFC 8441): in a session of the pool, or in the caller's. Where that server opens no WebSockets so,
 * by `fallback`, which dials HTTP/1.1. What is written waits until that is known.
 */
export const dialHttp2 = (
  { runtime }: Pick<NodeLayer, "runtime">, pool: SessionPool, session: ClientHttp2Session | undefined, url: URL, options: DialOptions, fallback: () => Wire,
): Carrier => pendingWire(runtime, (outcome) => {
  const found: SessionOutcome = {
    http2: (one, release) => { outcome.ready(streamWire(runtime, one, release)); },
    http1: (socket) => {
      try {
        outcome.ready(socket ?? fallback());
      } catch (error) {
        outcome.failed(error);
      }
    },
    failed: (cause) => { outcome.failed(cause); },
  };
  return session === undefined ? pool.find(url, options, found) : checkSession(session, found);
}, WAITS_FOR.http2);

/** Those who wait to hear whether the server of a session allows extended CONNECT: one question for all. */
const asking = new WeakMap<ClientHttp2Session, Set<SessionOutcome>>();

/**
 * Finds out whether a session that is somebody's opens WebSockets. The answer to a ping comes after the server's settings, which are the first
 * that it says (RFC 9113 §3.4).
 */
function checkSession(session: ClientHttp2Session, outcome: SessionOutcome): () => void {
  let waiting = asking.get(session);
  if (waiting === undefined) {
    asking.set(session, waiting = new Set());
    ask(session, () => {
      const all = asking.get(session)!;
      asking.delete(session);
      for (const one of all) answer(session, one);
    });
  }
  waiting.add(outcome);
  return () => { waiting.delete(outcome); };
}

function ask(session: ClientHttp2Session, done: () => void): void {
  let over = false;
  const once = (): void => {
    if (over) return;
    over = true;
    session.off("close", once).off("error", once);
    done();
  };
  if (session.closed || session.destroyed || isAllowed(session)) return queueMicrotask(once);
  session.on("close", once).on("error", once);
  if (session.connecting) session.once("connect", () => { session.ping(once); });
  else session.ping(once);
}

const isAllowed = (session: ClientHttp2Session): boolean => !session.connecting && session.remoteSettings.enableConnectProtocol === true;

function answer(session: ClientHttp2Session, outcome: SessionOutcome): void {
  if (session.closed || session.destroyed) outcome.failed(new Error("The HTTP/2 session is closed: give one that is open, or leave it to `http2: true` to make one"));
  else if (isAllowed(session)) outcome.http2(session, () => {});
  else outcome.http1(undefined);
}

/** One stream of `session`, which is made when the request is there. */
const streamWire = (runtime: NodeLayer["runtime"], session: ClientHttp2Session, release: () => void): Carrier =>
  ({ destroyed: false, bind: (listener) => new StreamOpening(runtime, session, release, listener) });

/** A client's stream, from before its request. */
class StreamOpening implements Transport {
  private readonly runtime: NodeLayer["runtime"];
  private readonly session: ClientHttp2Session;
  private readonly release: () => void;
  private readonly listener: TransportListener;
  private inner: Http2Transport | undefined = undefined;
  private over = false; // without a stream

  constructor(runtime: NodeLayer["runtime"], session: ClientHttp2Session, release: () => void, listener: TransportListener) {
    this.runtime = runtime;
    this.session = session;
    this.release = release;
    this.listener = listener;
  }

  writeHead(head: HeaderSection): void {
    try {
      const stream = this.session.request(fieldsRecord(head.fields) as Record<string, string>, { endStream: false });
      stream.once("close", this.release);
      this.inner = new Http2Transport(stream as unknown as Http2StreamLike, this.listener);
    } catch (error) {
      this.gone(error); // the session has gone meanwhile
    }
  }

  write(bytes: Uint8Array): void { this.inner?.write(bytes); }
  writeMany(pieces: readonly Uint8Array[]): void { this.inner?.writeMany(pieces); }
  end(): void {
    if (this.inner !== undefined) this.inner.end();
    else this.gone(undefined);
  }

  destroy(): void {
    if (this.inner !== undefined) this.inner.destroy();
    else this.gone(undefined);
  }

  pause(): void { this.inner?.pause(); }
  resume(): void { this.inner?.resume(); }
  get bufferedBytes(): number { return this.inner?.bufferedBytes ?? 0; }
  get backedUp(): boolean { return this.inner?.backedUp ?? false; }

  private gone(cause: unknown): void {
    if (this.over) return;
    this.over = true;
    this.release();
    this.runtime.queueMicrotask(() => { this.listener.onGone(cause); });
  }
}
