import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { DuplexTransport } from "../../../src/shell/transport/duplex.ts";
import { Http2Transport } from "../../../src/shell/transport/http2.ts";
import type { Transport, TransportListener } from "../../../src/shell/transport/transport.ts";
import { bindTransport, type TransportSource } from "../../../src/shell/transport/connector.ts";

const listener: TransportListener = {
  onData: () => {},
  onEnd: () => {},
  onDrain: () => {},
  onGone: () => {},
};
const stream = (): Duplex =>
  new Duplex({
    read() {},
    write(_, __, done) {
      done();
    },
  });

test.each<[name: string, wire: TransportSource, kind: new (...args: never[]) => Transport]>([
  ["a stream is bound as it is", stream(), DuplexTransport],
  [
    "a stream of HTTP/2 ends in a manner of its own",
    Object.assign(stream(), { rstCode: 0, close: () => {} }),
    Http2Transport,
  ],
  [
    "what only looks like one is not: no rstCode",
    Object.assign(stream(), { close: () => {} }),
    DuplexTransport,
  ],
  [
    "what only looks like one is not: no close()",
    Object.assign(stream(), { rstCode: 0 }),
    DuplexTransport,
  ],
])("%s", (_, wire, kind) => {
  expect(bindTransport(wire, listener)).toBeInstanceOf(kind);
});

test("a carrier makes its own transport, for this listener", () => {
  const transport = {} as Transport;
  const bound: TransportListener[] = [];
  expect(
    bindTransport(
      {
        destroyed: false,
        bind: (told) => {
          bound.push(told);
          return transport;
        },
      },
      listener,
    ),
  ).toBe(transport);
  expect(bound).toEqual([listener]);
});
