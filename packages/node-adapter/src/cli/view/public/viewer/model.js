/** What the page knows of a conversation, out of the lists of numbers that it is given. */

const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };

/** Makes frames of lists. They are made when they are looked at: there may be hundreds of thousands. */
export class Conversation {
  constructor(given, findings, unit) {
    Object.assign(this, given);
    this.unit = unit;
    this.start = given.request?.time ?? given.frames[0]?.[1] ?? 0;
    const last = given.frames[given.frames.length - 1];
    this.end = Math.max(this.start, last?.[1] ?? 0, ...Object.values(given.ended));
    this.findings = findings.filter(({ conversation }) => conversation === given.id);
    /** Findings by the index of the frame they are about. */
    this.byFrame = new Map();
    if (this.findings.length > 0) this.placeFindings();
  }

  /** Finds the frame of each finding: by the offset in its side's stream where it has one, else by where it is in the file. */
  placeFindings() {
    const frames = new Map();
    for (let index = this.frames.length - 1; index >= 0; index--) {
      const [side, , place, , , , , offset] = this.frames[index];
      for (const key of [`${side} at ${offset}`, `${side} in ${place}`, `in ${place}`])
        frames.set(key, index);
    }
    for (const finding of this.findings) {
      const { side, offset, place } = finding;
      const number = side === "client" ? 0 : 1;
      const inFile = side === undefined ? `in ${place}` : `${number} in ${place}`;
      const index = frames.get(offset === undefined ? inFile : `${number} at ${offset}`);
      if (index === undefined) continue;
      this.byFrame.set(index, [...(this.byFrame.get(index) ?? []), finding]);
    }
  }

  frame(index) {
    const [side, time, place, lastPlace, first, masked, length, offset, message, seen] =
      this.frames[index];
    const opcode = first & 15;
    return {
      index,
      side: side === 0 ? "client" : "server",
      time,
      place,
      lastPlace,
      fin: first >= 128,
      rsv: (first >> 4) & 7,
      opcode,
      name: OPCODES[opcode] ?? `opcode ${opcode}`,
      masked: masked === 1,
      length,
      offset,
      message,
      seen: seen === 1,
      findings: this.byFrame.get(index) ?? [],
    };
  }

  message(index) {
    const found = this.messages[index];
    if (found === undefined) return undefined;
    const [kind, frames, wireSize, compressed, size] = found;
    return { index, kind, frames, wireSize, compressed: compressed === 1, size };
  }

  /** What a row says of its frame. */
  words(frame) {
    const message = this.message(frame.message);
    const parts = [`${frame.name} ${frame.length} B`];
    if (!frame.fin) parts.push("…");
    if (message?.compressed)
      parts.push(message.size >= 0 ? `deflate → ${message.size} B` : "deflate");
    if (!frame.seen) parts.push("(not seen)");
    return parts.join(" ");
  }

  /** The indices of the frames that a filter lets through. */
  filtered({ side, kind, messages }) {
    const chosen = [];
    for (let index = 0; index < this.frames.length; index++) {
      const frame = this.frames[index];
      if (side !== "" && frame[0] !== Number(side)) continue;
      if (messages !== undefined && !messages.has(frame[8])) continue;
      if (kind === "finding" && !this.byFrame.has(index)) continue;
      const opcode = frame[4] & 15;
      if (kind === "control" && opcode < 8) continue;
      if ((kind === "text" || kind === "binary") && this.messages[frame[8]]?.[0] !== kind) continue;
      chosen.push(index);
    }
    return chosen;
  }

  /** Where each side is in its life at `time`: connecting, open, closing or closed. */
  states(time) {
    const opened = this.response?.time ?? this.start;
    return ["client", "server"].map((name, side) => {
      this.closes ??= [0, 1].map(
        (one) => this.frames.find((frame) => frame[0] === one && (frame[4] & 15) === 8)?.[1],
      );
      const ended = this.ended[name];
      const closing = Math.min(...this.closes.map((at) => at ?? Infinity));
      if (ended !== undefined && time >= ended) return [name, "closed"];
      if (time >= closing) return [name, "closing"];
      return [name, time >= opened ? "open" : "connecting", side];
    });
  }
}

/** A time behind the conversation's first, for people. */
export function clock(milliseconds) {
  const seconds = milliseconds / 1000;
  return `+${seconds.toFixed(seconds < 1000 ? 4 : 1)} s`;
}
