import type { Supports } from "../../dialect/dialect.ts";
import { BINARY, type Opcode, PING, PONG, TEXT } from "../../frame/opcode.ts";
import type { State } from "../../lifecycle/interned.ts";
import { UsageError } from "../../violation.ts";
import { FragmentedMessage } from "./fragmented-message.ts";
import type { SendPipeline } from "./send-pipeline.ts";
import type { PreparedMessage } from "./prepared.ts";

const EMPTY = new Uint8Array(0);
const CONTROL_MAX = 125;

/** The commands that send: checks whether they make sense, and hands them to the output. Both roles' connection is built on it. */
export abstract class SendCommands {
  abstract readonly lifecycle: State;
  abstract readonly supports: Supports;
  abstract readonly pipeline: SendPipeline;

  sendText(text: string, compress = true): boolean {
    this.requireSendable("sendText");
    return this.pipeline.text(text, compress);
  }

  sendTextBytes(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    this.requireSendable("sendTextBytes");
    return this.pipeline.payload(TEXT, bytes, start, end, compress);
  }

  sendBinary(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    this.requireSendable("sendBinary", this.supports.binary);
    return this.pipeline.payload(BINARY, bytes, start, end, compress);
  }

  sendParts(
    kind: "text" | "binary",
    parts: readonly Uint8Array[],
    size: number,
    compress = true,
  ): boolean {
    this.requireSendable("sendParts", kind === "text" || this.supports.binary);
    return this.pipeline.parts(kind === "text" ? TEXT : BINARY, parts, size, compress);
  }

  sendPrepared(message: PreparedMessage): boolean {
    this.requireSendable("sendPrepared", message.kind === "text" || this.supports.binary);
    return this.pipeline.prepared(message);
  }

  sendFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    last = false,
  ): void {
    const { pipeline: output, lifecycle } = this;
    const { fragments } = output;
    if (fragments === undefined) {
      this.requireSendable("sendFragment", kind === "text" || this.supports.binary);
      output.fragments = new FragmentedMessage(output, kind);
    } else if (!lifecycle.sendable) this.requireSendable("sendFragment");
    else if (fragments.kind !== kind)
      throw new UsageError(`sendFragment: the message that was begun is ${fragments.kind}`);
    output.fragments!.add(bytes, start, end, last);
  }

  sendFrames(pieces: readonly Uint8Array[]): void {
    this.requireOpen("sendFrames");
    this.pipeline.frames(pieces);
  }

  notify(notice: unknown): void {
    this.requireOpen("notify");
    this.pipeline.notify(notice);
  }

  ping(bytes: Uint8Array = EMPTY): void {
    this.sendControl("ping", PING, bytes);
  }
  pong(bytes: Uint8Array = EMPTY): void {
    this.sendControl("pong", PONG, bytes);
  }

  private sendControl(command: string, opcode: Opcode, bytes: Uint8Array): void {
    if (bytes.length > CONTROL_MAX)
      throw new UsageError(
        `${command}: a payload has at most ${CONTROL_MAX} bytes, got ${bytes.length}`,
      );
    this.requireOpen(command);
    this.requireSpoken(command, this.supports.ping);
    this.pipeline.control(opcode, bytes, 0, bytes.length);
  }

  private requireSendable(command: string, isSpoken = true): void {
    this.requireOpen(command);
    if (!isSpoken) this.requireSpoken(command, false);
    if (this.pipeline.fragments !== undefined)
      throw new UsageError(
        `${command}: a message is being sent in fragments, and its last has not been sent`,
      );
  }

  private requireOpen(command: string): void {
    if (!this.lifecycle.sendable)
      throw new UsageError(`${command}: the connection is ${this.lifecycle.phase}, not open`);
  }

  private requireSpoken(command: string, isSpoken: boolean): void {
    if (!isSpoken)
      throw new UsageError(`${command}: the peer speaks a draft that has no such message`);
  }
}
