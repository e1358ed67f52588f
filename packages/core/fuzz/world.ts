import type { Actions, Timer } from "../src/actions.ts";
import type { ConnectionOptions } from "../src/options.ts";
import { joinBytes } from "../src/testing/recorder.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The transport, the clocks and the application of one connection: it does little, and minds that every promise of `Actions` is kept. */
export class World implements Actions {
  /** Promises that were broken. */
  readonly complaints: string[] = [];
  readonly timers = new Set<Timer>();
  readonly written: Uint8Array[] = [];
  paused = false;
  destroyed = false;
  ended = false;
  closes = 0;
  violations = 0;
  /** Called at every event: what the application does from within. */
  react: () => void = () => {};
  /** Called at `onRequest`, which a server's application answers. */
  asked: () => void = () => {};
  private readonly limits: ConnectionOptions;
  private fragmentSize = 0;

  constructor(limits: ConnectionOptions) {
    this.limits = limits;
  }

  // TransportActions.

  write(bytes: Uint8Array): void {
    this.must(!this.ended && !this.destroyed && this.closes === 0, "write() after the end");
    this.must(bytes.length > 0, "write() of nothing");
    this.written.push(bytes.slice());
  }
  mark(): void {
    this.complaints.push("mark() of a notice that was not asked for");
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    this.write(joinBytes(pieces));
  }
  writeHead(): void {
    this.complaints.push("writeHead() on a transport of bytes");
  }
  endTransport(): void {
    this.must(
      !this.ended && !this.destroyed && this.closes === 0,
      "endTransport() twice, or after the end",
    );
    this.ended = true;
  }
  destroyTransport(): void {
    this.must(!this.destroyed && this.closes === 0, "destroyTransport() twice");
    this.destroyed = true;
  }
  pauseTransport(): void {
    this.must(!this.paused && this.closes === 0, "pauseTransport() twice, or after onClose");
    this.paused = true;
  }
  resumeTransport(): void {
    this.must(this.paused, "resumeTransport() of what flows");
    this.paused = false;
  }
  setTimer(timer: Timer, milliseconds: number): void {
    this.must(this.closes === 0 && !this.destroyed, `setTimer(${timer}) after the end`);
    this.must(
      Number.isInteger(milliseconds) && milliseconds > 0,
      `setTimer(${timer}, ${milliseconds})`,
    );
    this.timers.add(timer);
  }
  clearTimer(timer: Timer): void {
    this.timers.delete(timer);
  }

  // ApplicationActions.

  onState(): void {
    this.emitted("onState");
  }
  onRequest(): void {
    this.emitted("onRequest");
    this.asked();
  }
  onOpen(): void {
    this.emitted("onOpen");
  }
  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.text(bytes.slice(start, end), ascii);
  }
  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    const joined = joinBytes(parts);
    this.must(joined.length === size, "onTextParts: the size is not that of the parts");
    this.text(joined, ascii);
  }
  onBinary(_: Uint8Array, start: number, end: number): void {
    this.message("onBinary", end - start);
  }
  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.must(joinBytes(parts).length === size, "onBinaryParts: the size is not that of the parts");
    this.message("onBinaryParts", size);
  }
  onFragment(
    _: "text" | "binary",
    _bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.fragmentSize += end - start;
    this.must(
      this.fragmentSize <= this.limits.maxStreamSize,
      "onFragment: more than maxStreamSize",
    );
    this.emitted("onFragment");
    if (last) this.fragmentSize = 0;
  }
  onPing(_: Uint8Array, start: number, end: number): void {
    this.must(end - start <= 125, "onPing: more than 125 bytes");
    this.emitted("onPing");
  }
  onPong(_: Uint8Array, start: number, end: number): void {
    this.must(end - start <= 125, "onPong: more than 125 bytes");
    this.emitted("onPong");
  }
  onViolation(): void {
    this.must(++this.violations === 1, "onViolation twice");
    this.emitted("onViolation");
  }
  onClose(): void {
    this.emitted("onClose");
    this.closes++;
    this.react();
  }

  private text(bytes: Uint8Array, ascii: boolean): void {
    let decoded: string | undefined;
    try {
      decoded = strict.decode(bytes);
    } catch {
      this.complaints.push("onText: not UTF-8");
    }
    if (decoded !== undefined)
      this.must(ascii === (decoded.length === bytes.length), "onText: wrong about ASCII");
    this.message("onText", bytes.length);
  }

  private message(name: string, size: number): void {
    this.must(size <= this.limits.maxMessageSize, `${name}: more than maxMessageSize`);
    this.emitted(name);
  }

  private emitted(name: string): void {
    this.must(this.closes === 0, `${name} after onClose`);
    if (name !== "onClose") this.react();
  }

  private must(holds: boolean, complaint: string): void {
    if (!holds) this.complaints.push(complaint);
  }
}
