import http from "node:http";
import { expect, test } from "vitest";
import { headTimes } from "../../../src/node-compat/server/head-times.ts";

const cases: [
  name: string,
  handshakeTimeout: number | undefined,
  times: [headers: number, request: number, interval: number],
][] = [
  ["the default", undefined, [10_000, 300_000, 2500]],
  ["a short one is looked after often, but not all the time", 200, [200, 300_000, 100]],
  ["a long one leaves the whole request no less", 400_000, [400_000, 400_000, 30_000]],
  ["none", 0, [0, 300_000, 100]],
];
test.each(cases)(
  "%s",
  (_, handshakeTimeout, [headersTimeout, requestTimeout, connectionsCheckingInterval]) => {
    const times = headTimes(handshakeTimeout === undefined ? {} : { handshakeTimeout });
    expect(times).toEqual({ headersTimeout, requestTimeout, connectionsCheckingInterval });
    expect(http.createServer(times as http.ServerOptions)).toMatchObject({
      headersTimeout,
      requestTimeout,
    }); // or Node would throw
  },
);
