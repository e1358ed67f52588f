import type { Compression } from "../../extension/compression.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { Platform } from "../../platform.ts";
import type { DuplexLike } from "../transport/duplex.ts";

/** What the shell needs of a runtime, beside the core's {@link Platform}. One object a process, made by each adapter. */
export interface Runtime {
  readonly platform: Platform;
  /** Such as `node 20.20.2`. */
  readonly name?: string;
  /** Where every connection of the process is recorded, where that was asked for. Read once a connection. */
  readonly record?: TraceSink | undefined;
  /** For permessage-deflate. Read when that is first asked for, so it may be made then. Left out where there is none. */
  readonly compression?: Compression;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Runs `callback` once the code now running has returned, before any I/O. */
  queueMicrotask(callback: () => void): void;
  /** The same, but once no microtask is left, where one is running; in an I/O callback, before them. As Node has it. */
  nextTick(callback: () => void): void;
  /** Told of a stream that a server's connection comes by, before it is used: where those of the runtime break what a `DuplexTransport` builds on, they are mended here. */
  prepareStream?(stream: DuplexLike): void;
  /** The HMAC-SHA-256 (RFC 2104) of `bytes`, 32 bytes. Left out where there is none: then topics have no history. */
  hmacSha256?(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Surfaces an application's error the runtime's own way (`uncaughtException`, `error` event) without unwinding ours. */
  reportError(error: unknown): void;
}
