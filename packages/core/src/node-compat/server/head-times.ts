import { DEFAULT_OPTIONS } from "../../options.ts";

/** Node's own, of a request with its body. */
const REQUEST_TIMEOUT = 300_000;

/** The times of a `node:http` server, in milliseconds, by its names for them. */
export interface HeadTimes {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
}

/** Node waits a minute for a head, and checks every half: here any head has no more time than an opening. */
export function headTimes({
  handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout,
}: {
  readonly handshakeTimeout?: number;
}): HeadTimes {
  return {
    headersTimeout: handshakeTimeout,
    requestTimeout: Math.max(REQUEST_TIMEOUT, handshakeTimeout), // Node requires it to be no less
    connectionsCheckingInterval: Math.min(Math.max(handshakeTimeout / 4, 100), 30_000),
  };
}
