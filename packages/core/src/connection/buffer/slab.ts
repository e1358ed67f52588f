import type { Platform } from "../../platform.ts";

/**
 * Output memory shared by every connection of a platform, laid end to end and never reused:
 * flushed bytes belong to the transport. Idle connections therefore hold none.
 */
export class Slab {
  readonly platform: Platform;
  bytes: Uint8Array;
  /** The offset in {@link bytes} at which free memory begins. */
  used = 0;
  /** The last text that a server's connection sent, and its frame: broadcasting one string encodes it once. */
  readonly lastText: { text: string; bytes: Uint8Array; start: number; end: number };
  /**
   * The last pieces that a connection joined, and the joined bytes. Connections that send the same prepared
   * messages in one turn hold the same pieces, so a broadcast of eight messages to 500 joins them once.
   */
  readonly lastJoin: { pieces: readonly Uint8Array[]; bytes: Uint8Array };

  constructor(platform: Platform) {
    this.platform = platform;
    this.bytes = platform.allocate(SLAB_SIZE);
    this.lastText = { text: "", bytes: this.bytes, start: 0, end: 0 };
    this.lastJoin = { pieces: [], bytes: this.bytes.subarray(0, 0) };
  }

  /** Makes room for `size` bytes at `used`, in new memory if need be. */
  ensure(size: number): void {
    if (this.bytes.length - this.used >= size) return;
    this.bytes = this.platform.allocate(Math.max(size, SLAB_SIZE));
    this.used = 0;
  }
}

/** 16 to 256 KiB measured alike; smaller slabs are replaced too often. */
const SLAB_SIZE = 64 * 1024;

/** The slab of each platform. A process has one platform, and one more for each connection that is recorded. */
const slabs = new WeakMap<Platform, Slab>();

/** Returns the slab of `platform`, made at the first call. */
export function slabOf(platform: Platform): Slab {
  const known = slabs.get(platform);
  if (known !== undefined) return known;
  const slab = new Slab(platform);
  slabs.set(platform, slab);
  return slab;
}

/** Gives `platform`, which stands for a single connection, the slab of `owner`. */
export function shareSlab(platform: Platform, owner: Platform): void {
  slabs.set(platform, slabOf(owner));
}
