/** Shows the details of one frame and its message. */
import { clock } from "./model.js";

/** How long a frame is looked at before its payload is read, in milliseconds: scrubbing passes many. */
const PAUSE = 60;

/** The most bytes that are shown at once. */
const MOST = 4096;

const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
};

function hexDump(bytes) {
  const rows = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."))
      .join("");
    rows.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return rows.join("\n");
}

function pretty(text) {
  try {
    return /^\s*[[{]/.test(text) ? JSON.stringify(JSON.parse(text), undefined, 2) : text;
  } catch {
    return text;
  }
}

const closeWords = (bytes) =>
  bytes.length < 2
    ? "no code"
    : `${(bytes[0] << 8) | bytes[1]} ${new TextDecoder().decode(bytes.subarray(2))}`.trim();

async function bytesOf(query) {
  const response = await fetch(`payload?${new URLSearchParams(query)}`);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

export class Details {
  constructor(box) {
    this.box = box;
    this.turn = 0;
  }

  /** Shows a frame; what is fetched for one that is no longer looked at is dropped. */
  async show(conversation, index) {
    const turn = ++this.turn;
    [this.conversation, this.index] = [conversation, index];
    if (index === undefined) return this.box.replaceChildren(element("p", "No frame is chosen."));
    const frame = conversation.frame(index);
    const message = conversation.message(frame.message);
    this.message = frame.message;
    const parts = [this.facts(conversation, frame, message)];
    if (frame.findings.length > 0) {
      const list = element("ul", undefined, "findings");
      for (const { severity, message: said, code, clause } of frame.findings)
        list.append(
          element("li", `${severity}: ${said} (${[code, clause].filter(Boolean).join(", ")})`),
        );
      parts.push(list);
    }
    this.box.replaceChildren(...parts);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (turn !== this.turn) return undefined;
    const id = conversation.id;
    const [payload, data] = await Promise.all([
      frame.seen ? bytesOf({ conversation: id, frame: index }) : undefined,
      message !== undefined && message.size >= 0
        ? bytesOf({ conversation: id, message: frame.message })
        : undefined,
    ]);
    if (turn !== this.turn) return undefined;
    return this.box.append(...this.contents(message, payload, data));
  }

  /** Shows the same frame again, if its message has become whole. */
  refresh() {
    if (this.index === undefined) return;
    if (this.conversation.frame(this.index).message === this.message) return;
    void this.show(this.conversation, this.index);
  }

  facts(conversation, frame, message) {
    const list = element("dl");
    const add = (name, value) => list.append(element("dt", name), element("dd", value));
    const { unit } = conversation;
    add("Frame", `${frame.index + 1} of ${conversation.length}, from the ${frame.side}`);
    add(
      "Time",
      `${new Date(frame.time).toISOString()} (${clock(frame.time - conversation.start)})`,
    );
    add(
      unit[0].toUpperCase() + unit.slice(1),
      frame.place === frame.lastPlace ? `${frame.place}` : `${frame.place} to ${frame.lastPlace}`,
    );
    add("Opcode", `${frame.opcode}, ${frame.name}`);
    const bits = [
      frame.fin && "FIN",
      ...[4, 2, 1].map((bit, at) => frame.rsv & bit && `RSV${at + 1}`),
    ];
    add("Bits", bits.filter(Boolean).join(", ") || "none");
    add("Masked", frame.masked ? "yes" : "no");
    add("Payload", `${frame.length} bytes, from byte ${frame.offset} of the stream`);
    if (message !== undefined) {
      const size = message.size < 0 ? "not seen whole" : `${message.size} bytes`;
      const how = message.compressed ? `, compressed to ${message.wireSize}` : "";
      add(
        "Message",
        `${message.kind}, ${message.frames} frame${message.frames === 1 ? "" : "s"}, ${size}${how}`,
      );
    }
    return list;
  }

  contents(message, payload, data) {
    const parts = [];
    if (data !== undefined && message.kind !== "binary") {
      const text =
        message.kind === "close" ? closeWords(data) : pretty(new TextDecoder().decode(data));
      const pre = element("pre", text.slice(0, 16 * MOST), "text");
      pre.tabIndex = 0;
      pre.id = "decoded";
      parts.push(element("h3", message.kind === "close" ? "Close" : "Message"), pre);
    }
    for (const [title, bytes, id] of [
      ["Payload of this frame, unmasked", payload, "hex"],
      ["Message, decompressed", message?.compressed ? data : undefined, "inflated"],
    ]) {
      if (bytes === undefined) continue;
      const pre = element("pre", hexDump(bytes.subarray(0, MOST)) || "(empty)");
      pre.id = id;
      pre.tabIndex = 0;
      const more = bytes.length > MOST ? `, the first ${MOST} of ${bytes.length} bytes` : "";
      parts.push(element("h3", title + more), pre);
    }
    return parts;
  }
}
