import type { ClientHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { type SocketOptions, connectSocket } from "../client/connect-socket.ts";
import { pingSession } from "./ping.ts";
import type { NodeModules } from "../node-modules.ts";

/** The time that an idle session is kept, in milliseconds: as long as undici keeps a connection. It does not keep the process alive. */
const IDLE = 4000;

/** The longest wait for a ping of an idle session, in milliseconds. After that the pool makes another. */
const ALIVE = 1000;

/** The outcomes of a client's request for a session: one of the three is called, once, never before the request returns. */
export interface SessionOutcome {
  /**
   * A session whose server opens WebSockets by extended CONNECT, and the slot in it for the new stream.
   * A session that `isUsed` existed before: its server may be about to end it.
   */
  http2(session: ClientHttp2Session, place: Place, isUsed: boolean): void;
  /** The server speaks HTTP/1.1, or allows no extended CONNECT: use this connection to it, if there is an unused one. */
  http1(socket: Duplex | undefined): void;
  /** It was not reached. */
  failed(cause: unknown): void;
}

/** One stream's slot in a session. */
export interface Place {
  /** The stream is gone, or will not be made. */
  release(): void;
  /** The server has answered. */
  answered(): void;
  /**
   * The server has not answered for a while, so the pool reuses the session no more. Some proxies accept fewer WebSockets a session than streams, and
   * never answer the others: from now on no session gets more than this one had answers. Returns whether it had any: then
   * another session may help.
   */
  stalled(): boolean;
  /** Finds another session. Returns a function that gives up. */
  again(outcome: SessionOutcome): () => void;
}

/** The sessions to one server, and the number of streams that it seems to answer in each. */
interface Known {
  readonly sessions: Set<PooledSession>;
  most: number;
}

type Layer = Pick<NodeModules, "http2" | "net" | "tls" | "runtime">;

/** The sessions of a process's clients: many sockets to one server share one. */
export class SessionPool {
  private readonly layer: Layer;
  private readonly servers = new Map<string, Known>();

  constructor(layer: Layer) {
    this.layer = layer;
  }

  /** Finds or makes a session to the server of `url`. Clients with the same option objects share sessions. Returns a function that gives up. */
  find(url: URL, options: SocketOptions, outcome: SessionOutcome): () => void {
    const origin = `${url.protocol === "wss:" ? "https:" : "http:"}//${url.host}`;
    return this.findAmong(
      this.servers.get(origin) ?? { sessions: new Set(), most: Infinity },
      url,
      origin,
      options,
      outcome,
    );
  }

  private findAmong(
    known: Known,
    url: URL,
    origin: string,
    options: SocketOptions,
    outcome: SessionOutcome,
  ): () => void {
    const { sessions } = known;
    let session = [...sessions].find((one) => one.serves(options));
    if (session === undefined) {
      const keep = (made: PooledSession): void => {
        this.servers.set(origin, known);
        sessions.add(made);
      };
      session = new PooledSession(this.layer, url, origin, options, {
        known,
        keep,
        forget: (made) => {
          sessions.delete(made);
          if (sessions.size === 0 && this.servers.get(origin) === known)
            this.servers.delete(origin);
        },
        again: (other) =>
          this.findAmong(this.servers.get(origin) ?? known, url, origin, options, other),
      });
      keep(session);
    }
    return session.ask(outcome);
  }
}

/** The pool, as a session uses it. */
interface PoolHost {
  readonly known: Known;
  /** Makes the session available to other clients. */
  keep(session: PooledSession): void;
  /** Takes the session out of the pool. */
  forget(session: PooledSession): void;
  /** Finds another session. */
  again(outcome: SessionOutcome): () => void;
}

/** A client that waits for the server's protocol. */
interface Waiter {
  readonly outcome: SessionOutcome;
  giveUp(): void;
}

/** One session, from the start of its connection. */
class PooledSession {
  private readonly runtime: Layer["runtime"];
  private readonly options: SocketOptions;
  private readonly pool: PoolHost;
  private readonly secure: boolean;
  private readonly socket: Duplex;
  private session: ClientHttp2Session | undefined = undefined;
  private waiting: Set<Waiter> | undefined = new Set(); // until it is known what the server speaks, or that it is still there
  private connected = false;
  private isProven = false; // to open WebSockets
  private streams = 0;
  private answered = 0; // of them
  private timer: unknown = undefined;

  constructor(
    { http2, ...layer }: Layer,
    url: URL,
    origin: string,
    options: SocketOptions,
    pool: PoolHost,
  ) {
    this.runtime = layer.runtime;
    this.options = options;
    this.pool = pool;
    const secure = (this.secure = url.protocol === "wss:");
    const socket = (this.socket = connectSocket(
      layer,
      url,
      secure ? { ...options, tls: { ALPNProtocols: ["h2", "http/1.1"], ...options.tls } } : options,
    ));
    socket.on("error", this.fail).on("close", this.fail);
    socket.once(secure ? "secureConnect" : "connect", () => {
      this.connected = true;
      if (secure && (socket as TLSSocket).alpnProtocol !== "h2") return this.handOver();
      socket
        .off("error", this.fail)
        .off("close", this.fail)
        .on("error", () => {}); // the session's to tell
      this.begin(
        http2.connect(origin, { createConnection: () => socket, settings: { enablePush: false } }),
      );
    });
  }

  /** Whether it may carry one more socket with `options`. */
  serves({ tls, net, ca }: SocketOptions): boolean {
    const { options, session } = this;
    if (tls !== options.tls || net !== options.net || ca !== options.ca) return false;
    return (
      session === undefined ||
      this.waiting !== undefined ||
      (!session.closed && !session.destroyed && this.hasRoom(session))
    );
  }

  private hasRoom({
    remoteSettings: { maxConcurrentStreams = Infinity },
  }: ClientHttp2Session): boolean {
    return this.streams < Math.min(maxConcurrentStreams, this.pool.known.most);
  }

  ask(outcome: SessionOutcome): () => void {
    if (this.waiting === undefined && this.streams > 0) return this.give(outcome);
    const waiting = this.waiting ?? this.check();
    const waiter: Waiter = {
      outcome,
      giveUp: () => {
        waiting.delete(waiter);
        if (this.waiting === waiting && waiting.size === 0) this.abandon();
      },
    };
    waiting.add(waiter);
    return () => {
      waiter.giveUp();
    };
  }

  /** Reserves a slot; passes the session on once the caller can give up. */
  private give(outcome: SessionOutcome): () => void {
    const place = this.take();
    let isWanted = true;
    this.runtime.queueMicrotask(() => {
      if (isWanted) outcome.http2(this.session!, place, true);
      else place.release();
    });
    return () => {
      isWanted = false;
    };
  }

  /** An idle session may be gone unnoticed, or about to go: the pool pings it first, and clients wait meanwhile. */
  private check(): Set<Waiter> {
    const session = this.session!;
    const waiting = (this.waiting = new Set<Waiter>());
    session.ref();
    this.runtime.clearTimeout(this.timer);
    this.timer = this.runtime.setTimeout(() => {
      session.destroy();
    }, ALIVE);
    pingSession(session, () => {
      if (this.waiting !== waiting || session.destroyed) return; // `fail` was called, or no client waits
      this.runtime.clearTimeout(this.timer);
      this.settle(session);
    });
    return waiting;
  }

  private begin(session: ClientHttp2Session): void {
    this.session = session;
    session.on("error", this.fail).on("close", this.fail).on("goaway", this.forget);
    // Later: Deno frees a session twice, and ends the process, when it is closed in its event of settings.
    session.once("remoteSettings", ({ enableConnectProtocol }) => {
      this.runtime.queueMicrotask(() => {
        this.learn(session, enableConnectProtocol === true);
      });
    });
  }

  private learn(session: ClientHttp2Session, isAllowed: boolean): void {
    if (this.waiting === undefined) return; // it has gone, or no client waits
    if (isAllowed) return this.settle(session);
    this.forget();
    session.close();
    for (const { outcome } of this.waiters()) outcome.http1(undefined);
  }

  /** The session is open: waiting clients get its free slots. */
  private settle(session: ClientHttp2Session): void {
    const isUsed = this.isProven;
    this.isProven = true;
    for (const waiter of this.waiters()) {
      if (!session.closed && this.hasRoom(session))
        waiter.outcome.http2(session, this.take(), isUsed);
      else if (session.closed || this.streams > 0) waiter.giveUp = this.pool.again(waiter.outcome);
      else
        waiter.outcome.failed(new Error("The server takes no streams: it allows none at a time"));
    }
    if (this.streams === 0) this.rest(session);
  }

  private readonly forget = (): void => {
    this.pool.forget(this);
  };

  /** The server has chosen HTTP/1.1: the first waiting client gets the connection, the others connect anew. */
  private handOver(): void {
    const { socket } = this;
    socket.off("error", this.fail).off("close", this.fail);
    this.forget();
    const [first, ...others] = this.waiters();
    first!.outcome.http1(socket);
    for (const { outcome } of others) outcome.http1(undefined);
  }

  /** A server without HTTP/2 in the clear ends the connection, or sends an answer that is not HTTP/2. */
  private readonly fail = (cause?: unknown): void => {
    this.forget();
    this.runtime.clearTimeout(this.timer);
    for (const waiter of this.waiters()) {
      const { outcome } = waiter;
      if (this.isProven) waiter.giveUp = this.pool.again(outcome);
      else if (this.connected && !this.secure) outcome.http1(undefined);
      else outcome.failed(cause ?? new Error("The connection was closed"));
    }
  };

  /** No client waits for it any more. */
  private abandon(): void {
    this.waiters();
    this.forget();
    this.runtime.clearTimeout(this.timer);
    this.session?.destroy();
    this.socket.on("error", () => {}).destroy();
  }

  /** Returns the waiting clients, and clears the list. */
  private waiters(): Set<Waiter> {
    const waiting = this.waiting ?? new Set<Waiter>();
    this.waiting = undefined;
    return waiting;
  }

  /** Counts one more stream. */
  private take(): Place {
    let isHeld = true;
    let isAnswered = false;
    let hasStalled = false;
    const { pool } = this;
    this.streams++;
    this.runtime.clearTimeout(this.timer);
    this.session!.ref();
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        if (isAnswered) this.answered--;
        this.release();
      },
      answered: () => {
        if (!isHeld || isAnswered) return;
        isAnswered = true;
        this.answered++;
        if (!hasStalled || this.session!.closed || this.session!.destroyed) return;
        pool.known.most = Infinity; // it was slow, and no more than that
        pool.keep(this);
      },
      stalled: () => {
        hasStalled = true;
        this.forget();
        if (this.answered > 0) pool.known.most = Math.min(pool.known.most, this.answered);
        return this.answered > 0;
      },
      again: (outcome) => pool.again(outcome),
    };
  }

  private release(): void {
    const session = this.session!;
    if (--this.streams === 0 && !session.destroyed) this.rest(session);
  }

  /** It carries no stream. */
  private rest(session: ClientHttp2Session): void {
    session.unref();
    this.timer = this.runtime.setTimeout(() => {
      this.forget();
      session.close();
    }, IDLE);
  }
}
