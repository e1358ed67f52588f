import { checkUtf8Piece, UTF8_ACCEPT, UTF8_REJECT, UTF8_STATE } from "../../../frame/utf8.ts";
import { type Chunks, type ChunkSource, chunksOf } from "../../runtime/chunks.ts";
import { flush } from "../send.ts";
import { waitForDrain } from "./wait-for-drain.ts";
import { SendQueue, toSendable } from "../send-queue.ts";
import type { Session } from "../session.ts";

/** How {@link sendStream} sends. */
export interface SendStreamOptions {
  /**
   * Whether the message is binary. Strings are sent as UTF-8 either way; bytes in text must be UTF-8.
   * @defaultValue as the first chunk: true for bytes, false for a string
   */
  readonly binary?: boolean | undefined;
}

const NOTHING = new Uint8Array(0);
/** RFC 6455 §7.4.1: the message cannot be completed. */
const INTERNAL_ERROR = 1011;

/** @see WebSocket.sendStream */
export async function sendStream(
  session: Session,
  source: ChunkSource,
  options: SendStreamOptions = {},
): Promise<boolean> {
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

/** One message on its way from a source to the connection. What is sent meanwhile waits behind it. */
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

  /** It is its turn. */
  start(): void {
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      for (;;) {
        const next = this.chunks.next();
        const { done, value } = next instanceof Promise ? await next : next;
        if (this.finished) return;
        if (!this.session.driver!.connection.sendable) return this.abandon();
        if (done === true) break;
        this.send(value);
        await waitForDrain(this.session);
        if (this.finished) return;
      }
      this.sendLast();
      this.finish();
      this.resolve(true);
    } catch (error) {
      this.fail(error);
    }
  }

  private send(value: unknown): void {
    const data = toSendable(value);
    const { platform } = this.session.runtime;
    if (typeof data !== "string" && !(data instanceof Uint8Array))
      throw new TypeError("sendStream: a chunk must be a string or bytes");
    this.kind ??= typeof data === "string" ? "text" : "binary";
    const bytes = typeof data === "string" ? platform.encodeUtf8(this.joined(data)) : data;
    if (this.kind === "text" && typeof data !== "string") this.check(bytes);
    this.fragment(bytes, false);
  }

  private sendLast(): void {
    this.kind ??= "binary";
    if (this.kind === "text" && this.utf8 !== UTF8_ACCEPT)
      throw new TypeError("sendStream: the text ends inside a character");
    this.fragment(
      this.surrogate === "" ? NOTHING : this.session.runtime.platform.encodeUtf8(this.surrogate),
      true,
    );
  }

  /** `text` behind the half of a character that the chunk before ended with, and less the half that it ends with. */
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

  /** The source has failed, or gave what cannot be sent. A message that was begun cannot be taken back: the connection is closed. */
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
