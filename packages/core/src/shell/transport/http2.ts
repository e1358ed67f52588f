import { HeaderList } from "../../http/headers.ts";
import type { HeaderSection, OpeningResponse } from "../../opening.ts";
import { type DuplexLike, DuplexTransport } from "./duplex.ts";
import type { Sent, Transport, TransportListener } from "./transport.ts";

/** The part of a `node:http2` stream that a {@link Http2Transport} uses, a server's or a client's. */
export interface Http2StreamLike extends DuplexLike {
  /** The error code it was reset with; 0 while it is open, and after an orderly end. `undefined` until it is known. */
  readonly rstCode: number | undefined;
  readonly closed: boolean;
  /** Resets the stream. */
  close(code: number): unknown;
  /** Only on a server's stream. */
  respond?(headers: Readonly<Record<string, string | string[]>>): unknown;
}

/** RST_STREAM's code for a WebSocket that is dropped (RFC 8441 §5, RFC 9113 §7), and for one whose peer does not end its side. */
const CANCEL = 8;
const NO_ERROR = 0;

/**
 * The peer has reset its stream by CANCEL. Browsers do so when the user leaves a page, where they send a close frame with 1001 over HTTP/1.1: that is no error,
 * but the cause of an end without a close frame.
 */
export class PeerLeft extends Error {
  override readonly name = "PeerLeft";
  constructor() {
    super("The peer left (stream reset, CANCEL)");
  }
}

/** Whether `stream` is an HTTP/2 stream, and not a socket. */
export const isHttp2Stream = (stream: object): stream is Http2StreamLike =>
  "rstCode" in stream && typeof (stream as Partial<Http2StreamLike>).close === "function";

/** The opener of a client's stream, which may have opened another one. */
export interface StreamAsker {
  /** The stream has ended without an answer. Returns whether another stream takes over, so that the listener need not know. */
  takesOver(): boolean;
  /** The server has answered; `onResponse` of the listener is next. Returns whether the answer is wanted. */
  isAnswered(): boolean;
}

/**
 * A transport over one HTTP/2 stream in place of a TCP connection (RFC 8441 §5): END_STREAM is the orderly end, RST_STREAM with CANCEL is
 * TCP's RST. The opening goes as fields. When the session is lost, its streams are lost.
 */
export class Http2Transport implements Transport, TransportListener {
  private readonly stream: Http2StreamLike;
  private readonly listener: TransportListener;
  private readonly duplex: DuplexTransport;
  private readonly asker: StreamAsker | undefined;
  private answered: boolean;
  private ended = false; // our side
  private dropped = false; // by us
  private early: (() => void)[] | undefined = undefined; // the calls of a client's stream before its answer, as Deno makes them

  /** @param asker the opener of a client's stream */
  constructor(stream: Http2StreamLike, listener: TransportListener, asker?: StreamAsker) {
    this.stream = stream;
    this.listener = listener;
    this.asker = asker;
    this.answered = stream.respond === undefined;
    if (this.answered) {
      this.early = [];
      stream.on("response", (headers: IncomingFields) => {
        this.receiveAnswer(headers);
      });
    }
    this.duplex = new DuplexTransport(stream, this);
  }

  writeHead(head: HeaderSection): void {
    const { stream } = this;
    if (this.answered || stream.destroyed || stream.closed) return;
    this.answered = true;
    stream.respond!(fieldsRecord(head.fields));
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    this.duplex.write(bytes, sent);
  }
  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    this.duplex.writeMany(pieces, sent);
  }
  /** Ends our side. It resets a server's stream without an answer, since the runtime would answer 200. */
  end(): void {
    if (!this.answered) return this.destroy();
    this.ended = true;
    this.duplex.end();
  }

  destroy(): void {
    const { stream } = this;
    this.dropped = true;
    // By itself `destroy` sends the peer NO_ERROR, and another code if the session is ending.
    if (!stream.destroyed && !stream.closed)
      stream.close(this.ended && stream.writableLength === 0 ? NO_ERROR : CANCEL);
    this.duplex.destroy();
  }

  pause(): void {
    this.duplex.pause();
  }
  resume(): void {
    this.duplex.resume();
  }
  get bufferedBytes(): number {
    return this.duplex.bufferedBytes;
  }
  get backedUp(): boolean {
    return this.duplex.backedUp;
  }
  get remoteAddress(): string | undefined {
    return this.duplex.remoteAddress;
  }

  // TransportListener, of the stream.

  onData(bytes: Uint8Array): void {
    if (this.early === undefined) this.listener.onData(bytes);
    else
      this.early.push(() => {
        this.listener.onData(bytes);
      });
  }

  /** A stream that is reset ends too, before it closes. */
  onEnd(): void {
    if (this.stream.rstCode) return;
    if (this.early === undefined) this.listener.onEnd();
    else
      this.early.push(() => {
        this.listener.onEnd();
      });
  }

  onProgress(): void {
    this.listener.onProgress?.();
  }

  onDrain(): void {
    this.listener.onDrain();
  }
  onGone(cause?: unknown): void {
    if (this.early !== undefined && this.asker?.takesOver() === true) return;
    // The runtimes have no error for it: they take a cancelled stream for one that has ended in order.
    const hasLeft = cause === undefined && !this.dropped && this.stream.rstCode === CANCEL;
    this.listener.onGone(hasLeft ? new PeerLeft() : cause);
  }

  private receiveAnswer(headers: IncomingFields): void {
    if (this.asker?.isAnswered() === false) return;
    const early = this.early ?? [];
    this.early = undefined;
    this.listener.onResponse?.(responseOf(headers));
    for (const call of early) call();
  }
}

/** Returns a section's fields as `node:http2` takes them: repeated ones as an array. */
export function fieldsRecord(fields: HeaderSection["fields"]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null) as Record<
    string,
    string | string[]
  >;
  for (const [name, value] of fields) {
    const before = record[name];
    if (before === undefined) record[name] = value;
    else record[name] = [...(typeof before === "string" ? [before] : before), value];
  }
  return record;
}

/** Header fields as `node:http2` gives them. */
export type IncomingFields = Readonly<
  Record<string, string | readonly string[] | number | undefined>
>;

function responseOf(fields: IncomingFields): OpeningResponse {
  const headers = new HeaderList();
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value])
      headers.append(name, String(one));
  }
  return { status: Number(fields[":status"]), statusText: "", headers };
}

/** Sends the head of an opening by `transport`: as fields over HTTP/2, else as bytes. */
export function writeHeadTo(transport: Transport, head: HeaderSection): void {
  if (transport.writeHead !== undefined) transport.writeHead(head);
  else if (head.bytes !== undefined) transport.write(head.bytes);
}
