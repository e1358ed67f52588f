import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { headerSizeOf, writeHeader, writeUint32 } from "../../../frame/header.ts";
import { applyMask } from "../../../frame/mask.ts";
import { toBuffer } from "../link/data.ts";
import { checkedCode, checkedReason } from "./close-values.ts";
import { type GenerateMask, maskKeys } from "./masks.ts";

/** Options of one frame. */
export interface FrameOptions {
  readonly opcode: number;
  readonly fin?: boolean | undefined;
  readonly rsv1?: boolean | undefined;
  /** Whether to mask it, as a client does. @defaultValue false */
  readonly mask?: boolean | undefined;
  readonly generateMask?: GenerateMask | undefined;
  /** The masking key, if it is known. */
  readonly maskBuffer?: Uint8Array | undefined;
}

type Sent = (error?: Error | null) => void;

const CONTROL_MAX = 125;

/**
 * Makes frames for a raw socket. A `WebSocket` does not use it: it is for applications that frame messages themselves,
 * once for many sockets (`Sender.frame()`), or that write to a socket by hand. It does not compress.
 */
export class Sender {
  private readonly socket: Pick<Duplex, "write" | "cork" | "uncork">;
  private readonly generateMask: GenerateMask | undefined;
  private fragmented = false;

  constructor(
    socket: Pick<Duplex, "write" | "cork" | "uncork">,
    _extensions?: object,
    generateMask?: GenerateMask,
  ) {
    this.socket = socket;
    this.generateMask = generateMask;
  }

  /** Returns one frame as pieces to write in order (RFC 6455 §5.2). It does not change the data; masked data is a copy. */
  static frame(data: string | Uint8Array, options: FrameOptions): Buffer[] {
    const payload = toBuffer(data);
    const size = payload.length;
    const { opcode, fin = false, rsv1 = false, mask = false } = options;
    const header = headerSizeOf(size);
    const bytes = Buffer.allocUnsafe(mask ? header + 4 + size : header);
    writeHeader(
      bytes,
      0,
      header,
      (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode,
      mask ? 0x80 : 0,
      size,
    );
    if (!mask) return size === 0 ? [bytes] : [bytes, payload];
    const key = keyOf(options);
    writeUint32(bytes, header, key);
    bytes.set(payload, header + 4);
    applyMask(bytes, header + 4, bytes.length, key);
    return [bytes];
  }

  send(
    data: unknown,
    {
      binary = false,
      fin = false,
      mask = false,
    }: { binary?: boolean; fin?: boolean; mask?: boolean },
    sent?: Sent,
  ): void {
    const opcode = this.fragmented ? 0 : binary ? 2 : 1;
    this.fragmented = !fin;
    this.write(opcode, toBuffer(data), fin, mask, sent);
  }

  ping(data: unknown, mask = false, sent?: Sent): void {
    this.control(9, toBuffer(data), mask, sent);
  }

  pong(data: unknown, mask = false, sent?: Sent): void {
    this.control(10, toBuffer(data), mask, sent);
  }

  close(code?: number, reason: string | Uint8Array = "", mask = false, sent?: Sent): void {
    checkedCode(code);
    const text = toBuffer(code === undefined ? "" : checkedReason(reason));
    const payload = Buffer.alloc(code === undefined ? 0 : 2 + text.length);
    if (code !== undefined) {
      payload.writeUInt16BE(code, 0);
      payload.set(text, 2);
    }
    this.control(8, payload, mask, sent);
  }

  /** Writes the pieces of {@link Sender.frame}. */
  sendFrame(list: readonly (Uint8Array | string)[], sent?: Sent): void {
    const last = list.length - 1;
    this.socket.cork();
    for (const [index, piece] of list.entries()) {
      if (index === last) this.socket.write(piece, sent);
      else this.socket.write(piece);
    }
    this.socket.uncork();
  }

  private control(opcode: number, payload: Buffer, mask: boolean, sent: Sent | undefined): void {
    if (payload.length > CONTROL_MAX) {
      throw new RangeError(`The data size must not be greater than ${CONTROL_MAX} bytes`);
    }
    this.write(opcode, payload, true, mask, sent);
  }

  private write(
    opcode: number,
    payload: Buffer,
    fin: boolean,
    mask: boolean,
    sent: Sent | undefined,
  ): void {
    const { generateMask } = this;
    this.sendFrame(Sender.frame(payload, { opcode, fin, mask, generateMask }), sent);
  }
}

function keyOf({ generateMask, maskBuffer }: FrameOptions): number {
  if (generateMask !== undefined) return maskKeys(generateMask)();
  if (maskBuffer !== undefined) return toBuffer(maskBuffer).readInt32BE(0);
  return crypto.getRandomValues(new Int32Array(1))[0]!;
}
