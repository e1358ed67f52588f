import { UsageError } from "../../../violation.ts";

/** A piece of a message: text as a string, binary as bytes. */
export type MessagePiece = string | Uint8Array;

/**
 * A message that is read while it arrives, however large: `for await (const piece of message)`, `pipeline(message, file)` or
 * `ReadableStream.from(message)`. It can be read once. Leaving the loop early skips the rest of it.
 *
 * Reading throws a `ClosedError` if the connection ends before the message does.
 */
export class MessageStream implements AsyncIterableIterator<MessagePiece> {
  /** Whether it came as bytes; otherwise it is text. */
  readonly isBinary: boolean;
  /** Resolves when the application reads no more of it. @internal */
  readonly over: Promise<void>;
  private readonly taken: (size: number) => void;
  private readonly decoder: TextDecoder | undefined;
  private readonly pieces: Uint8Array[] = [];
  private settle!: () => void;
  private waiter: (() => void) | undefined = undefined;
  private begun = false;
  private complete = false;
  private skipped = false;
  private failure: unknown = undefined;

  /** @param taken called with the number of added bytes that the stream no longer holds */
  constructor(isBinary: boolean, taken: (size: number) => void) {
    this.isBinary = isBinary;
    this.taken = taken;
    this.decoder = isBinary ? undefined : new TextDecoder("utf-8", { ignoreBOM: true });
    this.over = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** Adds the next piece, which the stream then owns. @internal */
  add(piece: Uint8Array, last: boolean): void {
    this.complete = last;
    if (this.skipped) this.taken(piece.length);
    else this.pieces.push(piece);
    this.wake();
  }

  /** Ends the stream by an error. @internal */
  fail(error: unknown): void {
    if (this.complete) return;
    this.failure = error;
    this.wake();
  }

  /** Drops the rest, unless the application has begun to read. @internal */
  skipUnread(): void {
    if (!this.begun) this.skip();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<MessagePiece, undefined>> {
    this.begun = true;
    for (;;) {
      if (this.skipped) return { done: true, value: undefined };
      const piece = this.pieces.shift();
      if (piece === undefined) {
        if (this.complete || this.failure !== undefined) return this.finish();
        if (this.waiter !== undefined)
          throw new UsageError(
            "next: a message is read one piece at a time; await the piece before",
          );
        await new Promise<void>((resolve) => {
          this.waiter = resolve;
        });
        continue;
      }
      this.taken(piece.length);
      const value =
        this.decoder === undefined ? piece : this.decoder.decode(piece, { stream: true });
      if (value.length > 0) return { done: false, value };
    }
  }

  return(): Promise<IteratorResult<MessagePiece, undefined>> {
    this.skip();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Returns the whole message as one string; bytes are read as UTF-8. */
  async text(): Promise<string> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let text = "";
    for await (const piece of this)
      text += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  }

  private finish(): IteratorResult<MessagePiece, undefined> {
    const { failure } = this;
    this.skip();
    if (failure !== undefined) throw failure;
    return { done: true, value: undefined };
  }

  private skip(): void {
    this.begun = this.skipped = true;
    for (const piece of this.pieces.splice(0)) this.taken(piece.length);
    this.settle();
    this.wake();
  }

  private wake(): void {
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.();
  }
}
