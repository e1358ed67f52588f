/**
 * The hub of a connection: passes inputs, commands and the chart's effects to the parts that carry them out. It holds no
 * wire format, and leaves decisions about the lifecycle to the chart (`lifecycle/chart.ts`).
 */
import type { Actions, Timer } from "../actions.ts";
import { NO_STATUS } from "../close-code.ts";
import { rfc6455, rfc8441 } from "../dialect/hybi.ts";
import type { Supports } from "../dialect/dialect.ts";
import { FrameDecoder } from "../frame/decoder.ts";
import { CLOSE, PING } from "../frame/opcode.ts";
import type { Effects, LifecycleTimer } from "../lifecycle/chart.ts";
import { type EventType, lifecycleOf, type State } from "../lifecycle/interned.ts";
import type { Role } from "../lifecycle/role.ts";
import type { Opening } from "../opening.ts";
import type { ConnectionOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { ProtocolViolation, type ViolationCode, type ViolationDetails } from "../violation.ts";
import { CloseRecord, codeOf } from "./close-record.ts";
import type { Connection } from "./contract.ts";
import { applyFraming, type FramedParts } from "./framing.ts";
import { FRAME, MessageAssembler, type MessageAssemblerHost } from "./receive/message-assembler.ts";
import { sendHead } from "./opening/send-head.ts";
import { Receiver, type ReceiverHost } from "./receive/receiver.ts";
import { Keepalive, type KeepaliveHost } from "./keepalive.ts";
import { RoundTrips } from "./round-trips.ts";
import type {
  OpeningHandshakeHost,
  OpeningHandshake,
  HandshakeResult,
} from "./opening/opening-handshake.ts";
import { SendPipeline, type SendPipelineHost } from "./send/send-pipeline.ts";

/** Makes the opening handshake of a role, for its connection; none where another library did it. */
export type HandshakeFactory = (host: OpeningHandshakeHost) => OpeningHandshake | undefined;

/**
 * How long the peer may take to end the transport once both close frames have gone, in milliseconds, where `closeTimeout` is longer. A bad
 * mobile network has a round trip of half a second; some peers take longer or never end the transport, which means nothing. Output that
 * still waits has `closeTimeout` to leave.
 */
const END_TIMEOUT = 2000;

/** The machine of either role; the roles differ in their opening handshake only. */
export class Machine
  implements
    Effects,
    MessageAssemblerHost,
    ReceiverHost,
    SendPipelineHost,
    OpeningHandshakeHost,
    KeepaliveHost,
    FramedParts
{
  readonly actions: Actions;
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  lifecycle: State;
  /** The opening handshake's reader and writer; gone once open. */
  handshake: OpeningHandshake | undefined;
  supports: Supports = rfc6455.supports;
  private emittedState: string; // the state last reported to observers
  private keepalive: Keepalive | undefined = undefined;
  roundTrips: RoundTrips | undefined = undefined; // from the first ping on
  private outcome: Opening | undefined = undefined; // of the opening, until emitted
  readonly assembler: MessageAssembler;
  readonly receiver: Receiver;
  readonly pipeline: SendPipeline;
  private closeRecord: CloseRecord | undefined = undefined; // from when the connection begins to end

  constructor(
    role: Role,
    actions: Actions,
    platform: Platform,
    options: ConnectionOptions,
    makeHandshake: HandshakeFactory,
  ) {
    this.actions = actions;
    this.platform = platform;
    this.options = options;
    this.lifecycle = lifecycleOf(role).state;
    this.emittedState = this.lifecycle.path;
    this.assembler = new MessageAssembler(this, actions, platform, options);
    this.receiver = new Receiver(
      this,
      new FrameDecoder(this.assembler, role === "server"),
      options.ownsChunks,
    );
    this.pipeline = new SendPipeline(this, role);
    this.handshake = makeHandshake(this);
  }

  // Inputs of the transport.

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.keepalive?.heard();
    this.pipeline.cork(); // not by batch(): a closure for each chunk costs time
    try {
      this.receiver.receive(bytes, start, end);
    } finally {
      this.pipeline.uncork();
    }
  }

  receiveEnd(): void {
    this.receiver.end();
    this.takeEnd();
  }

  receiveError(): void {
    this.ending.begin("peer", "connection-lost");
    this.dispatch(this.receiver.outlives ? "transport.gone" : "transport.lost");
  }

  receiveBacklog(bytes: number): void {
    this.pipeline.backlog = bytes;
    if (bytes === 0) this.receiver.outputLeft();
    if (this.roundTrips === undefined) return;
    this.roundTrips.moved(this.pipeline.left, this.platform);
    this.keepalive?.moved();
  }

  fireTimer(timer: Timer): void {
    if (timer === "ping") this.keepalive?.due();
    else if (timer === "pong") this.keepalive?.overdue();
    else if (timer === "close" && this.prolongs) this.dispatch("output.waiting");
    else {
      if (timer === "close") this.ending.begin("peer", "close-timeout");
      this.dispatch(`timer.${timer}`);
    }
  }

  // Commands of the application.

  /** @param payload of our close frame: `code` and `reason` */
  close(payload: Uint8Array, code: number | undefined, reason: string): void {
    const { phase, failed } = this.lifecycle;
    const { ending } = this;
    if (failed || phase === "closing" || phase === "closed") return;
    if (phase === "connecting" && code !== undefined) {
      ending.code = code;
      ending.reason = reason;
    }
    ending.payload = payload;
    ending.begin("local");
    if (this.supports.closeHandshake) this.dispatch("close.requested");
    else {
      ending.code = code ?? NO_STATUS;
      this.dispatch("hangup.requested");
    }
    if (this.pipeline.idle) this.dispatch("output.drained");
    this.resume(); // while paused, it would never read the peer's close frame
  }

  terminate(): void {
    this.ending.begin("local", "terminated");
    this.dispatch("terminate.requested");
  }
  pause(): void {
    if (this.lifecycle.phase !== "open" && this.lifecycle.phase !== "connecting") return;
    this.receiver.pause();
    this.keepalive?.excuse();
  }

  resume(): void {
    if (!this.receiver.paused) return;
    this.receiver.paused = false;
    this.proceed();
  }

  /** A ping of keepalive or the application. */
  ping(bytes: Uint8Array): void {
    this.pipeline.control(PING, bytes, 0, bytes.length);
    const { made, left } = this.pipeline;
    this.roundTrips ??= new RoundTrips();
    this.roundTrips.sent(bytes, made, left, this.platform.now());
  }

  private get ending(): CloseRecord {
    return (this.closeRecord ??= new CloseRecord());
  }

  get closure(): Connection["closure"] {
    return this.lifecycle.phase === "closed" ? this.ending : undefined;
  }

  // Frames received, and calls of the opening handshake.

  get busy(): boolean {
    return this.assembler.busy;
  }
  get readable(): boolean {
    return this.lifecycle.readable;
  }
  get paused(): boolean {
    return this.receiver.paused;
  }
  get flowing(): boolean {
    return this.lifecycle.readable && !this.receiver.paused && !this.assembler.busy;
  }

  control(opcode: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (opcode === CLOSE) this.receiveClose(bytes, start, end);
    else if (opcode === PING) {
      // After our close frame too: only the peer's ends the duty to answer (RFC 6455 §5.5.2).
      if (this.options.autoPong) this.pipeline.pong(bytes, start, end);
      this.actions.onPing(bytes, start, end);
      this.pipeline.sent();
    } else {
      this.roundTrips?.answered(bytes, start, end, this.platform);
      this.keepalive?.answered(bytes, start, end);
      this.actions.onPong(bytes, start, end);
    }
    return this.flowing;
  }

  violate(
    code: ViolationCode,
    detail: number | string,
    at?: number,
    more: ViolationDetails = {},
  ): false {
    if (this.lifecycle.failed || this.lifecycle.phase === "closed") return false;
    this.fail(new ProtocolViolation(code, detail, { offset: this.receiver.offsetOf(at), ...more }));
    this.dispatch("violation");
    return false;
  }

  fail(violation: ProtocolViolation): void {
    this.note("connection.failed"); // the connection reads nothing from here on, even if a listener calls resume()
    this.ending.fail(violation, this.platform, this.options.closeReasons);
    this.actions.onViolation(violation);
  }

  opened(terms: HandshakeResult): void {
    this.outcome = terms.opening;
    if (terms.dialect === rfc8441) this.note("stream.begun");
    this.supports = terms.dialect.supports;
    applyFraming(this, terms);
    this.dispatch("handshake.accepted");
    this.proceed();
  }

  catchUp(work: () => void): void {
    this.pipeline.batch(work);
    this.proceed();
  }

  outputDrained(): void {
    this.dispatch("output.drained");
  }

  note(event: EventType): void {
    this.lifecycle = this.lifecycle.step(event).state;
  }

  /** Sends an event to the chart and carries out the effects it returns. */
  dispatch(event: EventType): void {
    const { state, run } = this.lifecycle.step(event);
    this.pipeline.cork();
    try {
      if (state !== this.lifecycle) {
        this.lifecycle = state;
        if (!state.sendable) this.keepalive = this.keepalive?.stop();
      }
      for (const effect of run) effect(this);
      this.emitState();
    } finally {
      this.pipeline.uncork();
    }
    this.takeEnd();
  }

  // Effects of the chart.

  writeHead(): void {
    sendHead(this.handshake!.head, this.actions, this.pipeline.buffer);
  }

  emitRequest(): void {
    this.emitState();
    if (this.handshake?.request !== undefined) this.actions.onRequest(this.handshake.request); // an observer may have called a command
  }

  emitOpen(): void {
    const opening = this.outcome!;
    const { pingInterval, pongTimeout } = this.options;
    this.handshake = this.outcome = undefined;
    if (pingInterval > 0 && this.supports.ping)
      this.keepalive = new Keepalive(this, pingInterval, pongTimeout);
    this.emitState();
    if (this.lifecycle.phase !== "closed") this.actions.onOpen(opening);
  }

  emitTimeout(): void {
    this.fail(new ProtocolViolation("handshake-timeout", this.options.handshakeTimeout));
  }
  emitRefusal(): void {
    this.fail(this.handshake!.refusal!);
  }
  writeClose(): void {
    const { payload } = this.ending;
    this.ending.sent = true;
    this.pipeline.control(CLOSE, payload, 0, payload.length);
  }
  discardInput(): void {
    this.assembler.discard();
    this.receiver.discard(this.ending.overflowed);
  }
  endTransport(): void {
    this.pipeline.buffer.flush();
    this.actions.endTransport();
    this.receiver.transportEnded(this.pipeline.backlog > 0);
  }
  hastenEnd(): void {
    const { closeTimeout } = this.options;
    if (closeTimeout <= END_TIMEOUT) this.startTimer("close");
    else this.actions.setTimer("close", END_TIMEOUT);
  }
  prolongEnd(): void {
    this.startTimer("close");
  }
  destroyTransport(): void {
    this.pipeline.buffer.discard();
    this.actions.destroyTransport();
  }
  emitClose(): void {
    const { code, reason, clean } = this.ending;
    this.pipeline.close();
    this.assembler.discard();
    this.receiver.forget();
    this.handshake?.discard?.();
    this.handshake = undefined;
    this.emitState();
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
    if (wrong !== undefined) {
      this.violate(wrong, end - start > 1 ? codeOf(bytes, start) : 0, FRAME);
      return;
    }
    if (this.lifecycle.sendable) ending.echo(bytes, start, end);
    this.dispatch("close.received");
    if (this.pipeline.idle) this.dispatch("output.drained");
  }

  proceed(): void {
    this.pipeline.batch(() => {
      this.receiver.proceed();
    });
    this.takeEnd();
  }

  /**
   * Reports the transport's end to the chart once it is due. It waits behind held input and, where the peer closed before it ended its side,
   * behind the output that precedes our close frame.
   */
  private takeEnd(): void {
    const { lifecycle } = this;
    if (!lifecycle.endDue || lifecycle.step("transport.ended").state === lifecycle) return;
    this.ending.begin("peer", "peer-ended");
    this.dispatch("transport.ended");
  }

  /** Whether the time for the transport's end is over while output sent before our close frame is still on its way. */
  private get prolongs(): boolean {
    const { lifecycle, options, pipeline } = this;
    return lifecycle.hastened && options.closeTimeout > END_TIMEOUT && pipeline.backlog > 0;
  }

  /** Reports the entered state to observers: after the step's effects, so that they may call commands, and before its event. */
  private emitState(): void {
    const { path } = this.lifecycle;
    if (path === this.emittedState) return;
    this.emittedState = path;
    this.actions.onState(path);
  }
}
