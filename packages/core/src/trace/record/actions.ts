import type { Actions, Timer } from "../../actions.ts";
import type { HeaderSection, Opening, OpeningRequest } from "../../opening.ts";
import type { ProtocolViolation } from "../../violation.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, defined, openingValue, requestValue, violationValue } from "../values.ts";
import { nameOf, type Recording } from "./recording.ts";

const WRITE = nameOf("write");
const ON_TEXT = nameOf("onText");
const ON_BINARY = nameOf("onBinary");

/** Records each action, and then passes it on. */
export class RecordedActions implements Actions {
  private readonly inner: Actions;
  private readonly log: Recording;

  constructor(inner: Actions, log: Recording) {
    this.inner = inner;
    this.log = log;
  }

  write(bytes: Uint8Array): void {
    const { log } = this;
    const lines = log.action(WRITE);
    log.wrote();
    lines.octets(bytes, 0, bytes.length);
    lines.end();
    log.depth++;
    try {
      this.inner.write(bytes);
    } finally {
      log.depth--;
    }
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    this.log.wrote();
    this.emit("writeMany", [pieces.map((piece) => this.bytes(piece))], () => {
      this.inner.writeMany(pieces);
    });
  }

  /** The notice is the application's own, and not recorded. */
  mark(notice: unknown): void {
    this.emit("mark", [], () => {
      this.inner.mark(notice);
    });
  }

  writeHead(head: HeaderSection): void {
    const { fields, body, bytes } = head;
    this.log.wrote();
    const value = defined({
      fields: fields as TraceValue,
      body: body && bytesValue(body),
      bytes: bytes && bytesValue(bytes),
    });
    this.emit("writeHead", [value], () => {
      this.inner.writeHead(head);
    });
  }

  endTransport(): void {
    this.emit("endTransport", [], () => {
      this.inner.endTransport();
    });
  }

  destroyTransport(): void {
    this.emit("destroyTransport", [], () => {
      this.inner.destroyTransport();
    });
  }

  pauseTransport(): void {
    this.emit("pauseTransport", [], () => {
      this.inner.pauseTransport();
    });
  }

  resumeTransport(): void {
    this.emit("resumeTransport", [], () => {
      this.inner.resumeTransport();
    });
  }

  setTimer(timer: Timer, milliseconds: number): void {
    this.emit("setTimer", [timer, milliseconds], () => {
      this.inner.setTimer(timer, milliseconds);
    });
  }

  clearTimer(timer: Timer): void {
    this.emit("clearTimer", [timer], () => {
      this.inner.clearTimer(timer);
    });
  }

  onState(path: string): void {
    this.emit("onState", [path], () => {
      this.inner.onState(path);
    });
  }

  onRequest(request: OpeningRequest): void {
    this.emit("onRequest", [requestValue(request)], () => {
      this.inner.onRequest(request);
    });
  }

  onOpen(opening: Opening): void {
    this.emit("onOpen", [openingValue(opening)], () => {
      this.inner.onOpen(opening);
    });
  }

  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    const { log } = this;
    const lines = log.action(ON_TEXT);
    lines.utf8(bytes, start, end);
    lines.flag(ascii);
    lines.end();
    log.depth++;
    try {
      this.inner.onText(bytes, start, end, ascii);
    } finally {
      log.depth--;
    }
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    const { log } = this;
    const lines = log.action(ON_BINARY);
    lines.octets(bytes, start, end);
    lines.end();
    log.depth++;
    try {
      this.inner.onBinary(bytes, start, end);
    } finally {
      log.depth--;
    }
  }

  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    this.emit("onTextParts", [parts.map((part) => this.bytes(part)), size, ascii], () => {
      this.inner.onTextParts(parts, size, ascii);
    });
  }

  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.emit("onBinaryParts", [parts.map((part) => this.bytes(part)), size], () => {
      this.inner.onBinaryParts(parts, size);
    });
  }

  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    const values = [kind, this.bytes(bytes.subarray(start, end)), last];
    this.emit("onFragment", values, () => {
      this.inner.onFragment(kind, bytes, start, end, last);
    });
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    this.emit("onPing", [bytesValue(bytes.subarray(start, end))], () => {
      this.inner.onPing(bytes, start, end);
    });
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.emit("onPong", [bytesValue(bytes.subarray(start, end))], () => {
      this.inner.onPong(bytes, start, end);
    });
  }

  onViolation(violation: ProtocolViolation): void {
    this.emit("onViolation", [violationValue(violation)], () => {
      this.inner.onViolation(violation);
    });
  }

  onClose(code: number, reason: string, clean: boolean): void {
    this.emit("onClose", [code, reason, clean], () => {
      this.inner.onClose(code, reason, clean);
    });
  }

  private bytes(bytes: Uint8Array): TraceValue {
    return bytesValue(bytes, this.log.most);
  }

  private emit(name: string, values: readonly TraceValue[], run: () => void): void {
    this.log.emit(name, values, run);
  }
}
