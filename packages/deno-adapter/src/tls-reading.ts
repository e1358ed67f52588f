import type { DuplexLike } from "@sansocket/core/shell";
import tls from "node:tls";

/** The TCP handle under a `tls.TLSSocket` in Deno, which can stop reading. */
interface Handle {
  readStart?(): unknown;
  readStop?(): unknown;
}
type TlsSocket = tls.TLSSocket & { readonly _handle?: { readonly _parent?: Handle | null } | null };

const { pause, resume } = tls.TLSSocket.prototype;

function pauseReading(this: TlsSocket): TlsSocket {
  pause.call(this);
  this._handle?._parent?.readStop?.();
  return this;
}

function resumeReading(this: TlsSocket): TlsSocket {
  this._handle?._parent?.readStart?.();
  resume.call(this);
  return this;
}

/**
 * Makes `pause()` of a TLS socket stop its reading. In Deno 2.9 it only stops its events: a paused socket took 100 MB from a peer that went on
 * sending, and would take all memory. It leaves other streams alone.
 */
export function mend<S extends Pick<DuplexLike, "pause" | "resume">>(stream: S): S {
  if (stream instanceof tls.TLSSocket)
    Object.assign(stream, { pause: pauseReading, resume: resumeReading });
  return stream;
}
