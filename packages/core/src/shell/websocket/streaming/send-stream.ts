import { checkOptions } from "../../../names.ts";
import { checkUtf8Piece, UTF8_ACCEPT, UTF8_REJECT, UTF8_STATE } from "../../../frame/utf8.ts";
import { COPY_MAX } from "../../../connection/buffer/write-buffer.ts";
import { type Chunks, type ChunkSource, chunksOf } from "../../runtime/chunks.ts";
import { flush } from "../send.ts";
import { waitForDrain } from "./wait-for-drain.ts";
import { SendQueue, toSendable } from "../send-queue.ts";
import type { Session } from "../session.ts";

/** Options of a message that is sent from a stream. */
export interface SendStreamOptions {
  /**
   * Whether the message is binary. Strings go as UTF-8 either way; bytes in text must be UTF-8.
   * @defaultValue the kind of the first chunk: true for bytes, false for a string
   */
  readonly binary?: boolean | undefined;
}

const NOTHING = new Uint8Array(0);

type Next = Promise<IteratorResult<unknown>> | IteratorResult<unknown>;

/** How many turns of promises to wait for the end of a source after a chunk: an async generator that ends takes three. */
const TURNS = 5;
/** RFC 6455 §7.4.1: the message cannot be completed. */
const INTERNAL_ERROR = 1011;

/** @see WebSocket.sendStream */
export async function sendStream(
  session: Session,
  source: ChunkSource,
  options: SendStreamOptions = {},
): Promise<boolean> {
  checkOptions("sendStream", options, ["binary"]);
  const { binary } = options;
  const kind = binary === undefined ? undefined : binary ? "binary" : "text";
  const chunks = chunksOf(source);
  if (session.driver === undefined || session.readyState > 1) {
    chunks.stop();
    return false;
  }
  return await new Promise((resolve, reject) => {
    const stream = new OutgoingStream(session, chunks, kind, resolve, reject);
    (session.queue ??= new SendQueue()).addStream(stream);
    if (session.driver!.connection.sendable) flush(session);
  });
}

/** Sends one message from a source to the connection. Other messages wait behind it. */
class OutgoingStream {
  started = false;
  finished = false;
  private readonly session: Session;
  private readonly chunks: Chunks;
  private kind: "text" | "binary" | undefined;
  private readonly resolve: (sent: boolean) => void;
  private readonly reject: (error: unknown) => void;
  private begun = false; // a piece has gone out
  private utf8 = UTF8_ACCEPT;
  private surrogate = ""; // the first half of a pair that a chunk has cut
  private readonly closed = (): void => {
    this.abandon();
  };

  constructor(
    session: Session,
    chunks: Chunks,
    kind: "text" | "binary" | undefined,
    resolve: (sent: boolean) => void,
    reject: (error: unknown) => void,
  ) {
    this.session = session;
    this.chunks = chunks;
    this.kind = kind;
    this.resolve = resolve;
    this.reject = reject;
    session.webSocket.on("close", this.closed);
  }

  /** Starts, when its turn has come. */
  start(): void {
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      let next: Next | undefined = undefined;
      for (;;) {
        next ??= this.chunks.next();
        const { done, value } = next instanceof Promise ? await next : next;
        next = undefined;
        if (this.isOver()) return;
        if (done === true) break;
        const bytes = this.encoded(value);
        if (!this.session.driver!.backedUp) {
          const ahead = await this.lookAhead();
          if (this.isOver()) return;
          if (ahead.isEnd && this.isWhole) return await this.end(bytes);
          next = ahead.next;
        }
        this.fragment(bytes, false);
        await waitForDrain(this.session);
        if (this.finished) return;
      }
      await this.end(this.rest());
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * Asks for the next chunk, and waits for a few turns of promises, to learn whether the present one is the last.
   * Otherwise the message would always end by an empty frame.
   */
  private async lookAhead(): Promise<{ readonly next: Next; readonly isEnd: boolean }> {
    let next: Next;
    try {
      next = this.chunks.next();
    } catch (error) {
      next = Promise.reject(error as Error);
    }
    if (!(next instanceof Promise)) return { next, isEnd: next.done === true };
    let isEnd: boolean | undefined = undefined;
    next.then(
      ({ done }) => {
        isEnd = done === true;
      },
      () => {
        isEnd = false; // the error is reported once the present chunk has been sent
      },
    );
    for (let turn = 0; turn < TURNS && isEnd === undefined; turn++) await undefined;
    return { next, isEnd: isEnd === true };
  }

  /** Whether nothing more can be sent; the rest of the source is then not read. */
  private isOver(): boolean {
    if (!this.finished && !this.session.driver!.connection.sendable) this.abandon();
    return this.finished;
  }

  /** Returns the half of a character that a string left at its end. */
  private rest(): Uint8Array {
    this.kind ??= "binary";
    if (this.kind === "text" && this.utf8 !== UTF8_ACCEPT)
      throw new TypeError("sendStream: the text ends inside a character");
    return this.surrogate === ""
      ? NOTHING
      : this.session.runtime.platform.encodeUtf8(this.surrogate);
  }

  /** Sends the last frame. */
  private async end(bytes: Uint8Array): Promise<void> {
    this.fragment(bytes, true);
    this.finish();
    await waitForDrain(this.session);
    this.resolve(true);
  }

  /** Returns the bytes of a chunk; copies short ones, since the source may use their memory again. */
  private encoded(value: unknown): Uint8Array {
    const data = toSendable(value, this.session.isModern);
    const { platform } = this.session.runtime;
    if (typeof data !== "string" && !(data instanceof Uint8Array))
      throw new TypeError("sendStream: a chunk must be a string or bytes");
    this.kind ??= typeof data === "string" ? "text" : "binary";
    if (typeof data === "string") return platform.encodeUtf8(this.joined(data));
    if (this.kind === "text") this.check(data);
    return data.length > COPY_MAX ? data : data.slice();
  }

  /** Whether the text so far ends with a whole character. */
  private get isWhole(): boolean {
    return this.kind !== "text" || (this.utf8 === UTF8_ACCEPT && this.surrogate === "");
  }

  /** Returns `text` after the half of a character of the chunk before, without the half that it ends with itself. */
  private joined(text: string): string {
    const whole = this.surrogate + text;
    const last = whole.charCodeAt(whole.length - 1);
    const cut = last >= 0xd800 && last < 0xdc00;
    this.surrogate = cut ? whole.slice(-1) : "";
    return cut ? whole.slice(0, -1) : whole;
  }

  private check(bytes: Uint8Array): void {
    this.utf8 =
      checkUtf8Piece(this.session.runtime.platform, this.utf8, bytes, 0, bytes.length) & UTF8_STATE;
    if (this.utf8 === UTF8_REJECT)
      throw new TypeError("sendStream: the bytes of a text must be UTF-8");
  }

  private fragment(bytes: Uint8Array, last: boolean): void {
    const driver = this.session.driver!;
    if (bytes.length === 0 && !last) return;
    this.begun = true;
    driver.cork();
    driver.connection.sendFragment(this.kind!, bytes, 0, bytes.length, last);
  }

  /** Ends after a failure of the source. If part of the message has gone out, the connection closes, since nobody can take that back. */
  private fail(error: unknown): void {
    if (this.finished) return;
    const { connection } = this.session.driver!;
    this.chunks.stop();
    if (this.begun) connection.close(INTERNAL_ERROR, "");
    this.finish();
    this.reject(error);
  }

  private abandon(): void {
    if (this.finished) return;
    this.chunks.stop();
    this.finish();
    this.resolve(false);
  }

  private finish(): void {
    this.finished = true;
    this.session.webSocket.removeListener("close", this.closed);
    flush(this.session);
  }
}
