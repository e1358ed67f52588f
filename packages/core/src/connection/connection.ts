import type { Timer } from "../actions.ts";
import { encodeClosePayload } from "../close-code.ts";
import { BINARY, PONG, TEXT } from "../frame/opcode.ts";
import type { Choice, OpeningRequest, OpeningResponse, Refusal } from "../opening.ts";
import { UsageError } from "../violation.ts";
import type { ClientConnection, Connection, OpenConnection, ServerConnection } from "./contract.ts";
import type { Machine } from "./machine.ts";
import type { HandshakeResult } from "./opening/opening-handshake.ts";
import { FragmentedMessage } from "./send/fragmented-message.ts";
import type { PreparedMessage } from "./send/prepared.ts";

const EMPTY = new Uint8Array(0);
const CONTROL_MAX = 125;

/**
 * Checks each call of the application and the transport, and hands it to the machine. Both roles share this class; the commands of one role
 * until it is open belong to its opening handshake. The factories return it under the interface of its role.
 */
export class MachineConnection implements ServerConnection, ClientConnection, OpenConnection {
  private readonly machine: Machine;
  private agreed: HandshakeResult | undefined; // until `start`

  /** @param agreed the handshake result for `start()`, where another library did the handshake */
  constructor(machine: Machine, agreed?: HandshakeResult) {
    this.machine = machine;
    this.agreed = agreed;
  }

  // Inputs of the transport.

  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (start !== end) this.machine.receive(bytes, start, end);
  }

  receiveEnd(): void {
    this.machine.receiveEnd();
  }

  receiveError(): void {
    this.machine.receiveError();
  }

  receiveBacklog(bytes: number): void {
    this.machine.receiveBacklog(bytes);
  }

  fireTimer(timer: Timer): void {
    this.machine.fireTimer(timer);
  }

  // Commands that send.

  sendText(text: string, compress = true): boolean {
    this.requireSendable("sendText");
    return this.machine.pipeline.text(text, compress);
  }

  sendTextBytes(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    this.requireSendable("sendTextBytes");
    return this.machine.pipeline.payload(TEXT, bytes, start, end, compress);
  }

  sendBinary(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    this.requireSendable("sendBinary", this.supports.binary);
    return this.machine.pipeline.payload(BINARY, bytes, start, end, compress);
  }

  sendParts(
    kind: "text" | "binary",
    parts: readonly Uint8Array[],
    size: number,
    compress = true,
  ): boolean {
    this.requireSendable("sendParts", kind === "text" || this.supports.binary);
    return this.machine.pipeline.parts(kind === "text" ? TEXT : BINARY, parts, size, compress);
  }

  sendPrepared(message: PreparedMessage): boolean {
    this.requireSendable("sendPrepared", message.kind === "text" || this.supports.binary);
    return this.machine.pipeline.prepared(message);
  }

  sendFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    last = false,
  ): void {
    const { pipeline } = this.machine;
    const { fragments } = pipeline;
    if (fragments === undefined) {
      this.requireSendable("sendFragment", kind === "text" || this.supports.binary);
      pipeline.fragments = new FragmentedMessage(pipeline, kind);
    } else if (!this.sendable) this.requireSendable("sendFragment");
    else if (fragments.kind !== kind)
      throw new UsageError(`sendFragment: the message that was begun is ${fragments.kind}`);
    pipeline.fragments!.add(bytes, start, end, last);
  }

  sendFrames(pieces: readonly Uint8Array[]): void {
    this.requireOpen("sendFrames");
    this.machine.pipeline.frames(pieces);
  }

  notify(notice: unknown): void {
    this.requireOpen("notify");
    this.machine.pipeline.notify(notice);
  }

  ping(bytes: Uint8Array = EMPTY): void {
    this.requireControl("ping", bytes);
    this.machine.ping(bytes);
  }

  pong(bytes: Uint8Array = EMPTY): void {
    this.requireControl("pong", bytes);
    this.machine.pipeline.control(PONG, bytes, 0, bytes.length);
  }

  cork(): void {
    this.machine.pipeline.cork();
  }

  uncork(): void {
    this.machine.pipeline.uncork();
  }

  flush(): void {
    this.machine.pipeline.buffer.flush();
  }

  // Commands that end the connection, and that control reading.

  close(code?: number, reason = ""): void {
    const { machine } = this;
    machine.close(encodeClosePayload(machine.platform, code, reason), code, reason);
  }

  terminate(): void {
    this.machine.terminate();
  }

  pause(): void {
    this.machine.pause();
  }

  resume(): void {
    this.machine.resume();
  }

  deliver(unit: "message" | "fragment"): void {
    this.machine.assembler.deliver(unit);
  }

  // Commands of one role: its opening handshake carries them out.

  expectRequest(secure = false): void {
    this.machine.handshake?.expectRequest?.(secure);
  }

  receiveRequest(request: OpeningRequest): void {
    const { handshake } = this.machine;
    if (handshake?.receiveRequest === undefined) throw this.misplaced("receiveRequest");
    handshake.receiveRequest(request);
  }

  accept(choice: Choice = {}): void {
    const { handshake } = this.machine;
    if (handshake?.accept === undefined) throw this.misplaced("accept");
    handshake.accept(choice);
  }

  reject(refusal: Refusal): void {
    const { handshake } = this.machine;
    if (handshake?.reject === undefined) throw this.misplaced("reject");
    handshake.reject(refusal);
  }

  open(): void {
    this.machine.handshake?.open?.();
  }

  receiveResponse(response: OpeningResponse): void {
    this.machine.handshake?.receiveResponse?.(response);
  }

  start(): void {
    const { agreed } = this;
    this.agreed = undefined;
    if (agreed !== undefined) this.machine.opened(agreed);
  }

  // Properties.

  get state(): Connection["state"] {
    return this.machine.lifecycle.phase;
  }

  get path(): string {
    return this.machine.lifecycle.path;
  }

  get supports(): Connection["supports"] {
    return this.machine.supports;
  }

  get sendable(): boolean {
    return this.machine.lifecycle.sendable;
  }

  get bufferedBytes(): number {
    return this.machine.pipeline.size;
  }

  get latency(): Connection["latency"] {
    return this.machine.roundTrips?.latency;
  }

  get closure(): Connection["closure"] {
    return this.machine.closure;
  }

  private requireControl(command: string, bytes: Uint8Array): void {
    if (bytes.length > CONTROL_MAX)
      throw new UsageError(
        `${command}: a payload has at most ${CONTROL_MAX} bytes, got ${bytes.length}`,
      );
    this.requireOpen(command);
    this.requireSpoken(command, this.supports.ping);
  }

  private requireSendable(command: string, isSpoken = true): void {
    this.requireOpen(command);
    if (!isSpoken) this.requireSpoken(command, false);
    if (this.machine.pipeline.fragments !== undefined)
      throw new UsageError(
        `${command}: a message is being sent in fragments, and its last has not been sent`,
      );
  }

  private requireOpen(command: string): void {
    if (!this.sendable)
      throw new UsageError(`${command}: the connection is ${this.state}, not open`);
  }

  private requireSpoken(command: string, isSpoken: boolean): void {
    if (!isSpoken)
      throw new UsageError(`${command}: the peer speaks a draft that has no such message`);
  }

  /** The error for a command of the opening that the connection cannot carry out. */
  private misplaced(command: string): UsageError {
    return new UsageError(
      this.machine.handshake === undefined
        ? `${command}: the connection is ${this.state}, its opening is over`
        : `${command}: only a server's connection answers opening requests`,
    );
  }
}
