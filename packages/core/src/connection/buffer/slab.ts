import type { Platform } from "../../platform.ts";

/**
 * Output memory shared by every connection of the process, laid end to end and never reused: what has
 * been flushed belongs to the transport. Idle connections therefore hold none.
 */
export class Slab {
  readonly platform: Platform;
  bytes: Uint8Array;
  /** Where free memory begins in {@link bytes}. */
  used = 0;

  constructor(platform: Platform) {
    this.platform = platform;
    this.bytes = platform.allocate(SLAB_SIZE);
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

let shared: Slab | undefined;

/** The slab of `platform`: one a process, since a process has one platform. */
export function slabOf(platform: Platform): Slab {
  if (shared?.platform === platform) return shared;
  const owner = owners.get(platform);
  if (owner !== undefined) return slabOf(owner);
  return (shared = new Slab(platform));
}

/** Platforms that stand for a single connection, and whose memory theirs is. */
const owners = new WeakMap<Platform, Platform>();

/** Has `platform`, which stands for a single connection, use the slab of `owner`. */
export function shareSlab(platform: Platform, owner: Platform): void {
  owners.set(platform, owner);
}
