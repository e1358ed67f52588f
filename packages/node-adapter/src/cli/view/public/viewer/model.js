/** The page's model of a conversation, made of the rows of numbers that the server sends. */

const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const KINDS = ["text", "binary", "close", "ping", "pong", "unknown"];

/** The columns of a frame: `numbers.ts` writes them. */
const [TIME, PLACE, LAST_PLACE, LENGTH, OFFSET, MESSAGE, FLAGS] = [0, 1, 2, 3, 4, 5, 6];
const [FIN, MASKED, SEEN, SERVER] = [0x80, 0x100, 0x200, 0x400];

/** Rows of numbers that may become more, or change from one on. */
class Table {
  constructor(columns) {
    this.columns = columns;
    this.cells = new Float64Array(0);
    this.length = 0;
  }

  at(row, column) {
    return this.cells[row * this.columns + column];
  }

  /** Puts rows in the place of all from `from` on. */
  put(from, numbers) {
    const start = from * this.columns;
    const size = start + numbers.length;
    if (size > this.cells.length) {
      // Twice the room when they grow, so that they are not copied each time.
      const room = new Float64Array(from === 0 ? size : 2 * size);
      room.set(this.cells.subarray(0, start));
      this.cells = room;
    }
    this.cells.set(numbers, start);
    this.length = size / this.columns;
  }
}

async function numbersOf(name, query) {
  const response = await fetch(`${name}?${new URLSearchParams(query)}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Float64Array(await response.arrayBuffer());
}

/** One WebSocket. Its frames are read when it is looked at: there may be hundreds of thousands. */
export class Conversation {
  constructor({ id }, unit) {
    this.id = id;
    this.unit = unit;
    this.frames = new Table(7);
    this.messages = new Table(5);
    this.closes = [Infinity, Infinity];
    this.findings = [];
    /** Findings by the index of the frame they are about. */
    this.byFrame = new Map();
  }

  /** Takes what is known of it by now. */
  describe(given, findings) {
    const { label, request, response, ended, broken } = given;
    Object.assign(this, { label, request, response, ended, broken });
    this.findings = findings.filter(({ conversation }) => conversation === this.id);
    this.placeFindings();
  }

  /** Reads the frames and messages that it does not have yet. */
  async load() {
    // A frame knows its message when that is complete.
    let from = 0;
    while (from < this.frames.length && this.frames.at(from, MESSAGE) >= 0) from++;
    const known = this.messages.length;
    const [frames, messages] = await Promise.all([
      numbersOf("frames", { conversation: this.id, from }),
      numbersOf("messages", { conversation: this.id, from: known }),
    ]);
    this.frames.put(from, frames);
    this.messages.put(known, messages);
    for (let index = from; index < this.frames.length; index++) {
      const flags = this.frames.at(index, FLAGS);
      if ((flags & 15) !== 8) continue;
      const side = flags & SERVER ? 1 : 0;
      this.closes[side] = Math.min(this.closes[side], this.time(index));
    }
    this.placeFindings();
  }

  get length() {
    return this.frames.length;
  }

  time(index) {
    return this.frames.at(index, TIME);
  }

  get start() {
    return this.request?.time ?? (this.length > 0 ? this.time(0) : 0);
  }

  get end() {
    const last = this.length > 0 ? this.time(this.length - 1) : 0;
    return Math.max(this.start, last, this.broken ?? 0, ...Object.values(this.ended));
  }

  /** Finds the frame of each finding: by the offset in its side's stream where it has one, else by where it is in the file. */
  placeFindings() {
    this.byFrame = new Map();
    if (this.findings.length === 0) return;
    // By side, the client's first, and last for those of no side.
    const offsets = [new Map(), new Map()];
    const places = [new Map(), new Map(), new Map()];
    const wanted = this.findings.map(({ side, offset, place }) => {
      const number = side === undefined ? 2 : side === "client" ? 0 : 1;
      const [map, key] =
        offset === undefined || number === 2 ? [places[number], place] : [offsets[number], offset];
      map.set(key, undefined);
      return [map, key];
    });
    const note = (map, key, index) => {
      if (map.size > 0 && map.has(key) && map.get(key) === undefined) map.set(key, index);
    };
    for (let index = 0; index < this.length; index++) {
      const side = this.frames.at(index, FLAGS) & SERVER ? 1 : 0;
      note(offsets[side], this.frames.at(index, OFFSET), index);
      note(places[side], this.frames.at(index, PLACE), index);
      note(places[2], this.frames.at(index, PLACE), index);
    }
    for (const [at, [map, key]] of wanted.entries()) {
      const index = map.get(key);
      if (index === undefined) continue;
      const others = this.byFrame.get(index);
      if (others === undefined) this.byFrame.set(index, [this.findings[at]]);
      else others.push(this.findings[at]);
    }
  }

  frame(index) {
    const number = (column) => this.frames.at(index, column);
    const flags = number(FLAGS);
    const opcode = flags & 15;
    return {
      index,
      side: flags & SERVER ? "server" : "client",
      time: number(TIME),
      place: number(PLACE),
      lastPlace: number(LAST_PLACE),
      fin: (flags & FIN) !== 0,
      rsv: (flags >> 4) & 7,
      opcode,
      name: OPCODES[opcode] ?? `opcode ${opcode}`,
      masked: (flags & MASKED) !== 0,
      length: number(LENGTH),
      offset: number(OFFSET),
      message: number(MESSAGE),
      seen: (flags & SEEN) !== 0,
      findings: this.byFrame.get(index) ?? [],
    };
  }

  message(index) {
    if (index < 0 || index >= this.messages.length) return undefined;
    const [kind, frames, wireSize, compressed, size] = [0, 1, 2, 3, 4].map((column) =>
      this.messages.at(index, column),
    );
    return { index, kind: KINDS[kind], frames, wireSize, compressed: compressed === 1, size };
  }

  /** The text of a frame's row. */
  words(frame) {
    const message = this.message(frame.message);
    const parts = [`${frame.name} ${frame.length} B`];
    if (!frame.fin) parts.push("…");
    if (message?.compressed)
      parts.push(message.size >= 0 ? `deflate → ${message.size} B` : "deflate");
    if (!frame.seen) parts.push("(not seen)");
    return parts.join(" ");
  }

  /**
   * The indices of the frames that a filter lets through.
   * @param {{ side: string, kind: string, messages?: Uint32Array }} filter `messages` are the indices of those that a search found
   */
  filtered({ side, kind, messages }) {
    const isFound = messages && new Uint8Array(this.messages.length);
    for (const message of messages ?? []) isFound[message] = 1;
    const wantedSide = side === "" ? undefined : Number(side) * SERVER;
    const isOfKind = this.kindTest(kind);
    const chosen = new Uint32Array(this.length);
    let count = 0;
    for (let index = 0; index < this.length; index++) {
      const flags = this.frames.at(index, FLAGS);
      const message = this.frames.at(index, MESSAGE);
      if (wantedSide !== undefined && (flags & SERVER) !== wantedSide) continue;
      if (isFound !== undefined && isFound[message] !== 1) continue;
      if (isOfKind(index, flags, message)) chosen[count++] = index;
    }
    return chosen.subarray(0, count);
  }

  kindTest(kind) {
    if (kind === "") return () => true;
    if (kind === "finding") return (index) => this.byFrame.has(index);
    if (kind === "control") return (_, flags) => (flags & 8) !== 0;
    const wanted = KINDS.indexOf(kind);
    return (_, __, message) => message >= 0 && this.messages.at(message, 0) === wanted;
  }

  /** Where each side is in its life at `time`: connecting, open, closing or closed. */
  states(time) {
    const opened = this.response?.time ?? this.start;
    const closing = Math.min(...this.closes);
    return ["client", "server"].map((name) => {
      const ended = Math.min(this.ended[name] ?? Infinity, this.broken ?? Infinity);
      if (time >= ended) return [name, "closed"];
      if (time >= closing) return [name, "closing"];
      return [name, time >= opened ? "open" : "connecting"];
    });
  }
}

/** A time behind the conversation's first, for people. */
export function clock(milliseconds) {
  const seconds = milliseconds / 1000;
  return `+${seconds.toFixed(seconds < 1000 ? 4 : 1)} s`;
}
