import type { Actions, ApplicationActions, Timer } from "../../actions.ts";
import type {
  ClientConnection,
  Connection,
  OpenConnection,
  ServerConnection,
} from "../../connection/contract.ts";
import type { Latency } from "../../connection/round-trips.ts";
import type { HeaderSection, Opening, OpeningRequest, OpeningResponse } from "../../opening.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import { closed, failed, opened, payloadSeen } from "../diagnostics/diagnostics.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ConnectionAccount } from "./session.ts";
import { Timers } from "../runtime/timers.ts";
import type { Sent, Transport, TransportListener } from "../transport/transport.ts";
import { atEndOfTurn, type Corked } from "../runtime/turn.ts";

/** The calls of a driver to its session: the events among the actions, and the transport's news. */
export interface DriverListener extends ApplicationActions {
  /** The transport was backed up, and takes more. */
  onDrain(): void;
  /** The transport has ended by this error. `onClose` follows, unless it came before. */
  onTransportError(cause: unknown): void;
  /** The transport is gone, whether or not the connection was closed before. */
  onTransportGone?(): void;
  /** The pong that was just received answers a ping sent here; `latency` has the time it took. */
  onLatency?(latency: Latency): void;
  /** The output before `connection.notify(notice)` has left the process, or, with an error, never will. */
  onSent?(notice: unknown, error?: Error | null): void;
  /** The socket that applications see, once there is one: for diagnostics. */
  readonly webSocket?: object | undefined;
}

/** Watches a connection, for tools: its states, and the bytes as they pass. Bytes are lent until the call returns. */
export interface ConnectionObserver {
  onState?(path: string): void;
  /** The call for incoming bytes comes before the decoder unmasks them in place. */
  onBytes?(direction: "in" | "out", bytes: Uint8Array): void;
  /** The peer has answered a ping sent here; `latency` has the time it took. */
  onLatency?(latency: Latency): void;
}

/** A {@link ConnectionObserver} of the library's own. */
export interface WatchingObserver extends ConnectionObserver {
  /** The connection is open, and its listener has heard so. */
  onOpened?(): void;
}

/** Tools that watch a connection. */
export interface ConnectionTools {
  readonly observer?: ConnectionObserver | undefined;
  /** Records the connection. @defaultValue the runtime's own sink, and without one, none */
  readonly record?: TraceSink | undefined;
}

/** The driver of a server's connection. */
export type ServerDriver = Driver<ServerConnection>;
/** The driver of a client's connection. */
export type ClientDriver = Driver<ClientConnection>;
export type OpenDriver = Driver<OpenConnection>;

/** After the connection is closed, how long the last bytes may take to leave before the transport is dropped, in milliseconds. */
const LINGER = 30_000;

/** The parts that stop a transport, as bits. */
const BY_CONNECTION = 1;
const BY_BUDGET = 2;

/** Carries a connection's actions to a transport and to timers, and their news back. It decides nothing about the protocol. */
export class Driver<C extends Connection = Connection>
  implements Actions, TransportListener, Corked
{
  listener: DriverListener;
  readonly connection: C;
  readonly transport: Transport;
  private readonly runtime: Runtime;
  private readonly observer: WatchingObserver | undefined;
  private timers: Timers | undefined = undefined;
  private batching = false; // a read is going on, or the turn's output is corked
  /** Counts the connection's part of a budget. */
  account: ConnectionAccount | undefined = undefined;
  private gone = false;
  declare private pausedBy: number; // on the prototype: few are paused
  private latency: Latency | undefined = undefined; // the latest that was reported
  private marks: unknown[] | undefined = undefined; // of the next write

  constructor(
    runtime: Runtime,
    listener: DriverListener,
    connect: (actions: Actions) => C,
    bind: (listener: TransportListener) => Transport,
    observer: WatchingObserver | undefined,
  ) {
    this.runtime = runtime;
    this.listener = listener;
    this.observer = observer;
    this.connection = connect(this);
    this.transport = bind(this);
  }

  /** Holds output back until the turn ends, so that it leaves in one write. Call it before commands. */
  cork(): void {
    if (this.batching) return;
    this.batching = true;
    this.refresh();
    this.connection.cork();
    atEndOfTurn(this.runtime, this);
  }

  /** Writes the output that the turn has held back so far. */
  flush(): void {
    this.connection.flush();
  }

  endTurn(): void {
    this.batching = false;
    try {
      this.connection.uncork();
    } catch (error) {
      this.runtime.reportError(error); // the error of an observer: the connections after this one must have their turn
    }
  }

  /** Bytes that have not left the process. */
  get bufferedBytes(): number {
    return this.connection.bufferedBytes + (this.gone ? 0 : this.transport.bufferedBytes);
  }

  /** Whether a sender should wait: `onDrain` will follow. */
  get backedUp(): boolean {
    return this.transport.backedUp;
  }

  // TransportListener.

  onData(bytes: Uint8Array): void {
    this.observer?.onBytes?.("in", bytes);
    this.account?.received(bytes.length);
    if (this.batching) return this.connection.receive(bytes);
    this.batching = true;
    this.refresh();
    try {
      this.connection.receive(bytes);
    } finally {
      this.batching = false;
    }
  }

  onResponse(response: OpeningResponse): void {
    (this.connection as Connection as ClientConnection).receiveResponse(response);
  }

  onEnd(): void {
    this.connection.receiveEnd();
  }

  onProgress(): void {
    this.refresh();
  }

  onDrain(): void {
    this.refresh();
    this.listener.onDrain();
  }

  onGone(cause?: unknown): void {
    this.gone = true;
    this.account?.release();
    this.clearTimer("close");
    if (cause !== undefined) {
      this.listener.onTransportError(cause);
      failed(this.runtime, this.listener, cause);
    }
    this.connection.receiveError();
    this.listener.onTransportGone?.();
  }

  // TransportActions.

  write(bytes: Uint8Array): void {
    this.observer?.onBytes?.("out", bytes);
    if (this.marks === undefined) this.transport.write(bytes);
    else this.transport.write(bytes, this.takeMarks());
    this.refresh();
  }

  mark(notice: unknown): void {
    (this.marks ??= []).push(notice);
  }

  private takeMarks(): Sent {
    const notices = this.marks!;
    this.marks = undefined;
    return (error) => {
      for (const notice of notices) this.listener.onSent?.(notice, error);
    };
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.observer?.onBytes?.("out", piece);
    if (this.marks === undefined) this.transport.writeMany(pieces);
    else this.transport.writeMany(pieces, this.takeMarks());
    this.refresh();
  }

  writeHead(head: HeaderSection): void {
    if (this.transport.writeHead !== undefined) this.transport.writeHead(head);
    else if (head.bytes !== undefined) this.write(head.bytes);
  }

  endTransport(): void {
    this.transport.end();
  }
  destroyTransport(): void {
    this.transport.destroy();
  }
  pauseTransport(): void {
    this.pausedBy |= BY_CONNECTION;
    this.transport.pause();
  }
  resumeTransport(): void {
    this.unpause(BY_CONNECTION);
  }

  /** Stops the transport, whatever the connection wants, until {@link releaseInput}. The connection does not know: a paused one would excuse a pong that is due, and a dead peer stay. */
  holdInput(): void {
    this.pausedBy |= BY_BUDGET;
    this.transport.pause();
  }

  releaseInput(): void {
    this.unpause(BY_BUDGET);
  }

  private unpause(by: number): void {
    this.pausedBy &= ~by;
    if (this.pausedBy === 0) this.transport.resume();
  }

  setTimer(timer: Timer, milliseconds: number): void {
    this.timers ??= new Timers(this.runtime, (due) => {
      this.timerDue(due);
    });
    this.timers.set(timer, milliseconds);
  }

  clearTimer(timer: Timer): void {
    if (this.timers?.clear(timer) === 0) this.timers = undefined;
  }

  /** The runtime's own handle of a timer that runs. */
  timer(timer: Timer): unknown {
    return this.timers?.handle(timer);
  }

  private timerDue(timer: Timer): void {
    this.refresh();
    this.connection.fireTimer(timer);
  }

  /** Passes on how many bytes wait: a transport reports bytes that leave later only if it was backed up. */
  private refresh(): void {
    const { bufferedBytes } = this.transport;
    this.connection.receiveBacklog(bufferedBytes);
    this.account?.report(bufferedBytes + this.connection.bufferedBytes);
  }

  // ApplicationActions: the listener's.

  onState(path: string): void {
    this.observer?.onState?.(path);
    this.listener.onState(path);
  }

  onRequest(request: OpeningRequest): void {
    this.listener.onRequest(request);
  }

  onOpen(opening: Opening): void {
    this.listener.onOpen(opening);
    opened(this.runtime, this.listener, opening, this.transport);
    this.observer?.onOpened?.();
  }

  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.account?.message();
    this.listener.onText(bytes, start, end, ascii);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    this.account?.message();
    this.listener.onBinary(bytes, start, end);
  }

  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    this.account?.message();
    this.listener.onTextParts(parts, size, ascii);
  }

  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.account?.message();
    this.listener.onBinaryParts(parts, size);
  }

  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (last) this.account?.message();
    this.listener.onFragment(kind, bytes, start, end, last);
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    this.listener.onPing(bytes, start, end);
    payloadSeen("ping", this.runtime, this.listener, bytes, start, end);
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    const { latency } = this.connection;
    const isNew = latency !== undefined && latency !== this.latency;
    this.latency = latency;
    if (isNew) this.observer?.onLatency?.(latency);
    this.listener.onPong(bytes, start, end);
    if (isNew) this.listener.onLatency?.(latency);
    payloadSeen("pong", this.runtime, this.listener, bytes, start, end);
  }

  onViolation(violation: ProtocolViolation): void {
    this.listener.onViolation(violation);
    failed(this.runtime, this.listener, violation);
  }

  onClose(code: number, reason: string, clean: boolean): void {
    // A peer that has ended its side but reads no more could otherwise hold the last bytes, and us, for ever.
    if (!this.gone && this.transport.bufferedBytes > 0) this.linger();
    this.listener.onClose(code, reason, clean);
    closed(this.runtime, this.listener, { code, reason, wasClean: clean });
  }

  private linger(): void {
    this.timers = new Timers(this.runtime, () => {
      this.transport.destroy();
    });
    this.timers.set("close", LINGER);
  }
}
Object.assign(Driver.prototype, { pausedBy: 0 });
