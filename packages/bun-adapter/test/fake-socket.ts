import type { TransportListener } from "@sansocket/core/shell";
import type { BunSocket } from "../src/bun.ts";
import { BunTransport } from "../src/transport.ts";

/** A `Bun.Socket` led by hand: it takes as many bytes as the test allows, and notes calls. */
export class FakeSocket implements BunSocket {
  data: BunTransport | undefined = undefined;
  readonly calls: string[] = [];
  readonly written: Uint8Array[] = [];
  /** How many bytes it takes yet; −1 when it is closed. */
  room = Infinity;

  write(bytes: Uint8Array): number {
    const taken = this.room < 0 ? this.room : Math.min(this.room, bytes.length);
    if (taken > 0) this.written.push(bytes.slice(0, taken));
    if (this.room > 0) this.room -= taken;
    return taken;
  }

  shutdown(): void {
    this.calls.push("shutdown");
  }
  /** As Bun does, calls `close` from inside. */
  close(): void {
    this.calls.push("close");
    this.data?.closed(undefined);
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  setNoDelay(noDelay: boolean): void {
    this.calls.push(`setNoDelay ${noDelay}`);
  }

  /** All that was written, as text. */
  get text(): string {
    return Buffer.concat(this.written).toString();
  }
}

/** Notes what a transport tells. */
export class Notes implements TransportListener {
  readonly heard: string[] = [];
  /** Called after an event, by its name. */
  readonly then: Record<string, () => void> = {};

  onData(bytes: Uint8Array): void {
    this.note("data", Buffer.from(bytes).toString());
  }
  onEnd(): void {
    this.note("end");
  }
  onDrain(): void {
    this.note("drain");
  }
  onGone(cause?: unknown): void {
    this.note(
      "gone",
      ...(cause === undefined ? [] : [cause instanceof Error ? cause.message : String(cause)]),
    );
  }

  private note(name: string, ...details: string[]): void {
    this.heard.push([name, ...details].join(" "));
    this.then[name]?.();
  }
}

export interface Bound {
  readonly socket: FakeSocket;
  readonly notes: Notes;
  readonly transport: BunTransport;
  readonly heard: string[];
}

/** A transport over a socket that is led by hand, and what it tells. */
export function bound(): Bound {
  const socket = new FakeSocket();
  const notes = new Notes();
  const transport = new BunTransport(socket);
  transport.bind(notes);
  return { socket, notes, transport, heard: notes.heard };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Lets microtasks run. */
export const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
