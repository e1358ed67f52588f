import { AssertionFailure, within } from "./assertion.ts";
import type { PublicSocket } from "./suites/harness.ts";

export interface Closed {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Records the events of a WebSocket, and lets a test wait for the next one. */
export class Journal {
  readonly socket: PublicSocket;
  readonly messages: (string | Uint8Array)[] = [];
  /** The names of all events, in order. */
  readonly events: string[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<Closed>;
  /** How many `close` events came: one, if all is well. */
  closes = 0;
  private taken = 0;
  private wake: (() => void) | undefined;

  constructor(socket: PublicSocket) {
    this.socket = socket;
    socket.addEventListener("message", (event: { data: string | Uint8Array }) => {
      this.events.push("message");
      this.messages.push(event.data);
      this.wake?.();
    });
    socket.addEventListener("error", () => this.events.push("error"));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", (event: Closed) => {
        this.closes++;
        this.events.push("close");
        resolve({ code: event.code, reason: event.reason, wasClean: event.wasClean });
        this.wake?.();
      });
    });
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => {
        this.events.push("open");
        resolve();
      });
      if (socket.readyState === 1) resolve();
      void this.closed.then(({ code, reason }) =>
        reject(new AssertionFailure(`closed ${code} "${reason}" instead of opening`)),
      );
    });
    this.opened.catch(() => {}); // a waiting test gets the error
  }

  /** Waits until it is open. */
  async open(): Promise<this> {
    await within(this.opened, "open");
    return this;
  }

  /** The next message not yet taken. */
  async message(what = "a message"): Promise<string | Uint8Array> {
    await within(this.arrival(), what);
    return this.messages[this.taken++]!;
  }

  /** Returns how it closed. */
  close(what = "close"): Promise<Closed> {
    return within(this.closed, what);
  }

  private async arrival(): Promise<void> {
    while (this.messages.length === this.taken) {
      if (this.closes > 0) throw new AssertionFailure("closed before a message came");
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** Sends back every message as it came. */
export function echo(socket: PublicSocket): void {
  socket.addEventListener(
    "message",
    (event: { data: string | Uint8Array }) => void socket.send(event.data),
  );
}
