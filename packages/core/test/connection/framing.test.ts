/** A connection frames as was agreed. */
import { expect, test } from "vitest";
import { hixie75, hixie76 } from "../../src/dialect/hixie.ts";
import { rfc6455 } from "../../src/dialect/hybi.ts";
import type { Dialect } from "../../src/dialect/dialect.ts";
import { applyFraming } from "../../src/connection/framing.ts";
import { HixieFrameWriter } from "../../src/connection/send/hixie-frame-writer.ts";
import { Machine } from "../../src/connection/machine.ts";
import { HybiFrameWriter } from "../../src/connection/send/frame-writer.ts";
import { ServerHandshake } from "../../src/connection/opening/server-handshake.ts";
import { Chain } from "../../src/extension/chain.ts";
import { FrameDecoder } from "../../src/frame/decoder.ts";
import { HixieDecoder } from "../../src/frame/hixie-decoder.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";

const chain = new Chain([], 6);
const rows: [
  name: string,
  dialect: Dialect,
  chain: Chain | undefined,
  decoder: object,
  writer: object,
  rsv: number | undefined,
][] = [
  ["RFC 6455", rfc6455, undefined, FrameDecoder, HybiFrameWriter, 0],
  [
    "RFC 6455 with extensions: their bits are allowed",
    rfc6455,
    chain,
    FrameDecoder,
    HybiFrameWriter,
    6,
  ],
  ["draft 75", hixie75, undefined, HixieDecoder, HixieFrameWriter, undefined],
  ["draft 76", hixie76, undefined, HixieDecoder, HixieFrameWriter, undefined],
];
test.each(rows)("%s", (_, dialect, agreed, decoder, writer, rsv) => {
  const machine = new Machine(
    "server",
    new Recorder(),
    createTestPlatform(),
    DEFAULT_OPTIONS,
    (host) => new ServerHandshake(host),
  );
  applyFraming(machine, {
    opening: { version: dialect.version, protocol: "", extensions: "", response: undefined },
    dialect,
    chain: agreed,
  });
  expect(machine.receiver.decoder).toBeInstanceOf(decoder);
  expect(machine.pipeline.writer).toBeInstanceOf(writer);
  expect((machine.receiver.decoder as Partial<FrameDecoder>).allowedRsv).toBe(rsv);
  expect([machine.assembler.chain, machine.pipeline.chain]).toEqual([agreed, agreed]);
});
