import { FrameDecoder } from "../frame/decoder.ts";
import { HixieDecoder } from "../frame/hixie-decoder.ts";
import type { ConnectionOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { HixieFrameWriter } from "./send/hixie-frame-writer.ts";
import type { MessageAssembler } from "./receive/message-assembler.ts";
import type { Receiver } from "./receive/receiver.ts";
import type { HandshakeResult } from "./opening/opening-handshake.ts";
import type { SendPipeline } from "./send/send-pipeline.ts";

/** The parts of a connection that depend on the form of frames. */
export interface FramedParts {
  readonly platform: Platform;
  readonly options: ConnectionOptions;
  readonly receiver: Receiver;
  readonly assembler: MessageAssembler;
  readonly pipeline: SendPipeline;
}

/** Switches a connection, which starts with the framing of RFC 6455, to the agreed framing. */
export function applyFraming(
  { platform, options, receiver: intake, assembler: inbound, pipeline: output }: FramedParts,
  { dialect, chain }: HandshakeResult,
): void {
  const { framing, supports } = dialect;
  if (framing === "hixie") {
    intake.decoder = new HixieDecoder(inbound, options.maxMessageSize, supports.closeHandshake);
    output.writer = new HixieFrameWriter(platform, output.buffer, supports.closeHandshake);
  } else if (chain !== undefined) {
    if (intake.decoder instanceof FrameDecoder) intake.decoder.allowedRsv = chain.rsv;
    inbound.chain = output.chain = chain;
  }
}
