import { shareSlab } from "../../connection/buffer/slab.ts";
import { lendMasks, masksOf } from "../../frame/mask-source.ts";
import type { Platform, Utf8Kind } from "../../platform.ts";
import { bytesValue } from "../values.ts";
import { nameOf, type Recording } from "./recording.ts";

const MASK = nameOf("mask");

/** The platform of one connection: records the entropy that its machine takes, and else passes calls to the process's. */
export class RecordedPlatform implements Platform {
  private readonly inner: Platform;
  private readonly log: Recording;

  constructor(inner: Platform, log: Recording) {
    this.inner = inner;
    this.log = log;
    shareSlab(this, inner);
    const masks = masksOf(inner);
    lendMasks(this, { next: () => this.takeMask(masks.next()) });
  }

  /** Records the next masking key. */
  takeMask(key: number): number {
    const lines = this.log.source(MASK);
    lines.value(key);
    lines.end();
    return key;
  }

  randomFill(bytes: Uint8Array): void {
    this.inner.randomFill(bytes);
    this.log.take("random", [bytesValue(bytes)]);
  }

  checkUtf8(bytes: Uint8Array, start: number, end: number): Utf8Kind {
    return this.inner.checkUtf8(bytes, start, end);
  }

  decodeUtf8(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
    return this.inner.decodeUtf8(bytes, start, end, ascii);
  }

  encodeUtf8Into(text: string, into: Uint8Array, offset: number): number {
    return this.inner.encodeUtf8Into(text, into, offset);
  }

  encodeUtf8(text: string): Uint8Array {
    return this.inner.encodeUtf8(text);
  }

  allocate(size: number): Uint8Array {
    return this.inner.allocate(size);
  }

  now(): number {
    const now = this.inner.now();
    this.log.take("now", [now]);
    return now;
  }
}
