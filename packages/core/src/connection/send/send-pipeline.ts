import type { TransportActions } from "../../actions.ts";
import type { Chain } from "../../extension/chain.ts";
import type { ExtensionFailure, ExtensionMessage } from "../../extension/extension.ts";
import { masksOf } from "../../frame/mask-source.ts";
import { BINARY, CLOSE, PONG, TEXT } from "../../frame/opcode.ts";
import type { State } from "../../lifecycle/interned.ts";
import type { Role } from "../../lifecycle/role.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { Platform } from "../../platform.ts";
import { UsageError, type ViolationCode, type ViolationDetails } from "../../violation.ts";
import { copyOf, joinParts } from "../receive/message-parts.ts";
import { type FrameWriter, HybiFrameWriter, type SharedFrame } from "./frame-writer.ts";
import type { FragmentedMessage } from "./fragmented-message.ts";
import { COPY_MAX, WriteBuffer } from "../buffer/write-buffer.ts";
import type { PreparedMessage } from "./prepared.ts";
import { allows, exceeds, fits, lift, type LimitedOutput } from "./output-limit.ts";
import { Queue } from "../buffer/queue.ts";
import { slabOf } from "../buffer/slab.ts";

/** The connection, as the send pipeline uses it. */
export interface SendPipelineHost {
  readonly actions: TransportActions;
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  readonly lifecycle: State;
  violate(code: ViolationCode, detail: number | string, at?: number, why?: ViolationDetails): false;
  /** Runs `work` that had to wait, as a batch. */
  catchUp(work: () => void): void;
  /** Every message has been written. */
  outputDrained(): void;
}

/** A waiting message, prepared message, or frame of a message in fragments. */
interface Waiting extends ExtensionMessage {
  readonly prepared?: PreparedMessage | undefined;
  /** Bypasses the extensions, under this opcode. */
  readonly frame?: number | undefined;
  /** Bypasses the extensions unchanged: `data` is frames already. */
  readonly framed?: boolean | undefined;
  /** A notice without bytes of its own: the output before it has gone out. */
  readonly notice?: unknown;
  /** A prepared message after the extensions. */
  formed?: SharedFrame | undefined;
}

/** With `overflow: "drop"`, control frames may exceed the limit by this much: a ping that never left would make a peer look dead. */
const CONTROL_RESERVE = 64 * 1024;

const NOTHING = new Uint8Array(0);

/** The first 1024 messages that wait for extensions count by their bytes alone; each further one counts for its memory, 256 bytes, too. */
const SMALL_MAX = 1024;
const WAITING_SIZE = 256;

/**
 * Sends messages through the extensions, in order and one at a time. Their frames go through the write buffer
 * to the transport when the batch ends. Pings and pongs may overtake a waiting message, a close may not.
 */
export class SendPipeline implements LimitedOutput {
  writer: FrameWriter;
  /** The extensions agreed on. */
  chain: Chain | undefined = undefined;
  readonly buffer: WriteBuffer;
  /** The bytes that the transport holds. */
  backlog = 0;
  private readonly host: SendPipelineHost;
  private depth = 0; // open batches: the write buffer is flushed when the last one ends
  /** The message that is going out in fragments. */
  fragments: FragmentedMessage | undefined = undefined;
  private waiting: Queue<Waiting> | undefined = undefined; // behind the one in the extensions
  private waitingBytes = 0;
  private readonly drops: boolean;
  readonly most: number;
  lifted = 0;
  private pongs = 0; // due in this batch
  private lastPing: Uint8Array | undefined = undefined; // of the pings without a pong each

  constructor(host: SendPipelineHost, role: Role) {
    const { platform, actions } = host;
    this.host = host;
    this.drops = host.options.overflow === "drop";
    this.most = host.options.maxBufferedBytes;
    this.buffer = new WriteBuffer(slabOf(platform), actions);
    this.writer = new HybiFrameWriter(
      platform,
      this.buffer,
      role === "client" ? masksOf(platform) : undefined,
    );
  }

  /** Bytes not yet given to the transport. */
  get size(): number {
    return (
      this.buffer.size +
      this.waitingBytes +
      (this.fragments === undefined ? 0 : this.fragments.held)
    );
  }

  /** Bytes of frames made since the connection began; and those that have left. */
  get made(): number {
    return this.buffer.written + this.buffer.size;
  }
  get left(): number {
    return this.buffer.written - this.backlog;
  }

  /** Whether no message waits for the extensions. */
  get idle(): boolean {
    return this.waiting === undefined;
  }

  /** Whether pings are answered: until the peer's close frame, so after ours too (RFC 6455 §5.5.2). */
  private get answers(): boolean {
    const { readable, writable } = this.host.lifecycle;
    return readable || writable;
  }

  cork(): void {
    this.depth++;
  }

  /** @throws {UsageError} when nothing is corked. */
  uncork(): void {
    if (this.depth === 0) throw new UsageError("uncork: there is no cork() to match");
    if (--this.depth > 0) return;
    if (this.pongs > 0) this.answerLast(this.answers);
    this.buffer.flush();
  }

  /** Runs `work` as one batch. */
  batch(work: () => void): void {
    this.cork();
    try {
      work();
    } finally {
      this.uncork();
    }
  }

  /** Returns whether it was sent, and not dropped. */
  text(text: string, compress: boolean): boolean {
    this.lift(3 * text.length);
    if (
      this.drops &&
      !this.fits(3 * text.length) &&
      !this.fits(this.host.platform.encodeUtf8(text).length)
    )
      return false;
    if (this.chain === undefined) this.writer.text(text);
    else this.extend({ opcode: TEXT, rsv: 0, data: this.host.platform.encodeUtf8(text), compress });
    this.sent();
    return true;
  }

  /** Returns whether it was sent, and not dropped. */
  payload(
    opcode: 1 | 2,
    bytes: Uint8Array,
    start: number,
    end: number,
    compress: boolean,
  ): boolean {
    this.lift(end - start);
    if (this.drops && !this.fits(end - start)) return false;
    if (this.chain === undefined) this.writer.payload(opcode, bytes, start, end);
    // Extensions may read it later: short payload is copied at once, as without them.
    else
      this.extend({
        opcode,
        rsv: 0,
        data: end - start > COPY_MAX ? bytes.subarray(start, end) : copyOf(bytes, start, end),
        compress,
      });
    this.sent();
    return true;
  }

  /** Returns whether it was sent, and not dropped. */
  parts(opcode: 1 | 2, parts: readonly Uint8Array[], size: number, compress: boolean): boolean {
    this.lift(size);
    if (this.drops && !this.fits(size)) return false;
    if (this.chain === undefined) this.writer.parts(opcode, parts, size);
    else
      this.extend({ opcode, rsv: 0, data: joinParts(this.host.platform, parts, size), compress });
    this.sent();
    return true;
  }

  /** Returns whether it was sent, and not dropped. */
  prepared(message: PreparedMessage): boolean {
    const { platform } = this.host;
    const frame = message.frame(platform);
    this.lift(frame.bytes.length);
    if (this.drops && !this.fits(frame.bytes.length)) return false;
    if (this.chain === undefined) this.writer.shared(frame);
    else
      this.extend({
        opcode: message.opcode,
        rsv: 0,
        data: message.payload(platform),
        compress: message.compress,
        prepared: message,
      });
    this.sent();
    return true;
  }

  /** Whether messages must be sent whole: the framing or an extension requires it. */
  get sendsWhole(): boolean {
    return !this.writer.fragments || this.chain?.concerns(0) === true;
  }

  /** Sends a frame of a message in fragments after the waiting messages. It is never dropped: the limit closes the connection with any `overflow`. */
  frame(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    this.lift(end - start);
    if (this.drops && !this.fits(end - start)) return this.overflow();
    if (this.waiting === undefined) this.writer.payload(opcode, bytes, start, end);
    else
      this.extend({
        opcode: BINARY,
        rsv: 0,
        data: copyOf(bytes, start, end),
        compress: false,
        frame: opcode,
      });
    this.sent();
  }

  /** Sends finished frames after the waiting messages. Like fragments, they are never dropped. */
  frames(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.waiting === undefined) this.buffer.append(piece, 0, piece.length);
      else
        this.extend({
          opcode: BINARY,
          rsv: 0,
          data: piece.length > COPY_MAX ? piece : copyOf(piece, 0, piece.length),
          compress: false,
          framed: true,
        });
    }
    this.sent();
  }

  /** Marks the write that carries the last output sent before. */
  notify(notice: unknown): void {
    if (this.waiting === undefined) this.buffer.mark(notice);
    else
      this.extend({ opcode: BINARY, rsv: 0, data: NOTHING, compress: false, framed: true, notice });
    if (this.depth === 0) this.buffer.flush();
  }

  control(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (opcode === CLOSE)
      this.answerLast(true); // in order
    else if (this.drops && !this.fits(end - start - CONTROL_RESERVE)) return;
    this.writer.payload(opcode, bytes, start, end);
    this.sent();
  }

  /** Answers a ping at once; where many came together, it answers the last one when the batch ends. Call {@link sent} next. */
  pong(bytes: Uint8Array, start: number, end: number): void {
    if (this.drops && !this.fits(end - start - CONTROL_RESERVE)) return;
    if (++this.pongs > this.host.options.maxPongs) this.lastPing = copyOf(bytes, start, end);
    else this.writer.payload(PONG, bytes, start, end);
  }

  /** Nothing more will go out. */
  close(): void {
    this.lastPing = undefined;
    this.fragments = undefined;
    this.buffer.discard();
    this.chain?.close();
    this.forgetWaiting();
  }

  /** Ends a send: enforces the limit, and writes if no batch is open. */
  sent(): void {
    if (!this.holds() && !this.drops && this.answers) this.overflow();
    if (this.depth === 0) this.buffer.flush();
  }

  /** Whether the waiting output is within the limit. */
  holds(): boolean {
    return allows(this, this.backlog + this.charged);
  }

  private lift(size: number): void {
    if (exceeds(this, size)) lift(this, size, this.backlog + this.charged);
  }

  /** Output that cannot be dropped exceeds the limit. */
  overflow(): void {
    this.host.violate("output-overflow", this.host.options.maxBufferedBytes);
  }

  /** Whether a payload of `size` bytes fits the limit. */
  private fits(size: number): boolean {
    return fits(this, size, this.backlog + this.charged);
  }

  /** The bytes that count against the limit. Small waiting messages take more memory than their bytes, and empty ones have none. */
  private get charged(): number {
    const { size, waiting } = this;
    return waiting === undefined || waiting.length <= SMALL_MAX
      ? size
      : size + (waiting.length - SMALL_MAX) * WAITING_SIZE;
  }

  /** Sends the batch's last pong. */
  private answerLast(allowed: boolean): void {
    const { lastPing } = this;
    this.pongs = 0;
    this.lastPing = undefined;
    if (lastPing !== undefined && allowed) this.writer.payload(PONG, lastPing, 0, lastPing.length);
  }

  private extend(message: Waiting): void {
    const size = message.data.length;
    if (this.waiting !== undefined) this.waiting.push(message);
    else if (this.pass(message))
      return; // messages done at once take no queue
    else this.waiting = new Queue();
    this.waitingBytes += size;
  }

  /** Passes a message to the extensions. Returns whether it came through at once. */
  private pass(message: Waiting): boolean {
    const size = message.data.length;
    let done = false;
    let returned = false;
    this.change(message, (failure) => {
      done = true;
      if (!returned) return this.write(message, failure);
      this.host.catchUp(() => {
        this.waitingBytes -= size;
        this.write(message, failure);
        this.passWaiting();
      });
    });
    returned = true;
    return done;
  }

  /** Passes `message` through the extensions, unless it has passed or need not. */
  private change(message: Waiting, passed: (failure: ExtensionFailure | undefined) => void): void {
    const { prepared, frame, framed } = message;
    const chain = this.chain!;
    const form = prepared && chain.form;
    if (frame !== undefined || framed) return passed(undefined);
    if (form === undefined)
      return chain.pass("outgoing", message, (_, failure) => {
        passed(failure);
      });
    prepared!.through(form, this.host.platform, (formed) => {
      if (chain.isClosed) return; // while a message was in an extension
      if (formed === undefined)
        return chain.pass("outgoing", message, (_, failure) => {
          passed(failure);
        });
      message.formed = formed;
      passed(undefined);
    });
  }

  private passWaiting(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const size = next.data.length;
      if (!this.pass(next)) return;
      if (this.waiting !== waiting) return; // the connection has closed, or failed
      this.waitingBytes -= size;
    }
    this.waiting = undefined;
    this.host.outputDrained();
  }

  private write(
    { opcode, rsv, data, frame, framed, formed, notice }: Waiting,
    failure: ExtensionFailure | undefined,
  ): void {
    if (failure !== undefined) {
      this.forgetWaiting();
      this.host.violate(failure.code, failure.message ?? 0, undefined, { cause: failure.cause });
    } else if (!this.host.lifecycle.writable)
      this.forgetWaiting(); // nor will those behind it be
    else if (formed !== undefined) this.writer.shared(formed);
    else if (notice !== undefined) this.buffer.mark(notice);
    else if (framed) this.buffer.append(data, 0, data.length);
    else this.writer.payload(frame ?? opcode | (rsv << 4), data, 0, data.length);
  }

  private forgetWaiting(): void {
    this.waiting = undefined;
    this.waitingBytes = 0;
  }
}
