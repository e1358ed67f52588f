/** The part of a WebSocket that the demo uses; it writes down messages and calls. */
export class FakeSocket {
  readyState = 0;
  readonly sent: unknown[] = [];
  readonly calls: unknown[][] = [];
  private readonly listeners = new Map<string, ((event: object) => void)[]>();

  addEventListener(type: string, listener: (event: object) => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  /** Makes an event happen; `open` and `close` move `readyState`. */
  happen(type: string, event: object = {}): void {
    if (type === "open") this.readyState = 1;
    if (type === "close") this.readyState = 3;
    for (const listener of this.listeners.get(type) ?? []) listener(event);
  }

  /** The messages sent since the last call. */
  take(): unknown[] {
    return this.sent.splice(0);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  ping(...args: unknown[]): void {
    this.calls.push(["ping", ...args]);
  }

  terminate(): void {
    this.calls.push(["terminate"]);
  }

  close(code?: number, reason?: string): void {
    if (code === 1) throw new Error("no such code");
    this.calls.push(["close", code, reason]);
  }
}
