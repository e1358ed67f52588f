import type { ClientHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { type SocketOptions, connectSocket } from "../client/connect-socket.ts";
import { pingSession } from "./ping.ts";
import type { NodeModules } from "../node-modules.ts";

/** How long a session is kept that carries nothing, in milliseconds: as long as undici keeps a connection. It does not keep the process alive. */
const IDLE = 4000;

/** How long a session that has carried nothing for a while may take to say that it is there, in milliseconds. After that another is made. */
const ALIVE = 1000;

/** What became of a client's wish for a session: one of the three is called, once, and not from within. */
export interface SessionOutcome {
  /**
   * A session whose server opens WebSockets by extended CONNECT, and the place in it of the stream that is to be made.
   * One that `isUsed` has been there before: its server may be about to end it.
   */
  http2(session: ClientHttp2Session, place: Place, isUsed: boolean): void;
  /** The server speaks HTTP/1.1, or allows no extended CONNECT: by this connection to it, if there is one that has carried nothing. */
  http1(socket: Duplex | undefined): void;
  /** It was not reached. */
  failed(cause: unknown): void;
}

/** One stream's place in a session. */
export interface Place {
  /** The stream is gone, or will not be. */
  release(): void;
  /** The server has answered. */
  answered(): void;
  /**
   * The server has not answered for a while, so the session is given to nobody else. Some proxies take fewer WebSockets a session than streams, and
   * leave the others without a word: no session has more from now on than this one was answered. Returns whether it was answered any: then
   * another session may help.
   */
  stalled(): boolean;
  /** Finds another session. Returns what gives up. */
  again(outcome: SessionOutcome): () => void;
}

/** The sessions to one server, and how many streams it seems to answer in each. */
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

  /** Finds or makes a session to the server of `url`. Sessions are shared by those whose options are the same objects. Returns what gives up. */
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

/** What a session asks of its pool. */
interface PoolHost {
  readonly known: Known;
  /** Gives it to others too. */
  keep(session: PooledSession): void;
  /** Gives it to nobody any more. */
  forget(session: PooledSession): void;
  /** Finds another. */
  again(outcome: SessionOutcome): () => void;
}

/** One who waits to hear what the server speaks. */
interface Waiter {
  readonly outcome: SessionOutcome;
  giveUp(): void;
}

/** One session, from its first dialling on. */
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

  /** Whether it may carry one more socket of those who give `options`. */
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

  /** Has room, as it seems; the session is given once the caller knows how to give up. */
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

  /** A session that carries nothing may be gone without our knowing, or about to go: it is asked first, and those who come meanwhile wait. */
  private check(): Set<Waiter> {
    const session = this.session!;
    const waiting = (this.waiting = new Set<Waiter>());
    session.ref();
    this.runtime.clearTimeout(this.timer);
    this.timer = this.runtime.setTimeout(() => {
      session.destroy();
    }, ALIVE);
    pingSession(session, () => {
      if (this.waiting !== waiting || session.destroyed) return; // `fail` has been told, or nobody waits
      this.runtime.clearTimeout(this.timer);
      this.settle(session);
    });
    return waiting;
  }

  private begin(session: ClientHttp2Session): void {
    this.session = session;
    session.on("error", this.fail).on("close", this.fail).on("goaway", this.forget);
    // Not from within: Deno frees a session twice, and the process with it, that is closed as its settings are told.
    session.once("remoteSettings", ({ enableConnectProtocol }) => {
      this.runtime.queueMicrotask(() => {
        this.learn(session, enableConnectProtocol === true);
      });
    });
  }

  private learn(session: ClientHttp2Session, isAllowed: boolean): void {
    if (this.waiting === undefined) return; // it has gone, or nobody waits
    if (isAllowed) return this.settle(session);
    this.forget();
    session.close();
    for (const { outcome } of this.waiters()) outcome.http1(undefined);
  }

  /** The session is there: those who wait have it as far as it has room. */
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

  /** The server has chosen HTTP/1.1: the first who waits gets the connection, the others know. */
  private handOver(): void {
    const { socket } = this;
    socket.off("error", this.fail).off("close", this.fail);
    this.forget();
    const [first, ...others] = this.waiters();
    first!.outcome.http1(socket);
    for (const { outcome } of others) outcome.http1(undefined);
  }

  /** What is not HTTP/2 in the clear says so by ending, or by an answer that is none there. */
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

  /** Nobody waits for it any more. */
  private abandon(): void {
    this.waiters();
    this.forget();
    this.runtime.clearTimeout(this.timer);
    this.session?.destroy();
    this.socket.on("error", () => {}).destroy();
  }

  /** Those who wait, who do no longer. */
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

  /** It carries nothing. */
  private rest(session: ClientHttp2Session): void {
    session.unref();
    this.timer = this.runtime.setTimeout(() => {
      this.forget();
      session.close();
    }, IDLE);
  }
}
