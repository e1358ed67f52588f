import type { Diagnostics } from "../diagnostics/channels.ts";
import type { Compression } from "../../extension/compression.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { Platform } from "../../platform.ts";
import type { DuplexLike } from "../transport/duplex.ts";

/** The functions of a runtime that the shell uses, beside the core's {@link Platform}. Each adapter makes one object a process. */
export interface Runtime {
  readonly platform: Platform;
  /** Such as `node 20.20.2`. */
  readonly name?: string;
  /** Records every connection of the process, if the user has set this. Read once a connection. */
  readonly record?: TraceSink | undefined;
  /** The channels of `diagnostics_channel` that report on sockets. Absent if the runtime has none. */
  readonly diagnostics?: Diagnostics | undefined;
  /** For permessage-deflate. A getter may make it, as it is read at the first use. Absent if the runtime has none. */
  readonly compression?: Compression;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Runs `callback` once the running code has returned, before any I/O. */
  queueMicrotask(callback: () => void): void;
  /** Runs `callback` as Node's `process.nextTick` does: after the microtasks if one is running, and before them in an I/O callback. */
  nextTick(callback: () => void): void;
  /** Prepares a server's stream before its first use: if the runtime's streams break an assumption of `DuplexTransport`, it repairs them. */
  prepareStream?(stream: DuplexLike): void;
  /** Returns the HMAC-SHA-256 (RFC 2104) of `bytes`, 32 bytes. Absent if the runtime has none: then topics have no history. */
  hmacSha256?(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Reports an application's error the runtime's own way (`uncaughtException`, `error` event) without unwinding our stack. */
  reportError(error: unknown): void;
}
