import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinBytes, outcomeOf } from "../../src/testing/recorder.ts";
import { Pair } from "../../src/testing/pair.ts";
import {
  CONTINUATION,
  decodeFrame,
  encodeFrame,
  type WireFrame,
} from "../../src/testing/wire/frames.ts";
import { print, printed } from "../streams.ts";

const roles = ["client", "server"] as const;
type Role = (typeof roles)[number];
const other = { client: "server", server: "client" } as const;

/** An open pair, nothing recorded yet. */
function opened(): Pair {
  const pair = new Pair().settle();
  pair.clientEnd.take();
  pair.serverEnd.take();
  return pair;
}

/** The frames that `role` has sent, read by the tests' own codec. */
function framesOf(pair: Pair, role: Role): WireFrame[] {
  let rest: Uint8Array = joinBytes(pair[`${role}End`].wire.filter((parcel) => parcel !== "end"));
  let found = decodeFrame(rest);
  const frames: WireFrame[] = [];
  while (found) {
    frames.push(found.frame);
    rest = rest.subarray(found.used);
    found = decodeFrame(rest);
  }
  expect(rest).toHaveLength(0);
  return frames;
}

/** The events that the application of `role` has received. */
const heardBy = (pair: Pair, role: Role): string[] =>
  printed({ ...outcomeOf(pair[`${role}End`].take()), sent: new Uint8Array(0) }).slice(0, -1);
const line = (type: string, bytes: Uint8Array, ...rest: unknown[]): string =>
  [type, print(bytes), 0, bytes.length, ...rest].join(" ");
const formOf = (size: number): number => (size < 126 ? 7 : size < 65_536 ? 16 : 64);

const size = fc.oneof(
  fc.constantFrom(0, 1, 124, 125, 126, 127, 128, 4095, 4096, 4097, 65_534, 65_535, 65_536, 65_537),
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: 70_000 }),
);
const unit = fc.constantFrom("a", "é", "€", "😀", "aé", "a€", "😀€éa", "\u0000", "\ufeff");
const text = fc.tuple(size, unit).map(([length, part]) =>
  part
    .repeat(Math.ceil(length / part.length))
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, ""),
);
const bytes = fc
  .tuple(size, fc.integer({ min: 0, max: 255 }))
  .map(([length, seed]) => new Uint8Array(length).map((_, at) => at * 7 + seed));

describe.each(roles)("from the %s", (role) => {
  const mask = role === "client";

  test("text arrives as it was sent, in one frame with the shortest length", () => {
    fc.assert(
      fc.property(text, (message) => {
        const pair = opened();
        const utf8 = new TextEncoder().encode(message);
        pair[role].sendText(message);
        const [frame, ...more] = framesOf(pair, role);
        expect([
          frame!.opcode,
          frame!.fin,
          frame!.rsv,
          frame!.masked,
          frame!.form,
          more.length,
        ]).toEqual([1, true, 0, mask, formOf(utf8.length), 0]);
        pair.settle();
        expect(heardBy(pair, other[role])).toEqual([
          line(
            "onText",
            utf8,
            utf8.every((octet) => octet < 128),
          ),
        ]);
      }),
      { numRuns: 250 },
    );
  });

  test("binary arrives as it was sent, in one frame with the shortest length, and is left as it was", () => {
    fc.assert(
      fc.property(bytes, fc.array(size, { maxLength: 3 }), (message, cuts) => {
        const pair = opened();
        const kept = message.slice();
        const edges = [
          0,
          ...cuts.map((at) => Math.min(at, message.length)).sort((a, b) => a - b),
          message.length,
        ];
        pair[role].sendBinary(message);
        pair[role].sendParts(
          "binary",
          edges.slice(1).map((edge, at) => message.subarray(edges[at], edge)),
          message.length,
        );
        const frames = framesOf(pair, role);
        expect(frames.map(({ opcode, fin, masked, form }) => [opcode, fin, masked, form])).toEqual(
          Array.from({ length: 2 }, () => [2, true, mask, formOf(message.length)]),
        );
        pair.settle();
        expect(heardBy(pair, other[role])).toEqual([
          line("onBinary", kept),
          line("onBinary", kept),
        ]);
        expect(print(message)).toBe(print(kept));
      }),
      { numRuns: 150 },
    );
  });

  test("a message in any fragments, from another codec, arrives whole", () => {
    fc.assert(
      fc.property(
        fc.oneof(text, bytes),
        fc.array(size, { maxLength: 6 }),
        fc.integer({ min: 1, max: 70_000 }),
        (message, cuts, most) => {
          const pair = opened();
          const whole = typeof message === "string" ? new TextEncoder().encode(message) : message;
          const edges = [
            0,
            ...cuts.map((at) => Math.min(at, whole.length)).sort((a, b) => a - b),
            whole.length,
          ];
          const fragments = edges.slice(1).map((edge, at) =>
            encodeFrame(
              {
                opcode: at > 0 ? CONTINUATION : typeof message === "string" ? 1 : 2,
                fin: at === edges.length - 2,
                payload: whole.subarray(edges[at], edge),
              },
              mask,
            ),
          );
          pair[`${role}End`].wire.push(joinBytes(fragments));
          while (pair.step(other[role], most));
          const ascii = whole.every((octet) => octet < 128);
          expect(heardBy(pair, other[role])).toEqual([
            typeof message === "string" ? line("onText", whole, ascii) : line("onBinary", whole),
          ]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("pings come back as pongs", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 125 }), (payload) => {
        const pair = opened();
        pair[role].ping(payload);
        pair.settle();
        expect(heardBy(pair, other[role])).toEqual([line("onPing", payload)]);
        expect(heardBy(pair, role)).toEqual([line("onPong", payload)]);
      }),
      { numRuns: 60 },
    );
  });
});
