import type { HeaderFields } from "./http/headers.ts";

/** A server's response, as the client sees it. */
export interface OpeningResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderFields;
  /** Of a refusal: the first 64 KiB of its body, or the part that came in time. */
  readonly body?: Uint8Array;
}
