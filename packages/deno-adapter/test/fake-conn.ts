import type { TransportListener } from "@sansocket/core/shell";
import { type DenoConn, DenoTransport } from "../src/transport.ts";

/** A `Deno.Conn` led by hand: it reads and takes the bytes that the test allows, and notes calls. */
export class FakeConn implements DenoConn {
  readonly calls: string[] = [];
  readonly written: Uint8Array[] = [];
  /** How large the buffers were that it was given to read into. */
  readonly buffers: number[] = [];
  /** How many bytes each write takes. */
  takes = Infinity;
  /** Writes wait until they are let go. */
  held: (() => void)[] | undefined = undefined;
  /** The error with which the next write, or `closeWrite`, fails. */
  breaks: Error | undefined = undefined;
  private reader:
    | { into: Uint8Array; resolve(count: number | null): void; reject(error: Error): void }
    | undefined = undefined;
  private isClosed = false;

  async read(into: Uint8Array): Promise<number | null> {
    if (this.isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    this.buffers.push(into.length);
    return await new Promise((resolve, reject) => {
      this.reader = { into, resolve, reject };
    });
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.held !== undefined)
      await new Promise<void>((resolve) => {
        this.held!.push(resolve);
      });
    if (this.breaks !== undefined) throw this.breaks;
    const count = Math.min(this.takes, bytes.length);
    this.written.push(bytes.slice(0, count));
    return count;
  }

  async closeWrite(): Promise<void> {
    this.calls.push("closeWrite");
    if (this.breaks !== undefined) throw this.breaks;
  }

  close(): void {
    this.calls.push("close");
    if (this.isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    this.isClosed = true;
    this.fail(new Deno.errors.Interrupted("operation canceled"));
  }

  setNoDelay(noDelay: boolean): void {
    this.calls.push(`setNoDelay ${noDelay}`);
  }

  /** Whether a read is pending. */
  get isRead(): boolean {
    return this.reader !== undefined;
  }

  /** Ends the pending read: with bytes, or with the end. */
  tell(bytes: Uint8Array | null): void {
    const { into, resolve } = this.reader!;
    this.reader = undefined;
    if (bytes !== null) into.set(bytes);
    resolve(bytes === null ? null : bytes.length);
  }

  /** Has the pending read fail. */
  fail(error: Error): void {
    const { reader } = this;
    this.reader = undefined;
    reader?.reject(error);
  }

  /** All that was written, as text. */
  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.written.flatMap((bytes) => [...bytes])));
  }
}

/** Notes what a transport tells. Bytes are noted as text, large ones by their size. */
export class Notes implements TransportListener {
  readonly heard: unknown[] = [];
  /** Called after an event, by its name. */
  readonly then: Record<string, () => void> = {};

  onData(bytes: Uint8Array): void {
    this.note("data", bytes.length > 100 ? bytes.length : new TextDecoder().decode(bytes));
  }
  onEnd(): void {
    this.note("end");
  }
  onDrain(): void {
    this.note("drain");
  }
  onGone(cause?: unknown): void {
    this.note("gone", cause instanceof Error ? cause.name : cause);
  }

  private note(name: string, ...details: unknown[]): void {
    this.heard.push([name, ...details.filter((detail) => detail !== undefined)].join(" "));
    this.then[name]?.();
  }
}

/** Lets promises run until nothing is left to do. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++)
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
}

/** A transport over a connection that is led by hand, and what it tells. */
export interface Bound {
  readonly conn: FakeConn;
  readonly notes: Notes;
  readonly transport: DenoTransport;
  readonly heard: unknown[];
}

export function bound(): Bound {
  const conn = new FakeConn();
  const notes = new Notes();
  const transport = new DenoTransport(conn);
  transport.bind(notes);
  conn.calls.length = 0;
  return { conn, notes, transport, heard: notes.heard };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
