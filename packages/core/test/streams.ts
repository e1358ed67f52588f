import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Action } from "../src/actions.ts";
import { ProtocolViolation } from "../src/violation.ts";
import type { Outcome } from "../src/testing/recorder.ts";
import { concat, encodeFrame, type FrameInit } from "../src/testing/wire/frames.ts";

/** Which end writes the stream. */
export type Writer = "client" | "server";

const opcode = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
);

const payload = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 140 }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 120, max: 6000 })
      .map((size) => "aé€😀".repeat(size).slice(0, size)),
  },
);

/** A frame such as a peer may send, mostly well-formed. */
const anyFrame: fc.Arbitrary<FrameInit> = fc.record({
  opcode,
  payload,
  fin: fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    { weight: 2, arbitrary: fc.constant(false) },
  ),
  rsv: fc.oneof(
    { weight: 40, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) },
  ),
});

/** A proper message, in one frame or several, with pings between. */
const message: fc.Arbitrary<FrameInit[]> = fc
  .tuple(fc.constantFrom(1, 2), fc.array(payload, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([kind, pieces, pinged]) =>
    pieces.flatMap((piece, at): FrameInit[] => [
      {
        opcode: at === 0 ? kind : 0,
        payload: kind === 1 && typeof piece !== "string" ? "text" : piece,
        fin: at === pieces.length - 1,
      },
      ...(pinged && at < pieces.length - 1 ? [{ opcode: 9, payload: String(at) }] : []),
    ]),
  );

const close: fc.Arbitrary<FrameInit> = fc
  .tuple(fc.constantFrom(1000, 1001, 1006, 3000, 4999, 5000), fc.string({ maxLength: 20 }))
  .map(([code, reason]) => ({
    opcode: 8,
    payload: concat(Uint8Array.of(code >> 8, code & 255), new TextEncoder().encode(reason)),
  }));

/** A run of frames and of what is no frame. */
export function streamFrom(writer: Writer): fc.Arbitrary<Uint8Array> {
  const frames = fc.oneof(
    { weight: 8, arbitrary: message },
    { weight: 3, arbitrary: anyFrame.map((frame) => [frame]) },
    { weight: 1, arbitrary: close.map((frame) => [frame]) },
  );
  const bytes = frames.map((some) =>
    concat(...some.map((frame) => encodeFrame(frame, writer === "client"))),
  );
  const noise = fc.uint8Array({ maxLength: 40 });
  return fc
    .array(fc.oneof({ weight: 20, arbitrary: bytes }, { weight: 1, arbitrary: noise }), {
      maxLength: 8,
      size: "large",
    })
    .map((pieces) => concat(...pieces));
}

/** Bytes and where to cut them. */
export function withCuts(
  stream: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<{ bytes: Uint8Array; cuts: number[] }> {
  return stream.chain((bytes) =>
    fc
      .array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 })
      .map((cuts) => ({ bytes, cuts: cuts.sort((a, b) => a - b) })),
  );
}

/** Bytes to compare: their number and a digest, or the octets where they are few. */
export function print(bytes: Uint8Array): string {
  if (bytes.length <= 16) return Buffer.from(bytes).toString("hex");
  return `${bytes.length} bytes ${createHash("sha1").update(bytes).digest("hex")}`;
}

/** An outcome to compare, a line an action: comparing long arrays of octets would take most of a test's time. */
export function printed({ events, sent }: Outcome): string[] {
  const line = (action: Action): string =>
    action
      .map((part, at) =>
        at === 0
          ? part
          : part instanceof Uint8Array
            ? print(part)
            : part instanceof ProtocolViolation
              ? `${part.message} at ${part.offset}`
              : JSON.stringify(part),
      )
      .join(" ");
  return [...events.map(line), print(sent)];
}
