import type { Actions, Timer } from "../../actions.ts";
import type { HeaderSection, Opening, OpeningRequest } from "../../opening.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, defined, openingValue, requestValue, violationValue } from "../values.ts";
import type { Player } from "./player.ts";

/** The actions of a replayed WebSocket machine, which compare themselves with the trace. */
export class ReplayedActions implements Actions {
  private readonly player: Player;

  constructor(player: Player) {
    this.player = player;
  }

  write(bytes: Uint8Array): void {
    this.player.write([bytes]);
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    this.player.write(pieces);
  }
  mark(): void {
    this.player.action("mark", []);
  }
  writeHead({ fields, body, bytes }: HeaderSection): void {
    this.player.action("writeHead", [
      defined({
        fields: fields as TraceValue,
        body: body && bytesValue(body),
        bytes: bytes && bytesValue(bytes),
      }),
    ]);
  }

  endTransport(): void {
    this.player.action("endTransport", []);
  }
  destroyTransport(): void {
    this.player.action("destroyTransport", []);
  }
  pauseTransport(): void {
    this.player.action("pauseTransport", []);
  }
  resumeTransport(): void {
    this.player.action("resumeTransport", []);
  }
  setTimer(timer: Timer, milliseconds: number): void {
    this.player.action("setTimer", [timer, milliseconds]);
  }
  clearTimer(timer: Timer): void {
    this.player.action("clearTimer", [timer]);
  }
  onState(path: string): void {
    this.player.action("onState", [path]);
  }
  onRequest(request: OpeningRequest): void {
    this.player.action("onRequest", [requestValue(request)]);
  }
  onOpen(opening: Opening): void {
    this.player.action("onOpen", [openingValue(opening)]);
  }
  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.player.action("onText", [this.player.textOf(bytes, start, end), ascii]);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    this.player.action("onBinary", [bytesValue(bytes.subarray(start, end))]);
  }
  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    this.player.action("onTextParts", [parts.map((part) => bytesValue(part)), size, ascii]);
  }

  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.player.action("onBinaryParts", [parts.map((part) => bytesValue(part)), size]);
  }

  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.player.action("onFragment", [kind, bytesValue(bytes.subarray(start, end)), last]);
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    this.player.action("onPing", [bytesValue(bytes.subarray(start, end))]);
  }
  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.player.action("onPong", [bytesValue(bytes.subarray(start, end))]);
  }
  onViolation(violation: ProtocolViolation): void {
    this.player.action("onViolation", [violationValue(violation)]);
  }
  onClose(code: number, reason: string, clean: boolean): void {
    this.player.action("onClose", [code, reason, clean]);
  }
}
