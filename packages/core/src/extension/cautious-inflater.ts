import type { Compression, Inflater, InflateParameters } from "./compression.ts";

/** The number of messages that shrank and referred to no earlier one, after which the peer is trusted to keep no window. */
const TRIAL = 8;

/** A stored block's header (RFC 1951 §3.2.4). */
const STORED = 5;

type Inflated = Uint8Array | "too-big" | "invalid";
type Done = (result: Inflated, cause?: unknown) => void;

/**
 * Decompresses for a peer that did not confirm `no_context_takeover` (RFC 7692 §7.1.1). Some peers ignore parameters without
 * a value and keep their window, tornado 6.2 and Mojolicious 9.31 among them: their second message refers to the first.
 *
 * A message without references inflates by itself. The first one that does not is tried behind the messages before it, and so are all
 * later ones. A peer that sends {@link TRIAL} messages without such a reference keeps no window, and the stored messages are freed.
 */
export class CautiousInflater implements Inflater {
  private readonly alone: Inflater;
  private readonly compression: Compression;
  private readonly parameters: InflateParameters;
  private readonly windowSize: number;
  private behind: Inflater | undefined = undefined; // the peer keeps its window
  private recent: Uint8Array | undefined = new Uint8Array(0); // undefined: the peer keeps none
  private left = TRIAL;

  constructor(compression: Compression, parameters: InflateParameters) {
    this.compression = compression;
    this.parameters = parameters;
    this.windowSize = 2 ** parameters.windowBits;
    this.alone = compression.createInflater(parameters);
  }

  inflate(data: Uint8Array, done: Done): void {
    if (this.recent === undefined) return this.alone.inflate(data, done);
    if (this.behind !== undefined) return this.inflateBehind(data, this.recent, this.behind, done);
    this.alone.inflate(data, (result, cause) => {
      if (result === "invalid" && this.recent!.length > 0) return this.suspect(data, done, cause);
      if (typeof result !== "string") this.remember(result);
      if (typeof result !== "string" && data.length < result.length && --this.left === 0)
        this.recent = undefined;
      done(result, cause);
    });
  }

  close(): void {
    this.alone.close();
    this.behind?.close();
    this.behind = this.recent = undefined;
  }

  /** Tries a message that does not inflate alone behind the messages before it. `cause` is the error of the first try. */
  private suspect(data: Uint8Array, done: Done, cause: unknown): void {
    const { maxSize } = this.parameters;
    const behind = this.compression.createInflater({
      ...this.parameters,
      maxSize: maxSize + this.windowSize,
    });
    this.inflateBehind(data, this.recent!, behind, (result, other) => {
      if (typeof result === "string") behind.close();
      else this.behind = behind;
      done(result, result === "invalid" ? cause : other);
    });
  }

  /** Puts `recent` before the message as a stored block, which every zlib reads; Deno's reads no preset dictionary. */
  private inflateBehind(
    data: Uint8Array,
    recent: Uint8Array,
    inflater: Inflater,
    done: Done,
  ): void {
    const { length } = recent;
    const input = new Uint8Array(STORED + length + data.length);
    input.set([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff]);
    input.set(recent, STORED);
    input.set(data, STORED + length);
    inflater.inflate(input, (result, cause) => {
      if (typeof result === "string") return done(result, cause);
      const message = result.slice(length);
      if (message.length > this.parameters.maxSize) return done("too-big");
      this.remember(message);
      done(message);
    });
  }

  private remember(message: Uint8Array): void {
    const { recent, windowSize } = this;
    if (recent === undefined) return; // closed meanwhile
    const kept = Math.max(0, Math.min(recent.length, windowSize - message.length));
    const added = Math.min(message.length, windowSize);
    const joined = new Uint8Array(kept + added);
    joined.set(recent.subarray(recent.length - kept));
    joined.set(message.subarray(message.length - added), kept);
    this.recent = joined;
  }
}
