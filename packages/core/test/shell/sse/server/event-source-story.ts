import { EventEmitter } from "node:events";
import { EventSource, openEventSource } from "../../../../src/shell/sse/server/event-source.ts";
import {
  type EventSourceOptions,
  readEventSourceOptions,
} from "../../../../src/shell/sse/server/options.ts";
import type { Transport, TransportListener } from "../../../../src/shell/transport/transport.ts";
import { testRuntime } from "../../websocket/wired.ts";

/** A transport that keeps what is written, and holds as much back as a test says. */
export class FakeTransport implements Transport {
  readonly writes: string[] = [];
  readonly calls: string[] = [];
  bufferedBytes = 0;
  backedUp = false;
  holds = false;
  listener!: TransportListener;

  get text(): string {
    return this.writes.join("");
  }

  write(bytes: Uint8Array): void {
    this.writes.push(Buffer.from(bytes).toString());
    if (!this.holds) return;
    this.bufferedBytes += bytes.length;
    this.backedUp = true;
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.write(piece);
  }

  drain(): void {
    this.bufferedBytes = 0;
    this.backedUp = false;
    this.listener.onDrain();
  }

  end(): void {
    this.calls.push("end");
  }
  destroy(): void {
    this.calls.push("destroy");
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
}

/** An open stream without a wire. Without `retry` and `ping` in the options nothing is sent by itself. */
export function openedSource(
  options: EventSourceOptions = {},
  lastEventId = "",
): { source: EventSource; transport: FakeTransport; runtime: ReturnType<typeof testRuntime> } {
  const source = new EventSource();
  const transport = new FakeTransport();
  const runtime = testRuntime();
  const { connection, signal } = readEventSourceOptions({ retry: 0, ping: 0, ...options });
  openEventSource(source, {
    runtime,
    url: "http://host/path",
    lastEventId,
    connection,
    signal,
    bind: (listener) => {
      transport.listener = listener;
      return transport;
    },
  });
  return { source, transport, runtime };
}

/** A response as `node:http` has it, as far as a transport sees it. */
export class FakeResponse extends EventEmitter {
  destroyed = false;
  writableEnded = false;
  writableLength = 0;
  accepts = true;
  readonly calls: unknown[] = [];

  write(bytes: Uint8Array): boolean {
    this.calls.push(Buffer.from(bytes).toString());
    return this.accepts;
  }

  end(): void {
    this.writableEnded = true;
    this.calls.push("end");
  }

  destroy(): void {
    this.destroyed = true;
    this.calls.push("destroy");
  }

  cork(): void {
    this.calls.push("cork");
  }
  uncork(): void {
    this.calls.push("uncork");
  }
  setTimeout(milliseconds: number): void {
    this.calls.push(["setTimeout", milliseconds]);
  }
}
