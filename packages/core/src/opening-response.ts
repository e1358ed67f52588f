import type { HeaderFields } from "./http/headers.ts";

/** A server's answer, as the client sees it. */
export interface OpeningResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderFields;
  /** Of an answer that refuses: the first 64 KiB of its body, or what of it came in time. */
  readonly body?: Uint8Array;
}
