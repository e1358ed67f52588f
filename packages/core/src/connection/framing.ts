import { FrameDecoder } from "../frame/decoder.ts";
import { HixieDecoder } from "../frame/hixie-decoder.ts";
import type { ConnectionOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { HixieOutbound } from "./send/hixie-frame-writer.ts";
import type { Inbound } from "./receive/message-assembler.ts";
import type { Intake } from "./receive/receiver.ts";
import type { Terms } from "./opening/opening-handshake.ts";
import type { Output } from "./send/send-pipeline.ts";

/** The parts of a connection that know the form of frames. */
export interface FramedParts {
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  readonly intake: Intake;
  readonly inbound: Inbound;
  readonly output: Output;
}

/** Makes a connection, which frames as RFC 6455 until told otherwise, frame as was agreed. */
export function applyFraming(
  { platform, options, intake, inbound, output }: FramedParts,
  { dialect, chain }: Terms,
): void {
  const { framing, supports } = dialect;
  if (framing === "hixie") {
    intake.decoder = new HixieDecoder(inbound, options.maxMessageSize, supports.closeHandshake);
    output.writer = new HixieOutbound(platform, output.outbox, supports.closeHandshake);
  } else if (chain !== undefined) {
    if (intake.decoder instanceof FrameDecoder) intake.decoder.allowedRsv = chain.rsv;
    inbound.chain = output.chain = chain;
  }
}
