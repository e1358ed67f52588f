import { copyOf } from "../../connection/receive/message-parts.ts";
import { applyMask } from "../../frame/mask.ts";

const NOTHING = new Uint8Array(0);

/** So much of a payload is kept. */
const MOST_PAYLOAD = 1_048_576;
/** So long may a head be that is passed over. */
const MOST_HEAD = 65_536;
/** How heads begin: `GET`, `HTTP/1.1`, `CONNECT`. As first bytes of a frame these would be reserved bits and opcodes. */
const HEAD_STARTS: readonly number[] = [0x47, 0x48, 0x43];

/** A frame as it was on the wire (RFC 6455 §5.2), unmasked. */
export interface WireFrame {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number;
  /** Whether it ends its message. */
  readonly fin: boolean;
  /** Whether its message is compressed (RFC 7692 §6). The first frame of a message says so. */
  readonly compressed: boolean;
  /** Bytes of its payload. */
  readonly length: number;
  /** The payload, or its first 1 MiB. */
  readonly payload: Uint8Array;
}

/** A frame of which the payload comes. */
interface Current {
  readonly first: number;
  readonly length: number;
  readonly mask: number; // 0 where the frame is unmasked
  payload: Uint8Array; // begins with the kept bytes, and grows: a peer may send them one by one
  kept: number;
  at: number; // of the payload: so much has come
}

/** Reads one side's bytes as frames, behind the heads of the opening. It judges nothing, and gives up where there are none. */
export class FrameReader {
  private readonly onFrame: (frame: WireFrame) => void;
  private rest: Uint8Array = NOTHING; // a head or header that is not all there
  private current: Current | undefined = undefined;
  private hasFrames = false;
  private isOver = false;

  constructor(onFrame: (frame: WireFrame) => void) {
    this.onFrame = onFrame;
  }

  /** Reads on. `bytes` are neither kept nor changed. */
  read(bytes: Uint8Array): void {
    let data = bytes;
    if (this.rest.length > 0) {
      data = new Uint8Array(this.rest.length + bytes.length);
      data.set(this.rest);
      data.set(bytes, this.rest.length);
      this.rest = NOTHING;
    }
    for (let at = 0; at < data.length && !this.isOver;) {
      const next = this.step(data, at);
      if (next < 0) {
        this.rest = copyOf(data, at, data.length);
        return;
      }
      at = next;
    }
  }

  /** @returns where it goes on, or -1 where more must come first */
  private step(data: Uint8Array, at: number): number {
    if (this.current !== undefined) return this.payload(this.current, data, at);
    if (!this.hasFrames && HEAD_STARTS.includes(data[at]!)) return this.head(data, at);
    return this.header(data, at);
  }

  private head(data: Uint8Array, at: number): number {
    for (let end = at; end + 3 < data.length; end++) {
      if (data[end] !== 13 || data[end + 1] !== 10 || data[end + 2] !== 13 || data[end + 3] !== 10)
        continue;
      const start = String.fromCharCode(...data.subarray(at, at + 12));
      // Behind any other answer comes no frame, but a body.
      if (start.startsWith("HTTP/") && !/ (?:101|2..)$/.test(start)) this.isOver = true;
      return end + 4;
    }
    if (data.length - at > MOST_HEAD) this.isOver = true;
    return -1;
  }

  private header(data: Uint8Array, at: number): number {
    if (data.length - at < 2) return -1;
    const second = data[at + 1]!;
    const short = second & 0x7f;
    const lengthEnd = at + (short === 127 ? 10 : short === 126 ? 4 : 2);
    const end = lengthEnd + (second & 0x80 ? 4 : 0);
    if (data.length < end) return -1;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const length =
      short === 127
        ? Number(view.getBigUint64(at + 2))
        : short === 126
          ? view.getUint16(at + 2)
          : short;
    this.hasFrames = true;
    this.current = {
      first: data[at]!,
      length,
      mask: second & 0x80 ? view.getInt32(lengthEnd) : 0,
      payload: NOTHING,
      kept: 0,
      at: 0,
    };
    return length === 0 ? this.payload(this.current, data, end) : end;
  }

  private payload(frame: Current, data: Uint8Array, at: number): number {
    const size = Math.min(frame.length - frame.at, data.length - at);
    const keep = Math.min(size, MOST_PAYLOAD - frame.kept);
    if (keep > 0) {
      const end = frame.kept + keep;
      if (end > frame.payload.length) {
        const most = Math.min(frame.length, MOST_PAYLOAD);
        const larger = new Uint8Array(Math.min(most, Math.max(end, 2 * frame.payload.length)));
        larger.set(frame.payload);
        frame.payload = larger;
      }
      frame.payload.set(data.subarray(at, at + keep), frame.kept);
      frame.kept = end;
    }
    frame.at += size;
    if (frame.at === frame.length) this.finish(frame);
    return at + size;
  }

  private finish({ first, length, mask, payload }: Current): void {
    this.current = undefined;
    applyMask(payload, 0, payload.length, mask);
    this.onFrame({
      opcode: first & 0x0f,
      fin: (first & 0x80) !== 0,
      compressed: (first & 0x40) !== 0,
      length,
      payload,
    });
  }
}
