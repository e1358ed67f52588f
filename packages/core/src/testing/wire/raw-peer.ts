import { AssertionFailure, within } from "../assertion.ts";
import { decodeFrame, encodeFrame, type FrameInit, octets, type WireFrame } from "./frames.ts";

/** The part of a raw stream that the suites use: `net.Socket` and `tls.TLSSocket` of Node, Deno and Bun have it. */
export interface RawSocket {
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  /** Sends RST. TLS sockets may lack it. */
  resetAndDestroy?(): unknown;
  /** Bytes written that have not left the process. */
  readonly writableLength: number;
  pause(): unknown;
  resume(): unknown;
  on(event: string, listener: (...values: never[]) => void): unknown;
}

/** The head of an HTTP message. Names in lower case; repeated fields keep every value. */
export interface Head {
  readonly startLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The values of a field, in order. */
  all(name: string): readonly string[];
  /** The field's values joined with `", "`, `undefined` where it is absent. */
  get(name: string): string | undefined;
}

/** The other end of a connection, driven by the test: it writes given bytes, and keeps incoming ones. */
export class RawPeer {
  readonly socket: RawSocket;
  /** Which frames this peer writes: those of a client are masked. */
  readonly masks: boolean;
  /** Whether the library's side has ended the stream. */
  ended = false;
  /** Whether the stream is gone altogether. */
  closed = false;
  private buffer = new Uint8Array(1024);
  private from = 0;
  private to = 0;
  private readonly waiting = new Set<() => void>();

  constructor(socket: RawSocket, masks: boolean) {
    this.socket = socket;
    this.masks = masks;
    socket.on("data", (chunk: Uint8Array) => this.append(chunk));
    socket.on("end", () => this.note(() => (this.ended = true)));
    socket.on("close", () => this.note(() => (this.ended = this.closed = true)));
    socket.on("error", () => {}); // "close" follows and says all we need
  }

  /** Bytes that have come and have not been taken. */
  get pending(): Uint8Array {
    return this.buffer.subarray(this.from, this.to);
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(octets(bytes));
  }

  /** Sends frames in one write. */
  send(...frames: readonly FrameInit[]): void {
    const pieces = frames.map((frame) => encodeFrame(frame, this.masks));
    const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.write(joined);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Sends RST where the stream can, else drops it. */
  reset(): void {
    try {
      if (this.socket.resetAndDestroy) return void this.socket.resetAndDestroy();
    } catch {} // Node's TLS sockets have the method and refuse it
    this.socket.destroy();
  }

  /** The next frame. */
  frame(what = "a frame"): Promise<WireFrame> {
    return this.take((bytes) => {
      const found = decodeFrame(bytes);
      return found && { value: found.frame, used: found.used };
    }, what);
  }

  /** The head of the HTTP message that comes next. */
  head(what = "an HTTP head"): Promise<Head> {
    return this.take((bytes) => {
      const text = String.fromCharCode(...bytes.subarray(0, 32_768));
      const end = text.indexOf("\r\n\r\n");
      return end < 0 ? undefined : { value: parseHead(text.slice(0, end)), used: end + 4 };
    }, what);
  }

  /** Resolves once the library's side has ended the stream, or it is gone. */
  async whenEnded(what = "the end of the stream"): Promise<void> {
    await within(
      this.until(() => (this.ended ? { value: undefined } : undefined)),
      what,
    );
  }

  /** Waits until `read` finds something at the front of what has come, and takes it. */
  async take<T>(
    read: (bytes: Uint8Array) => { value: T; used: number } | undefined,
    what: string,
  ): Promise<T> {
    return within(
      this.until(() => {
        const found = read(this.pending);
        if (found) this.from += found.used;
        else if (this.ended) throw new AssertionFailure(`the stream ended before ${what}`);
        return found;
      }),
      what,
    );
  }

  private until<T>(look: () => { value: T } | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const again = (): void => {
        try {
          const found = look();
          if (!found) return void this.waiting.add(again);
          this.waiting.delete(again);
          resolve(found.value);
        } catch (error) {
          this.waiting.delete(again);
          reject(error);
        }
      };
      again();
    });
  }

  private append(chunk: Uint8Array): void {
    this.note(() => {
      if (this.to + chunk.length > this.buffer.length) {
        const kept = this.pending;
        const grown = new Uint8Array(Math.max(2 * kept.length, kept.length + chunk.length, 1024));
        grown.set(kept);
        this.to = kept.length;
        this.from = 0;
        this.buffer = grown;
      }
      this.buffer.set(chunk, this.to);
      this.to += chunk.length;
    });
  }

  private note(happened: () => void): void {
    happened();
    for (const again of [...this.waiting]) again();
  }
}

function parseHead(text: string): Head {
  const [startLine = "", ...lines] = text.split("\r\n");
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const all = (name: string): string[] =>
    fields.filter(([field]) => field === name).map(([, value]) => value);
  return {
    startLine,
    fields,
    all,
    get: (name) => (all(name).length ? all(name).join(", ") : undefined),
  };
}
