import type { Platform } from "../platform.ts";

/** A call for random bytes costs 2–3 µs in Node, however few; 8 KiB serve 2048 frames. */
const POOL_WORDS = 2048;

/** A source of masking keys. */
export interface Masks {
  /** Returns the next key, a signed 32-bit integer; 0 may come up like any other. */
  next(): number;
}

/**
 * Gives masking keys that cannot be foretold (RFC 6455 §5.3), from a pool of the platform's
 * randomness. One a process is enough. Every random byte is used in one key only.
 */
export class MaskSource implements Masks {
  private readonly platform: Platform;
  private words: Int32Array | undefined;
  private at = POOL_WORDS;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** Returns the next key, a signed 32-bit integer; 0 may come up like any other. */
  next(): number {
    if (this.at === POOL_WORDS) this.refill();
    return this.words![this.at++]!;
  }

  /** The pool is made at first use: servers never mask. */
  private refill(): void {
    this.words ??= new Int32Array(POOL_WORDS);
    this.platform.randomFill(new Uint8Array(this.words.buffer));
    this.at = 0;
  }
}

const sources = new WeakMap<Platform, Masks>();

/** Returns the masking keys of `platform`: one pool a process, since a process has one platform. */
export function masksOf(platform: Platform): Masks {
  let source = sources.get(platform);
  if (source === undefined) sources.set(platform, (source = new MaskSource(platform)));
  return source;
}

/** Makes `masks` the keys of `platform`, for a platform that serves one connection and records its keys. */
export function lendMasks(platform: Platform, masks: Masks): void {
  sources.set(platform, masks);
}
