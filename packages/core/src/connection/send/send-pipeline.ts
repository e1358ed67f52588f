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
import { OutputLimit } from "./output-limit.ts";
import { Queue } from "../buffer/queue.ts";
import { slabOf } from "../buffer/slab.ts";

/** What output needs of its connection. */
export interface SendPipelineHost {
  readonly actions: TransportActions;
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  readonly lifecycle: State;
  violate(code: ViolationCode, detail: number | string, at?: number, why?: ViolationDetails): false;
  /** Does `work`, which had to wait, as a batch. */
  catchUp(work: () => void): void;
  /** Every message has been written. */
  outputDrained(): void;
}

/** What waits: a message, one that was prepared, or a frame of one in fragments. */
interface Waiting extends ExtensionMessage {
  readonly prepared?: PreparedMessage | undefined;
  /** Goes past the extensions, under this opcode. */
  readonly frame?: number | undefined;
  /** Goes past the extensions as it is: `data` is frames already. */
  readonly framed?: boolean | undefined;
  /** Nothing of its own: what was before it has gone out. */
  readonly notice?: unknown;
  /** What the extensions made of a prepared message. */
  formed?: SharedFrame | undefined;
}

/** Where messages are dropped, control frames are dropped this much later: a ping that never left would let a peer look dead. */
const CONTROL_RESERVE = 64 * 1024;

const NOTHING = new Uint8Array(0);

/** So many messages that wait for extensions count by their bytes alone; each beyond counts for this much more, which is the memory it takes. */
const SMALL_MAX = 1024;
const WAITING_SIZE = 256;

/**
 * Everything that goes out: messages through the extensions, in order and one at a time; frames into the outbox; the outbox
 * to the transport when the batch ends. Pings and pongs may overtake a message that waits, a close may not.
 */
export class SendPipeline {
  writer: FrameWriter;
  /** The extensions agreed on. */
  chain: Chain | undefined = undefined;
  readonly buffer: WriteBuffer;
  /** What the transport holds, in bytes. */
  backlog = 0;
  private readonly host: SendPipelineHost;
  private depth = 0; // open batches: the outbox is flushed when the last one ends
  /** The message that is going out in fragments. */
  fragments: FragmentedMessage | undefined = undefined;
  private waiting: Queue<Waiting> | undefined = undefined; // behind the one that is under way
  private waitingBytes = 0;
  private readonly drops: boolean;
  private readonly limit: OutputLimit;
  private pongs = 0; // asked for in this batch
  private lastPing: Uint8Array | undefined = undefined; // of those not to be answered one by one

  constructor(host: SendPipelineHost, role: Role) {
    const { platform, actions } = host;
    this.host = host;
    this.drops = host.options.overflow === "drop";
    this.limit = new OutputLimit(host.options.maxBufferedBytes);
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

  /** Bytes of frames made, ever; and of them what has left. */
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

  /** Does `work` as one batch. */
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
    // Extensions may read it later: what is short is copied at once, as it is without them.
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

  /** Whether messages must be sent whole: by the framing, or since an extension must see them. */
  get sendsWhole(): boolean {
    return !this.writer.fragments || this.chain?.concerns(0) === true;
  }

  /** One frame of a message in fragments, behind what waits. It is never dropped: the limit closes the connection, whatever `overflow` says. */
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

  /** Frames that are there already, behind what waits. They are never dropped, as fragments are not. */
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

  /** Marks the write that carries the last of what was sent before. */
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

  /**
   * Answers a ping, at once or, where many came together, when the batch ends, if no other has followed. To be followed by {@link sent}.
   */
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

  /** Ends a send: keeps the limit, and writes if no batch is open. */
  sent(): void {
    if (!this.holds() && !this.drops && this.answers) this.overflow();
    if (this.depth === 0) this.buffer.flush();
  }

  /** Whether no more waits than may. */
  holds(): boolean {
    return this.limit.allows(this.backlog + this.charged);
  }

  private lift(size: number): void {
    if (this.limit.isBelow(size)) this.limit.lift(size, this.backlog + this.charged);
  }

  /** More waits than may, of what cannot be dropped. */
  overflow(): void {
    this.host.violate("output-overflow", this.host.options.maxBufferedBytes);
  }

  /** Whether a payload of `size` bytes leaves no more waiting than may. */
  private fits(size: number): boolean {
    return this.limit.fits(size, this.backlog + this.charged);
  }

  /** What counts against the limit. Small messages that wait take more memory than their bytes, and empty ones have none. */
  private get charged(): number {
    const { size, waiting } = this;
    return waiting === undefined || waiting.length <= SMALL_MAX
      ? size
      : size + (waiting.length - SMALL_MAX) * WAITING_SIZE;
  }

  /** Ends the batch's pongs. */
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
      return; // what they do at once takes no queue
    else this.waiting = new Queue();
    this.waitingBytes += size;
  }

  /** Gives a message to the extensions. Returns whether it came through at once. */
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

  /** Has the extensions change `message`, unless that has been done, or need not be. */
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
      if (chain.isClosed) return; // while others' message was under way
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
