import type { TransportActions } from "../../actions.ts";
import type { Slab } from "./slab.ts";

/** Payloads up to this size are copied beside their header; larger ones go by reference. 512 to 16 384 measured alike. */
export const COPY_MAX = 4096;

/** Pieces are joined into one write up to this total; beyond it the transport gathers them. */
const JOIN_MAX = 64 * 1024;

/** A lone payload of this size is not copied beside its header: two pieces cost the kernel less than that copy. */
const LONE_MIN = 16 * 1024;

/** A batch that holds this much is written early, so that the transport's back-pressure shows while a sender is still in its loop. */
const HOLD_MAX = 256 * 1024;

/** One kernel call takes about a thousand pieces; and a list of many small ones costs more than a copy. */
const PIECES_MAX = 512;

/** Receives the batches. A sink without `mark` takes no notices. */
type OutboxTransport = Pick<TransportActions, "write" | "writeMany"> &
  Partial<Pick<TransportActions, "mark">>;

/**
 * Gathers the bytes of one batch, so that a batch costs one write, not one a frame.
 *
 * Small frames lie end to end in the shared slab as the current *run*; a run that another connection's
 * bytes interrupt, and payload passed by reference, become *pieces*. Bytes once flushed are never touched again.
 */
export class WriteBuffer {
  /** The memory that this connection shares with the others of its platform. */
  readonly slab: Slab;
  private readonly transport: OutboxTransport;
  /** The memory {@link reserve} last reserved in. */
  bytes: Uint8Array;
  /** Bytes given to the transport since the connection began. */
  written = 0;
  private from = 0; // the current run is bytes[from, to)
  private to = 0;
  private pieces: Uint8Array[] | undefined = undefined;
  private piecesSize = 0;
  private notices: unknown[] | undefined = undefined; // of the gathered bytes

  constructor(slab: Slab, transport: OutboxTransport) {
    this.slab = slab;
    this.transport = transport;
    this.bytes = EMPTY;
  }

  /** Bytes gathered and not yet written. */
  get size(): number {
    return this.piecesSize + this.to - this.from;
  }

  /** Reserves `size` bytes of {@link bytes} and returns their offset. Fill them all before the next call. */
  reserve(size: number): number {
    const slab = this.slab;
    slab.ensure(size);
    if (this.to !== slab.used || this.bytes !== slab.bytes) this.startRun(slab, size);
    const offset = this.to;
    slab.used = this.to = offset + size;
    return offset;
  }

  /** Gives back the tail of the last reservation. */
  release(size: number): void {
    this.slab.used = this.to -= size;
  }

  /**
   * Copies `bytes[start, end)` to the end of the last reservation, of `size` bytes in all. Where the copy throws, as over unreadable
   * memory, the whole reservation is given back: behind a frame cut short, the peer would read other bytes as its payload.
   */
  fill(size: number, bytes: Uint8Array, start: number, end: number): void {
    try {
      copy(bytes, start, this.bytes, this.to - (end - start), end - start);
    } catch (error) {
      this.release(size);
      throw error;
    }
  }

  /** Adds payload: copies it when small; keeps a reference to larger payload until it is written. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= COPY_MAX) {
      if (length > 0) {
        this.reserve(length);
        this.fill(length, bytes, start, end);
      }
    } else this.attach(bytes.length === length ? bytes : bytes.subarray(start, end));
  }

  /** Adds `bytes` by reference, whatever their size. */
  attach(bytes: Uint8Array): void {
    this.endRun();
    this.addPiece(bytes);
    if (this.isFull()) this.flush();
  }

  /** Marks the write that carries the gathered bytes with `notice`. */
  mark(notice: unknown): void {
    (this.notices ??= []).push(notice);
  }

  /** Writes all gathered bytes. */
  flush(): void {
    if (this.notices !== undefined) this.emitMarks();
    this.written += this.size;
    if (this.pieces === undefined) {
      if (this.to === this.from) return;
      const run = this.bytes.subarray(this.from, this.to);
      this.forget();
      this.transport.write(run);
      return;
    }
    this.endRun();
    const pieces = this.pieces;
    const size = this.piecesSize;
    this.forget();
    if (pieces.length === 1) this.transport.write(pieces[0]!);
    else if (size <= JOIN_MAX && !(pieces.length === 2 && pieces[1]!.length >= LONE_MIN))
      this.transport.write(this.join(pieces, size));
    else this.transport.writeMany(pieces);
  }

  /** Drops all gathered bytes: the transport is gone. */
  discard(): void {
    this.notices = undefined;
    this.forget();
  }

  /** Marks the next write; where the bytes of the notice were written early, that write is empty. */
  private emitMarks(): void {
    const notices = this.notices!;
    this.notices = undefined;
    for (const notice of notices) this.transport.mark?.(notice);
    if (this.size === 0) this.transport.write(EMPTY);
  }

  private startRun(slab: Slab, size: number): void {
    this.endRun();
    if (this.isFull()) {
      this.flush();
      slab.ensure(size); // joined in the slab, the pieces may have taken the room
    }
    this.bytes = slab.bytes;
    this.from = this.to = slab.used;
  }

  private endRun(): void {
    if (this.to === this.from) return;
    this.addPiece(this.bytes.subarray(this.from, this.to));
    this.from = this.to;
  }

  private isFull(): boolean {
    return (
      this.piecesSize >= HOLD_MAX || (this.pieces !== undefined && this.pieces.length >= PIECES_MAX)
    );
  }

  private addPiece(bytes: Uint8Array): void {
    // A list that begins with one has room for one; pushing onto an empty one makes room for 17, which costs memory in a broadcast to 10 000 receivers.
    if (this.pieces === undefined) this.pieces = [bytes];
    else this.pieces.push(bytes);
    this.piecesSize += bytes.length;
  }

  private join(pieces: readonly Uint8Array[], size: number): Uint8Array {
    const { slab } = this;
    const { lastJoin } = slab;
    if (isSame(pieces, lastJoin.pieces)) return lastJoin.bytes;
    slab.ensure(size);
    let at = slab.used;
    const start = at;
    const into = slab.bytes;
    for (const piece of pieces) {
      copy(piece, 0, into, at, piece.length);
      at += piece.length;
    }
    slab.used = at;
    lastJoin.pieces = pieces;
    return (lastJoin.bytes = into.subarray(start, at));
  }

  private forget(): void {
    this.bytes = EMPTY; // an idle connection must not keep a slab alive
    this.from = this.to = 0;
    this.pieces = undefined;
    this.piecesSize = 0;
  }
}

const EMPTY = new Uint8Array(0);

function isSame(pieces: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  const count = pieces.length;
  if (count !== others.length) return false;
  for (let i = 0; i < count; i++) if (pieces[i] !== others[i]) return false;
  return true;
}

/** For short runs a loop beats `TypedArray.set`, which must first make a view. */
function copy(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  offset: number,
  length: number,
): void {
  if (length > 64)
    to.set(
      start === 0 && length === from.length ? from : from.subarray(start, start + length),
      offset,
    );
  else for (let i = 0; i < length; i++) to[offset + i] = from[start + i]!;
}
