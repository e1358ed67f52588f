import type { TransportActions } from "../../actions.ts";
import type { Decoder } from "../../frame/decoder.ts";
import type { EventType, State } from "../../lifecycle/interned.ts";
import { FRAME } from "./message-assembler.ts";
import { HeldInput } from "./held-input.ts";
import type { OpeningHandshake } from "../opening/opening-handshake.ts";

/** The connection, as the receiver uses it. */
export interface ReceiverHost {
  readonly actions: TransportActions;
  readonly lifecycle: State;
  readonly handshake: OpeningHandshake | undefined;
  /** A message is in the extensions: later input waits. */
  readonly busy: boolean;
  /** Sends the chart an event without effects. */
  note(event: EventType): void;
}

/**
 * Reads incoming bytes, first as the opening's head, then as frames. While the application has paused, or has not
 * yet answered the opening, the receiver holds later bytes and asks the transport to stop; nothing is lost.
 */
export class Receiver {
  /** Whether the application has paused reading. */
  paused = false;
  private readonly host: ReceiverHost;
  /** Decodes the framing of the agreed version. */
  decoder: Decoder;
  private readonly ownsChunks: boolean;
  private stopped = false; // the transport was asked to pause
  private flooded = false; // the peer reads too little, so the transport waits for it
  private reading = false;
  private held: HeldInput | undefined = undefined;

  constructor(host: ReceiverHost, decoder: Decoder, ownsChunks: boolean) {
    this.host = host;
    this.decoder = decoder;
    this.ownsChunks = ownsChunks;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.held !== undefined || !this.flowing) return this.hold(bytes, start, end);
    this.read(bytes, start, end);
    if (this.held === undefined && !this.holds) this.startTransport(); // paused and resumed in the same message
  }

  /** Returns the position in the stream of an index into the current chunk, or of the current frame; `undefined` for others. */
  offsetOf(at: number | undefined): number | undefined {
    if (at === undefined) return undefined;
    return at === FRAME ? this.decoder.frameStart : this.decoder.origin + at;
  }

  /** The transport's end arrived: it counts now, or after the held input. */
  end(): void {
    const { host } = this;
    if (!host.lifecycle.endHeld)
      host.note(this.held === undefined && !host.busy ? "end.reached" : "end.held");
  }

  /**
   * Whether reading goes on although the transport is gone: its end had arrived and waits for an extension, so all bytes of the peer are
   * here. An application that has paused may never read on, so nothing waits for it.
   */
  get outlives(): boolean {
    const { handshake, lifecycle } = this.host;
    return lifecycle.endHeld && lifecycle.readable && handshake === undefined && !this.holds;
  }

  /** Pauses messages. During the opening the transport goes on, since the peer's head must come in time. */
  pause(): void {
    this.paused = true;
    if (this.host.handshake === undefined) this.stopTransport();
  }

  /** Reads on: the application resumed, or accepted. */
  proceed(): void {
    const { held } = this;
    if (this.reading || this.holds || this.host.busy) return;
    if (held !== undefined) {
      for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) {
        if (!this.flowing) return held.unshift(chunk);
        this.read(chunk, 0, chunk.length);
      }
      if (this.host.busy) return;
    }
    this.dropHeld();
    if (!this.holds) this.startTransport(); // paused again by the last of them
  }

  /**
   * Drops the held input and reads no more. The transport flows so that its end arrives; but after an overflow it waits
   * until the peer reads again (attack: a flood whose echoes are never read fills the memory with garbage).
   */
  discard(isFlooded: boolean): void {
    this.paused = false;
    this.dropHeld();
    this.startTransport();
    this.flooded = isFlooded;
  }

  /** Stops the transport after an overflow: a transport that ends flows by itself. */
  transportEnded(waits: boolean): void {
    if (!this.flooded) return;
    this.flooded = waits;
    if (waits) this.stopTransport();
  }

  /** Lets the transport flow again: its output has left the process. */
  outputLeft(): void {
    if (!this.flooded) return;
    this.flooded = false;
    this.startTransport();
  }

  /** The connection is closed: drops held input and calls the transport no more. */
  forget(): void {
    this.paused = this.stopped = this.flooded = false;
    this.held = undefined;
  }

  private dropHeld(): void {
    this.held = undefined;
    if (this.host.lifecycle.endHeld) this.host.note("end.reached");
  }

  /** Whether the application's pause has taken effect. */
  private get holds(): boolean {
    return this.paused && this.host.handshake === undefined;
  }

  private get flowing(): boolean {
    return !this.holds && this.host.lifecycle.readable && !this.host.busy;
  }

  private read(bytes: Uint8Array, start: number, end: number): void {
    const { host } = this;
    let at = start;
    this.reading = true;
    try {
      // More than once: behind the head there may be a body (draft 76), which is no frame.
      while (host.handshake !== undefined && at < end && this.flowing)
        at = host.handshake.receive(bytes, at, end);
      if (at < end && this.flowing) at = this.decoder.decode(bytes, at, end);
    } finally {
      this.reading = false;
    }
    if (at === end) return;
    if (this.held === undefined) this.hold(bytes, at, end);
    else this.held.unshift(bytes.subarray(at, end)); // hold it again
  }

  /** Holds bytes to read later, unless the connection reads no more. */
  private hold(bytes: Uint8Array, start: number, end: number): void {
    const { lifecycle } = this.host;
    if (!lifecycle.readable && lifecycle.phase !== "connecting") return;
    this.stopTransport();
    (this.held ??= new HeldInput()).push(bytes, start, end, this.ownsChunks);
  }

  private stopTransport(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.host.actions.pauseTransport();
  }

  private startTransport(): void {
    if (!this.stopped || this.flooded) return;
    this.stopped = false;
    this.host.actions.resumeTransport();
  }
}
