import type { Latency } from "../../connection/round-trips.ts";
import type { ConnectionObserver, WatchingObserver } from "../websocket/driver.ts";
import type { Diagnostics, DiagnosticsChannel } from "./channels.ts";
import { FrameReader, type WireFrame } from "./frame-reader.ts";

/** A frame that is published: `websocket` is whose. */
interface Frame extends WireFrame {
  readonly websocket: object;
}

/**
 * The observer of a connection that is about to be made: `observer`, and where somebody subscribes to frames, one that reads them from the bytes that pass. Nothing of
 * it is there otherwise.
 * @param owner gives the listener of the connection's driver
 */
export function watching(
  { diagnostics }: { readonly diagnostics?: Diagnostics | undefined },
  observer: ConnectionObserver | undefined,
  owner: () => { readonly webSocket?: object | undefined },
): WatchingObserver | undefined {
  if (diagnostics === undefined) return observer;
  const { frameSent, frameReceived } = diagnostics;
  if (!frameSent.hasSubscribers && !frameReceived.hasSubscribers) return observer;
  const tap = new FrameTap(diagnostics, owner);
  if (observer === undefined) return tap;
  return {
    onState: (path) => {
      observer.onState?.(path);
    },
    onBytes: (direction, bytes) => {
      observer.onBytes?.(direction, bytes);
      tap.onBytes(direction, bytes);
    },
    onOpened: () => {
      tap.onOpened();
    },
    ...(observer.onLatency && {
      onLatency: (latency: Latency) => {
        observer.onLatency?.(latency);
      },
    }),
  };
}

/** Publishes the frames of one connection. Those that come with the opening wait until its message has been published. */
class FrameTap implements WatchingObserver {
  private readonly owner: () => { readonly webSocket?: object | undefined };
  private readonly readers: Readonly<Record<"in" | "out", FrameReader>>;
  private waiting: (() => void)[] | undefined = [];

  constructor(
    { frameSent, frameReceived }: Diagnostics,
    owner: () => { readonly webSocket?: object | undefined },
  ) {
    this.owner = owner;
    const reader = (channel: DiagnosticsChannel): FrameReader =>
      new FrameReader((frame) => {
        this.publish(channel, frame);
      });
    this.readers = { in: reader(frameReceived), out: reader(frameSent) };
  }

  onBytes(direction: "in" | "out", bytes: Uint8Array): void {
    this.readers[direction].read(bytes);
  }

  onOpened(): void {
    const { waiting = [] } = this;
    this.waiting = undefined;
    for (const tell of waiting) tell();
  }

  private publish(channel: DiagnosticsChannel, frame: WireFrame): void {
    if (this.waiting !== undefined) {
      this.waiting.push(() => {
        this.publish(channel, frame);
      });
      return;
    }
    const websocket = this.owner().webSocket;
    if (!channel.hasSubscribers || websocket === undefined) return;
    // Drafts 75 and 76 frame otherwise.
    if (String((websocket as { version?: unknown }).version).startsWith("hixie")) return;
    const message: Frame = { websocket, ...frame };
    channel.publish(message);
  }
}
