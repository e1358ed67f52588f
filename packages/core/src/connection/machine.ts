/**
 * A connection: inputs, commands and effects, wired to the parts that know how. It holds no wire format
 * and decides nothing about the lifecycle: that is the chart's (`lifecycle/chart.ts`).
 */
import type { Actions, Timer } from "../actions.ts";
import { encodeClosePayload } from "../close-code.ts";
import { masksOf } from "../frame/mask-source.ts";
import { BINARY, CLOSE, type Opcode, PING, PONG, TEXT } from "../frame/opcode.ts";
import type { Effects, LifecycleTimer } from "../lifecycle/chart.ts";
import { type EventType, lifecycleOf, type State } from "../lifecycle/interned.ts";
import type { Role } from "../lifecycle/role.ts";
import type { Opening } from "../opening.ts";
import type { ConnectionOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { ProtocolViolation, UsageError, type ViolationCode } from "../violation.ts";
import { CloseRecord, codeOf } from "./close-record.ts";
import type { Connection } from "./contract.ts";
import { Inbound, type InboundHost } from "./inbound.ts";
import { Intake, type IntakeHost } from "./intake.ts";
import { Keepalive } from "./keepalive.ts";
import type { OpeningHost, OpeningSide } from "./opening-side.ts";
import { Outbound } from "./outbound.ts";
import { Outbox } from "./outbox.ts";
import { slabOf } from "./slab.ts";

/** Binds a role's opening side to its connection. */
export type SideFactory<Side extends OpeningSide> = (host: OpeningHost) => Side;

const EMPTY = new Uint8Array(0);
const CONTROL_MAX = 125;

/** Both roles' connection; `Side` is what differs until it is open. */
export class Machine<Side extends OpeningSide> implements Connection, Effects, InboundHost, IntakeHost, OpeningHost {
  readonly actions: Actions;
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  lifecycle: State;
  /** The opening handshake's reader and writer; gone once open. */
  side: Side | undefined;
  private depth = 0; // open batches: the outbox is flushed when the last one ends
  private backlog = 0; // what the transport holds
  private stateDue = false; // the state was entered and observers do not know yet
  private keepalive: Keepalive | undefined = undefined;
  private outcome: Opening | undefined = undefined; // of the opening, until announced
  private readonly inbound: Inbound;
  private readonly intake: Intake;
  private readonly outbox: Outbox;
  private readonly outbound: Outbound;
  private readonly ending = new CloseRecord();

  constructor(role: Role, actions: Actions, platform: Platform, options: ConnectionOptions, makeSide: SideFactory<Side>) {
    this.actions = actions;
    this.platform = platform;
    this.options = options;
    this.lifecycle = lifecycleOf(role).state;
    this.inbound = new Inbound(this, actions, platform, options);
    this.intake = new Intake(this, this.inbound, role === "server", options.ownsChunks);
    this.outbox = new Outbox(slabOf(platform), actions);
    this.outbound = new Outbound(platform, this.outbox, role === "client" ? masksOf(platform) : undefined);
    this.side = makeSide(this);
  }

  // Inputs: what happened to the transport.

  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (start === end) return;
    this.depth++;
    try {
      this.intake.receive(bytes, start, end);
    } finally {
      this.uncork();
    }
  }

  receiveEnd(): void { if (this.intake.end()) this.happen("transport.ended"); }
  receiveError(): void { this.happen("transport.lost"); }
  receiveBacklog(bytes: number): void { this.backlog = bytes; }
  fireTimer(timer: Timer): void {
    if (timer === "ping") this.keepalive?.due();
    else if (timer === "pong") this.keepalive?.overdue();
    else this.happen(`timer.${timer}`);
  }

  // Commands: what the application wants.

  sendText(text: string): void {
    this.begin("sendText");
    this.outbound.text(text);
    this.end();
  }

  sendTextBytes(bytes: Uint8Array, start = 0, end = bytes.length): void { this.sendPayload("sendTextBytes", TEXT, bytes, start, end); }
  sendBinary(bytes: Uint8Array, start = 0, end = bytes.length): void { this.sendPayload("sendBinary", BINARY, bytes, start, end); }

  sendParts(kind: "text" | "binary", parts: readonly Uint8Array[], size: number): void {
    this.begin("sendParts");
    this.outbound.parts(kind === "text" ? TEXT : BINARY, parts, size);
    this.end();
  }

  ping(bytes: Uint8Array = EMPTY): void { this.sendControl("ping", PING, bytes); }
  pong(bytes: Uint8Array = EMPTY): void { this.sendControl("pong", PONG, bytes); }

  close(code?: number, reason = ""): void {
    const payload = encodeClosePayload(this.platform, code, reason), { phase } = this.lifecycle, { ending } = this;
    if (ending.failed || phase === "closing" || phase === "closed") return;
    if (phase === "connecting" && code !== undefined) {
      ending.code = code;
      ending.reason = reason;
    }
    ending.payload = payload;
    this.happen("close.requested");
    this.happen("output.drained");
    this.resume(); // paused, it would never read the peer's close frame
  }

  terminate(): void { this.happen("terminate.requested"); }
  pause(): void {
    if (this.lifecycle.phase === "open" || this.lifecycle.phase === "connecting") this.intake.pause();
  }

  resume(): void {
    if (!this.intake.paused) return;
    this.intake.paused = false;
    this.proceed();
  }

  cork(): void { this.depth++; }
  uncork(): void { if (--this.depth === 0) this.outbox.flush(); }
  get state(): Connection["state"] { return this.lifecycle.phase; }
  get path(): string { return this.lifecycle.path; }
  get sendable(): boolean { return this.lifecycle.sendable; }
  get bufferedBytes(): number { return this.outbox.size; }

  // What the frames were, and what the handshake's side asks.

  get flowing(): boolean { return this.lifecycle.readable && !this.intake.paused; }

  control(opcode: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (opcode === CLOSE) this.receiveClose(bytes, start, end);
    else if (opcode === PING) {
      if (this.lifecycle.writable) this.outbound.payload(PONG, bytes, start, end);
      this.actions.onPing(bytes, start, end);
      this.checkOverflow();
    } else {
      this.keepalive?.answered(bytes, start, end);
      this.actions.onPong(bytes, start, end);
    }
    return this.flowing;
  }

  violate(code: ViolationCode, detail: number): false {
    this.fail(new ProtocolViolation(code, detail));
    this.happen("violation");
    return false;
  }

  fail(violation: ProtocolViolation): void {
    this.ending.fail(violation, this.platform);
    this.actions.onViolation(violation);
  }

  opened(opening: Opening): void {
    this.outcome = opening;
    this.happen("handshake.accepted");
    this.proceed();
  }

  /** Puts an event to the chart and carries out what it answers. */
  happen(event: EventType): void {
    const { state, run } = this.lifecycle.step(event);
    this.depth++;
    try {
      if (state !== this.lifecycle) {
        this.lifecycle = state;
        this.stateDue = true;
        if (!state.sendable) this.keepalive = this.keepalive?.stop();
      }
      for (const effect of run) effect(this);
      this.announceState();
    } finally {
      this.uncork();
    }
    this.endIfDue();
  }

  // Effects: what the chart decided.

  writeRequest(): void { this.outbox.attach(this.side!.head); }
  announceRequest(): void {
    this.announceState();
    if (this.side?.request !== undefined) this.actions.onRequest(this.side.request); // an observer may have answered
  }

  writeResponse(): void { this.outbox.attach(this.side!.head); }
  writeRejection(): void { this.outbox.attach(this.side!.head); }
  announceOpen(): void {
    const opening = this.outcome!, { pingInterval, pongTimeout } = this.options;
    this.side = this.outcome = undefined;
    if (pingInterval > 0) this.keepalive = new Keepalive(this, pingInterval, pongTimeout);
    this.announceState();
    if (this.lifecycle.phase !== "closed") this.actions.onOpen(opening);
  }

  announceTimeout(): void { this.fail(new ProtocolViolation("handshake-timeout", this.options.handshakeTimeout)); }
  writeClose(): void {
    const { payload } = this.ending;
    this.outbound.payload(CLOSE, payload, 0, payload.length);
  }

  discardInput(): void {
    this.inbound.discard();
    this.intake.discard();
  }

  endTransport(): void {
    this.outbox.flush();
    this.actions.endTransport();
  }

  destroyTransport(): void {
    this.outbox.discard();
    this.actions.destroyTransport();
  }

  announceClose(): void {
    const { code, reason, clean } = this.ending;
    this.outbox.discard();
    this.inbound.discard();
    this.intake.forget();
    this.side = undefined;
    this.announceState();
    this.actions.onClose(code, reason, clean);
  }

  startTimer(timer: LifecycleTimer): void {
    const { handshakeTimeout, closeTimeout } = this.options, after = timer === "close" ? closeTimeout : handshakeTimeout;
    if (after > 0) this.actions.setTimer(timer, after);
  }

  stopTimer(timer: LifecycleTimer): void { this.actions.clearTimer(timer); }
  private begin(command: string): void {
    if (!this.lifecycle.sendable) throw new UsageError(`${command}: the connection is ${this.state}, not open`);
  }

  private end(): void {
    this.checkOverflow();
    if (this.depth === 0) this.outbox.flush();
  }

  private checkOverflow(): void {
    const { maxBufferedBytes } = this.options;
    if (this.backlog + this.outbox.size <= maxBufferedBytes || !this.lifecycle.writable || this.ending.failed) return;
    this.violate("output-overflow", maxBufferedBytes);
  }

  private sendControl(command: string, opcode: Opcode, bytes: Uint8Array): void {
    if (bytes.length > CONTROL_MAX) throw new UsageError(`${command}: a payload has at most ${CONTROL_MAX} bytes, got ${bytes.length}`);
    this.sendPayload(command, opcode, bytes, 0, bytes.length);
  }

  private sendPayload(command: string, opcode: Opcode, bytes: Uint8Array, start: number, end: number): void {
    this.begin(command);
    this.outbound.payload(opcode, bytes, start, end);
    this.end();
  }

  private receiveClose(bytes: Uint8Array, start: number, end: number): void {
    const { ending } = this, wrong = ending.receive(this.platform, bytes, start, end);
    if (wrong !== undefined) return void this.violate(wrong, end - start > 1 ? codeOf(bytes, start) : 0);
    if (this.lifecycle.sendable) ending.echo(bytes, start, end);
    this.happen("close.received");
    this.happen("output.drained");
  }

  /** Reads what was held. */
  protected proceed(): void {
    this.depth++;
    try {
      this.intake.proceed();
    } finally {
      this.uncork();
    }
    this.endIfDue();
  }

  /** Takes notice of the transport's end, which had to wait behind held input. */
  private endIfDue(): void {
    if (!this.intake.endDue) return;
    this.intake.endDue = false;
    this.happen("transport.ended");
  }

  /** Tells observers of the state entered: after the step's requests, so that commands may be given, and before its announcement. */
  private announceState(): void {
    if (!this.stateDue) return;
    this.stateDue = false;
    this.actions.onState(this.lifecycle.path);
  }
}
