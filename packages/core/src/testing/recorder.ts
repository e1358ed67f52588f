import type { Action, Actions } from "../actions.ts";
import type { HeaderSection } from "../opening.ts";

/** Records {@link Actions} as data to compare. */
export class Recorder implements Actions {
  private recorded: Action[] = [];

  /** Returns the actions since the last call. */
  take(): Action[] {
    const taken = this.recorded;
    this.recorded = [];
    return taken;
  }

  write(bytes: Uint8Array): void {
    this.recorded.push(["write", bytes.slice()]);
  }
  mark(notice: unknown): void {
    this.recorded.push(["mark", notice]);
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    this.recorded.push(["writeMany", pieces.map((piece) => piece.slice())]);
  }
  writeHead(head: HeaderSection): void {
    this.recorded.push(["writeHead", head]);
  }
  endTransport(): void {
    this.recorded.push(["endTransport"]);
  }
  destroyTransport(): void {
    this.recorded.push(["destroyTransport"]);
  }
  pauseTransport(): void {
    this.recorded.push(["pauseTransport"]);
  }
  resumeTransport(): void {
    this.recorded.push(["resumeTransport"]);
  }
  setTimer(...args: Parameters<Actions["setTimer"]>): void {
    this.recorded.push(["setTimer", ...args]);
  }
  clearTimer(...args: Parameters<Actions["clearTimer"]>): void {
    this.recorded.push(["clearTimer", ...args]);
  }
  onState(path: string): void {
    this.recorded.push(["onState", path]);
  }
  onRequest(...args: Parameters<Actions["onRequest"]>): void {
    this.recorded.push(["onRequest", ...args]);
  }
  onOpen(...args: Parameters<Actions["onOpen"]>): void {
    this.recorded.push(["onOpen", ...args]);
  }
  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.recorded.push(["onText", bytes.slice(start, end), 0, end - start, ascii]);
  }
  onBinary(bytes: Uint8Array, start: number, end: number): void {
    this.recorded.push(["onBinary", bytes.slice(start, end), 0, end - start]);
  }
  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    this.recorded.push(["onTextParts", parts.map((part) => part.slice()), size, ascii]);
  }
  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.recorded.push(["onBinaryParts", parts.map((part) => part.slice()), size]);
  }
  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.recorded.push(["onFragment", kind, bytes.slice(start, end), 0, end - start, last]);
  }
  onPing(bytes: Uint8Array, start: number, end: number): void {
    this.recorded.push(["onPing", bytes.slice(start, end), 0, end - start]);
  }
  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.recorded.push(["onPong", bytes.slice(start, end), 0, end - start]);
  }
  onViolation(...args: Parameters<Actions["onViolation"]>): void {
    this.recorded.push(["onViolation", ...args]);
  }
  onClose(...args: Parameters<Actions["onClose"]>): void {
    this.recorded.push(["onClose", ...args]);
  }
}

/** Actions without their division into calls: the events, and the bytes in order. */
export interface Outcome {
  /** Everything but writes; a message that came in parts reads as one in a single piece. */
  readonly events: readonly Action[];
  readonly sent: Uint8Array;
}

/** The part of recorded actions that must not depend on how the input was cut. */
export function outcomeOf(actions: readonly Action[]): Outcome {
  const sent: Uint8Array[] = [];
  const events: Action[] = [];
  for (const action of actions) {
    if (action[0] === "write") sent.push(action[1]);
    else if (action[0] === "writeMany") sent.push(...action[1]);
    else events.push(whole(action));
  }
  return { events, sent: joinBytes(sent) };
}

function whole(action: Action): Action {
  if (action[0] === "onTextParts") return ["onText", joinBytes(action[1]), 0, action[2], action[3]];
  if (action[0] === "onBinaryParts") return ["onBinary", joinBytes(action[1]), 0, action[2]];
  return action;
}

/** Joins `pieces` into one array. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
