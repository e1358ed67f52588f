/**
 * A connection: inputs, commands and effects, wired to the parts that know how. It holds no wire format
 * and decides nothing about the lifecycle: that is the chart's (`lifecycle/chart.ts`).
 */
import type { Actions, Timer } from "../actions.ts";
import { encodeClosePayload, NO_STATUS } from "../close-code.ts";
import { rfc6455 } from "../dialect/hybi.ts";
import type { Supports } from "../dialect/dialect.ts";
import { FrameDecoder } from "../frame/decoder.ts";
import { CLOSE, PING } from "../frame/opcode.ts";
import type { Effects, LifecycleTimer } from "../lifecycle/chart.ts";
import { type EventType, lifecycleOf, type State } from "../lifecycle/interned.ts";
import type { Role } from "../lifecycle/role.ts";
import type { Opening } from "../opening.ts";
import type { ConnectionOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { ProtocolViolation, type ViolationCode } from "../violation.ts";
import { CloseRecord, codeOf } from "./close-record.ts";
import type { Connection } from "./contract.ts";
import { applyFraming, type FramedParts } from "./framing.ts";
import { FRAME, Inbound, type InboundHost } from "./receive/message-assembler.ts";
import { sendHead } from "./opening/send-head.ts";
import { Intake, type IntakeHost } from "./receive/receiver.ts";
import { Keepalive } from "./keepalive.ts";
import type { OpeningHost, OpeningSide, Terms } from "./opening/opening-handshake.ts";
import { Output, type OutputHost } from "./send/send-pipeline.ts";
import { Sending } from "./send/commands.ts";

/** Binds a role's opening side to its connection. */
export type SideFactory<Side extends OpeningSide> = (host: OpeningHost) => Side | undefined;

/** Both roles' connection; `Side` is what differs until it is open. */
export class Machine<Side extends OpeningSide>
  extends Sending
  implements Connection, Effects, InboundHost, IntakeHost, OutputHost, OpeningHost, FramedParts
{
  readonly actions: Actions;
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  lifecycle: State;
  /** The opening handshake's reader and writer; gone once open. */
  side: Side | undefined;
  supports: Supports = rfc6455.supports;
  private stateDue = false; // the state was entered and observers do not know yet
  private keepalive: Keepalive | undefined = undefined;
  private outcome: Opening | undefined = undefined; // of the opening, until announced
  readonly inbound: Inbound;
  readonly intake: Intake;
  readonly output: Output;
  private readonly ending = new CloseRecord();

  constructor(
    role: Role,
    actions: Actions,
    platform: Platform,
    options: ConnectionOptions,
    makeSide: SideFactory<Side>,
  ) {
    super();
    this.actions = actions;
    this.platform = platform;
    this.options = options;
    this.lifecycle = lifecycleOf(role).state;
    this.inbound = new Inbound(this, actions, platform, options);
    this.intake = new Intake(
      this,
      new FrameDecoder(this.inbound, role === "server"),
      options.ownsChunks,
    );
    this.output = new Output(this, role);
    this.side = makeSide(this);
  }

  // Inputs: what happened to the transport.

  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (start === end) return;
    this.keepalive?.heard();
    this.output.cork(); // not by batch(): a closure a chunk would show
    try {
      this.intake.receive(bytes, start, end);
    } finally {
      this.output.uncork();
    }
  }

  receiveEnd(): void {
    if (!this.intake.end()) return;
    this.intake.endDue = true;
    this.endIfDue();
  }

  receiveError(): void {
    this.ending.begin("peer", "connection-lost");
    if (this.intake.lost()) this.happen("transport.lost");
    else this.startTimer("close"); // an extension that never answers must not keep the connection
  }

  receiveBacklog(bytes: number): void {
    this.output.backlog = bytes;
  }
  fireTimer(timer: Timer): void {
    if (timer === "ping") this.keepalive?.due();
    else if (timer === "pong") this.keepalive?.overdue();
    else {
      if (timer === "close") this.ending.begin("peer", "close-timeout");
      this.happen(timer === "close" && this.intake.isLost ? "transport.lost" : `timer.${timer}`);
    }
  }

  // Commands: what the application wants.

  close(code?: number, reason = ""): void {
    const payload = encodeClosePayload(this.platform, code, reason);
    const { phase } = this.lifecycle;
    const { ending } = this;
    if (ending.failed || phase === "closing" || phase === "closed") return;
    if (phase === "connecting" && code !== undefined) {
      ending.code = code;
      ending.reason = reason;
    }
    ending.payload = payload;
    ending.begin("local");
    if (phase === "open" && !this.supports.closeHandshake) ending.code = code ?? NO_STATUS;
    this.happen("close.requested");
    if (this.output.idle) this.outputDrained();
    this.resume(); // paused, it would never read the peer's close frame
  }

  terminate(): void {
    this.ending.begin("local", "terminated");
    this.happen("terminate.requested");
  }
  pause(): void {
    if (this.lifecycle.phase !== "open" && this.lifecycle.phase !== "connecting") return;
    this.intake.pause();
    this.keepalive?.excuse();
  }

  resume(): void {
    if (!this.intake.paused) return;
    this.intake.paused = false;
    this.proceed();
  }

  deliver(unit: "message" | "fragment"): void {
    this.inbound.deliver(unit);
  }
  cork(): void {
    this.output.cork();
  }
  uncork(): void {
    this.output.uncork();
  }
  get state(): Connection["state"] {
    return this.lifecycle.phase;
  }
  get path(): string {
    return this.lifecycle.path;
  }
  get sendable(): boolean {
    return this.lifecycle.sendable;
  }
  get bufferedBytes(): number {
    return this.output.size;
  }
  get closure(): Connection["closure"] {
    return this.lifecycle.phase === "closed" ? this.ending : undefined;
  }

  // What the frames were, and what the handshake's side asks.

  get busy(): boolean {
    return this.inbound.busy;
  }
  // Once it has failed nothing is read, even if whoever is told of it says resume().
  get readable(): boolean {
    return this.lifecycle.readable && !this.ending.failed;
  }
  get paused(): boolean {
    return this.intake.paused;
  }
  get flowing(): boolean {
    return this.readable && !this.intake.paused && !this.inbound.busy;
  }

  control(opcode: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (opcode === CLOSE) this.receiveClose(bytes, start, end);
    else if (opcode === PING) {
      // After our close frame too: only theirs ends the duty (RFC 6455 §5.5.2).
      if (this.options.autoPong) this.output.pong(bytes, start, end);
      this.actions.onPing(bytes, start, end);
      this.output.sent();
    } else {
      this.keepalive?.answered(bytes, start, end);
      this.actions.onPong(bytes, start, end);
    }
    return this.flowing;
  }

  violate(code: ViolationCode, detail: number | string, at?: number, cause?: unknown): false {
    if (this.ending.failed) return false;
    this.fail(new ProtocolViolation(code, detail, { offset: this.intake.offsetOf(at), cause }));
    this.happen("violation");
    return false;
  }

  fail(violation: ProtocolViolation): void {
    this.ending.fail(violation, this.platform, this.options.closeReasons);
    this.actions.onViolation(violation);
  }

  opened(terms: Terms): void {
    this.outcome = terms.opening;
    this.supports = terms.dialect.supports;
    applyFraming(this, terms);
    this.happen("handshake.accepted");
    this.proceed();
  }

  catchUp(work: () => void): void {
    this.output.batch(work);
    this.proceed();
  }

  outputDrained(): void {
    this.happen("output.drained");
    // A draft without a closing handshake gets no answer to wait for.
    if (!this.supports.closeHandshake) this.happen("close.received");
  }

  /** Puts an event to the chart and carries out what it answers. */
  happen(event: EventType): void {
    const { state, run } = this.lifecycle.step(event);
    this.output.cork();
    try {
      if (state !== this.lifecycle) {
        this.lifecycle = state;
        this.stateDue = true;
        if (!state.sendable) this.keepalive = this.keepalive?.stop();
      }
      for (const effect of run) effect(this);
      this.announceState();
    } finally {
      this.output.uncork();
    }
    this.endIfDue();
  }

  // Effects: what the chart decided.

  writeRequest(): void {
    sendHead(this.side!.head, this.actions, this.output.outbox);
  }
  announceRequest(): void {
    this.announceState();
    if (this.side?.request !== undefined) this.actions.onRequest(this.side.request); // an observer may have answered
  }

  writeResponse(): void {
    sendHead(this.side!.head, this.actions, this.output.outbox);
  }
  writeProof(): void {
    sendHead(this.side!.head, this.actions, this.output.outbox);
  }
  writeRejection(): void {
    sendHead(this.side!.head, this.actions, this.output.outbox);
  }
  announceOpen(): void {
    const opening = this.outcome!;
    const { pingInterval, pongTimeout } = this.options;
    this.side = this.outcome = undefined;
    if (pingInterval > 0 && this.supports.ping)
      this.keepalive = new Keepalive(this, pingInterval, pongTimeout);
    this.announceState();
    if (this.lifecycle.phase !== "closed") this.actions.onOpen(opening);
  }

  announceTimeout(): void {
    this.fail(new ProtocolViolation("handshake-timeout", this.options.handshakeTimeout));
  }
  announceRefusal(): void {
    this.fail(this.side!.refusal!);
  }
  writeClose(): void {
    const { payload } = this.ending;
    this.ending.sent = true;
    this.output.control(CLOSE, payload, 0, payload.length);
  }
  discardInput(): void {
    this.inbound.discard();
    this.intake.discard();
  }
  endTransport(): void {
    this.output.outbox.flush();
    this.actions.endTransport();
  }
  destroyTransport(): void {
    this.output.outbox.discard();
    this.actions.destroyTransport();
  }
  announceClose(): void {
    const { code, reason, clean } = this.ending;
    this.output.close();
    if (this.intake.isLost) this.stopTimer("close");
    this.inbound.discard();
    this.intake.forget();
    this.side?.discard?.();
    this.side = undefined;
    this.announceState();
    this.actions.onClose(code, reason, clean);
  }

  startTimer(timer: LifecycleTimer): void {
    const { handshakeTimeout, closeTimeout } = this.options;
    const after = timer === "close" ? closeTimeout : handshakeTimeout;
    if (after > 0) this.actions.setTimer(timer, after);
  }

  stopTimer(timer: LifecycleTimer): void {
    this.actions.clearTimer(timer);
  }
  private receiveClose(bytes: Uint8Array, start: number, end: number): void {
    const { ending } = this;
    const wrong = ending.receive(this.platform, bytes, start, end);
    if (wrong !== undefined)
      return void this.violate(wrong, end - start > 1 ? codeOf(bytes, start) : 0, FRAME);
    if (this.lifecycle.sendable) ending.echo(bytes, start, end);
    this.happen("close.received");
    if (this.output.idle) this.happen("output.drained");
  }

  proceed(): void {
    this.output.batch(() => {
      this.intake.proceed();
    });
    this.endIfDue();
  }

  /**
   * Takes notice of the transport's end, which had to wait behind held input; or, where the peer has closed before it ended its side, behind
   * the output that goes before our answer.
   */
  private endIfDue(): void {
    const { readable, writable } = this.lifecycle;
    const replying = writable && !readable;
    if (!this.intake.endDue || replying) return;
    this.intake.endDue = false;
    this.ending.begin("peer", "peer-ended");
    this.happen("transport.ended");
  }

  /** Tells observers of the state entered: after the step's requests, so that commands may be given, and before its announcement. */
  private announceState(): void {
    if (!this.stateDue) return;
    this.stateDue = false;
    this.actions.onState(this.lifecycle.path);
  }
}
