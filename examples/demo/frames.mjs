import { FrameDecoder } from "@sansocket/core";

const NAMES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const CLOSE = 8;
const TEXT = 1;

/** How many bytes of a payload are shown. */
const SHOWN = 32;

/** The longest HTTP head that is looked for at the start of a connection's output. */
const MAX_HEAD = 16_384;

/**
 * Splits one direction of a connection into frames, for people to look at.
 *
 * Reports `{ type: "frame", … }` when a frame is complete, and `{ type: "head", line }` for the HTTP
 * head before the first frame, where there is one.
 */
export class FrameWatch {
  /**
   * @param {"in" | "out"} direction what came from the browser, or what goes to it
   * @param {(event: object) => void} report
   */
  constructor(direction, report) {
    this.direction = direction;
    this.masked = direction === "in";
    this.report = report;
    this.decoder = new FrameDecoder(this, this.masked);
    this.head = direction === "out" ? "" : undefined;
    this.broken = false;
  }

  /** Takes the next bytes. They are copied: the decoder unmasks in place, and they are not ours. */
  push(bytes) {
    if (this.broken) return;
    const copy = Uint8Array.from(bytes);
    const start = this.head === undefined ? 0 : this.skipHead(copy);
    if (start < copy.length) this.decoder.decode(copy, start, copy.length);
  }

  /** Returns where frames start in `bytes`. */
  skipHead(bytes) {
    const before = this.head.length;
    const head = this.head + Buffer.from(bytes).toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && "HTTP/".startsWith(head.slice(0, 5)) && head.length < MAX_HEAD) {
      this.head = head;
      return bytes.length;
    }
    this.head = undefined;
    if (!head.startsWith("HTTP/")) return 0;
    this.report({
      type: "head",
      direction: this.direction,
      line: head.slice(0, head.indexOf("\r\n")),
    });
    return end + 4 - before;
  }

  frameBegin(opcode, fin, _rsv, length) {
    this.frame = {
      type: "frame",
      direction: this.direction,
      opcode,
      name: NAMES[opcode],
      fin,
      masked: this.masked,
      length,
    };
    this.shown = [];
    return true;
  }

  framePayload(bytes, start, end, last) {
    for (let at = start; at < end && this.shown.length < SHOWN; at++) this.shown.push(bytes[at]);
    if (last)
      this.report({
        ...this.frame,
        bytes: this.shown,
        note: noteOf(this.frame, Buffer.from(this.shown)),
      });
    return true;
  }

  frameViolation(code) {
    this.broken = true;
    this.report({ type: "violation", direction: this.direction, code });
    return false;
  }
}

/** The code and reason of a close frame, or the text of a text frame. */
function noteOf({ opcode, length }, payload) {
  if (opcode === CLOSE)
    return length < 2
      ? "no code"
      : `${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`.trim();
  return opcode === TEXT ? payload.toString("utf8").replace(/\uFFFD+$/, "") : "";
}
