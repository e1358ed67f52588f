import type { ApplicationActions } from "../../actions.ts";
import type { Chain } from "../../extension/chain.ts";
import type { ExtensionFailure, ExtensionMessage } from "../../extension/extension.ts";
import { BINARY, CONTINUATION, isControl, TEXT } from "../../frame/opcode.ts";
import {
  checkUtf8Piece,
  findNotUtf8,
  UTF8_ACCEPT,
  UTF8_ASCII,
  UTF8_REJECT,
  UTF8_STATE,
} from "../../frame/utf8.ts";
import type { FrameSink } from "../../frame/decoder.ts";
import type { ConnectionOptions } from "../../options.ts";
import { ASCII, NOT_UTF8, type Platform, UTF8 } from "../../platform.ts";
import type { ViolationCode, ViolationDetails } from "../../violation.ts";
import { MessageParts, copyOf, joinParts } from "./message-parts.ts";

/** The connection, as the assembler uses it. Its methods return whether to go on decoding. */
export interface MessageAssemblerHost {
  /** A control frame is complete. */
  control(opcode: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** @param at the position: an index into the current chunk, or {@link FRAME} */
  violate(code: ViolationCode, detail: number | string, at: number, more?: ViolationDetails): false;
  /** Whether the next frame may be read now: not paused, not closing, no message under way through extensions. */
  readonly flowing: boolean;
  /** Whether the bytes read still count. */
  readonly readable: boolean;
  /** Runs `work` that had to wait, and then reads on. */
  catchUp(work: () => void): void;
}

/** The position of a violation that is in no single octet: the current frame. */
export const FRAME = -1;

/** Beside the opcode of a message whose fragments are emitted as they come. */
const STREAMED = 16;

/** The bytes by which extensions may lengthen a short message. */
const GROWTH = 64;

/** The largest control frame payload (RFC 6455 §5.5). */
const CONTROL_MAX = 125;

/**
 * Turns frames into messages (RFC 6455 §5.4, §5.6): assembles fragments, keeps the limits, and finds text
 * that is not UTF-8 at its first bad octet, also inside a frame that is still arriving (§8.1).
 */
export class MessageAssembler implements FrameSink {
  private readonly host: MessageAssemblerHost;
  private readonly actions: ApplicationActions;
  private readonly platform: Platform;
  private options: ConnectionOptions;
  /** The extensions agreed on. */
  chain: Chain | undefined = undefined;
  /** A message is in the extensions: nothing more may be read until it leaves them. */
  busy = false;
  private rsv = 0; // of the message being received
  private through = false; // whether it goes through extensions
  private opcode = 0; // of the frame being received
  private fin = false;
  private message = 0; // opcode of the message being received, with STREAMED where it is emitted in fragments; 0 between messages
  private declared = 0; // bytes that its frames so far have declared
  private fragments = 0;
  private utf8 = UTF8_ACCEPT;
  private ascii = true;
  private parts: MessageParts | undefined = undefined;
  private controlBytes: Uint8Array | undefined = undefined; // of a control frame cut by chunks
  private controlSize = 0;

  constructor(
    host: MessageAssemblerHost,
    actions: ApplicationActions,
    platform: Platform,
    options: ConnectionOptions,
  ) {
    this.host = host;
    this.actions = actions;
    this.platform = platform;
    this.options = options;
  }

  /** Sets how messages are emitted, from the next on. */
  deliver(delivery: ConnectionOptions["delivery"]): void {
    if (delivery !== this.options.delivery) this.options = { ...this.options, delivery };
  }

  frameBegin(opcode: number, fin: boolean, rsv: number, length: number): boolean {
    this.opcode = opcode;
    this.fin = fin;
    if (isControl(opcode)) return true;
    if (opcode === CONTINUATION) {
      if (this.message === 0) return this.host.violate("unexpected-continuation", opcode, FRAME);
      if (++this.fragments > this.options.maxFragments && this.message < STREAMED)
        return this.host.violate("too-many-fragments", this.options.maxFragments, FRAME);
    } else if (this.message !== 0) return this.host.violate("interrupted-message", opcode, FRAME);
    else {
      this.message = opcode;
      this.fragments = 1;
      this.rsv = rsv;
      this.through = this.chain !== undefined && this.chain.concerns(rsv);
      if (this.options.delivery === "fragment" && !this.through) this.message |= STREAMED;
    }
    this.declared += length;
    const option = this.message < STREAMED ? "maxMessageSize" : "maxStreamSize";
    const { [option]: most } = this.options;
    return (
      this.declared <= most ||
      this.mayShrink() ||
      this.host.violate("message-too-big", most, FRAME, { size: this.declared, option })
    );
  }

  framePayload(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    if (isControl(this.opcode)) return this.control(bytes, start, end, last);
    const whole = last && this.fin;
    if (this.message > STREAMED) return this.emitFragment(bytes, start, end, whole);
    if (whole && this.parts === undefined) return this.deliverWhole(bytes, start, end);
    if (this.message === TEXT && !this.through && !this.checkText(bytes, start, end, whole))
      return false;
    const assembly = (this.parts ??= new MessageParts(this.platform, this.options.ownsChunks));
    assembly.add(bytes, start, end, this.fin ? this.declared - assembly.size : Infinity);
    return whole ? this.deliverParts() : true;
  }

  /** The limit allows for growth in extensions: DEFLATE lengthens by an eighth at most, and some bytes (RFC 1951 §3.2.6). */
  private mayShrink(): boolean {
    const { maxMessageSize } = this.options;
    return this.through && this.declared <= maxMessageSize * 1.125 + GROWTH;
  }

  frameViolation(code: ViolationCode, detail: number): false {
    return this.host.violate(code, detail, FRAME);
  }

  /** Drops the message being received: the connection reads no more. */
  discard(): void {
    this.parts = undefined;
    this.controlBytes = undefined;
  }

  /** Checks the next piece of a text; `final` when the message ends with it. */
  private checkText(bytes: Uint8Array, start: number, end: number, final: boolean): boolean {
    if (!this.options.validateUtf8) {
      this.ascii = false;
      return true;
    }
    const before = this.utf8;
    const checked = checkUtf8Piece(this.platform, before, bytes, start, end);
    const after = checked & UTF8_STATE;
    this.utf8 = after;
    if ((checked & UTF8_ASCII) === 0) this.ascii = false;
    if (after !== UTF8_REJECT && (!final || after === UTF8_ACCEPT)) return true;
    return this.host.violate("invalid-utf8", 0, findNotUtf8(before, bytes, start, end));
  }

  private emitFragment(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    const isText = this.message === (TEXT | STREAMED);
    if (isText && !this.checkText(bytes, start, end, last)) return false;
    if (last) {
      this.message = this.declared = 0;
      this.utf8 = UTF8_ACCEPT;
      this.ascii = true;
    }
    if (last || end > start)
      this.actions.onFragment(isText ? "text" : "binary", bytes, start, end, last);
    return this.host.flowing;
  }

  private deliverWhole(bytes: Uint8Array, start: number, end: number): boolean {
    const message = this.message;
    this.message = this.declared = 0;
    if (this.through)
      return this.passThrough(
        message,
        this.options.ownsChunks ? bytes.subarray(start, end) : copyOf(bytes, start, end),
      );
    if (message === BINARY) this.actions.onBinary(bytes, start, end);
    else {
      const kind = this.options.validateUtf8 ? this.platform.checkUtf8(bytes, start, end) : UTF8;
      if (kind === NOT_UTF8)
        return this.host.violate("invalid-utf8", 0, findNotUtf8(UTF8_ACCEPT, bytes, start, end));
      this.actions.onText(bytes, start, end, kind === ASCII);
    }
    return this.host.flowing;
  }

  private deliverParts(): boolean {
    const { message, ascii, actions } = this;
    const assembly = this.parts!;
    const size = assembly.size;
    const parts = assembly.take();
    this.message = this.declared = 0;
    this.utf8 = UTF8_ACCEPT;
    this.ascii = true;
    this.parts = undefined;
    if (this.through)
      return this.passThrough(
        message,
        parts.length === 1 ? parts[0]! : joinParts(this.platform, parts, size),
      );
    if (parts.length > 1) {
      if (message === BINARY) actions.onBinaryParts(parts, size);
      else actions.onTextParts(parts, size, ascii);
    } else {
      const bytes = parts[0] ?? NOTHING;
      if (message === BINARY) actions.onBinary(bytes, 0, size);
      else actions.onText(bytes, 0, size, ascii);
    }
    return this.host.flowing;
  }

  /** Passes a message to the extensions and waits for the result. */
  private passThrough(opcode: number, data: Uint8Array): boolean {
    let returned = false;
    this.busy = true;
    this.chain!.pass(
      "incoming",
      { opcode: opcode as 1 | 2, rsv: this.rsv, data, compress: true },
      (message, failure) => {
        if (!returned) this.receivePassed(message, failure);
        else
          this.host.catchUp(() => {
            this.receivePassed(message, failure);
          });
      },
    );
    returned = true;
    return this.host.flowing;
  }

  private receivePassed(
    { opcode, rsv, data }: ExtensionMessage,
    failure: ExtensionFailure | undefined,
  ): void {
    const { host, actions, options, platform } = this;
    this.busy = false;
    if (!host.readable) return;
    if (failure !== undefined) {
      const detail = failure.message ?? limitOf(failure, options);
      host.violate(failure.code, detail, FRAME, { cause: failure.cause });
    } else if (rsv !== 0) host.violate("reserved-bits", rsv, FRAME);
    else if (data.length > options.maxMessageSize)
      host.violate("message-too-big", options.maxMessageSize, FRAME, {
        size: data.length,
        option: "maxMessageSize",
      });
    else if (opcode === BINARY) actions.onBinary(data, 0, data.length);
    else {
      const kind = options.validateUtf8 ? platform.checkUtf8(data, 0, data.length) : UTF8;
      if (kind === NOT_UTF8) host.violate("invalid-utf8", 0, FRAME);
      else actions.onText(data, 0, data.length, kind === ASCII);
    }
  }

  private control(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    if (last && this.controlSize === 0) return this.host.control(this.opcode, bytes, start, end);
    const gathered = (this.controlBytes ??= new Uint8Array(CONTROL_MAX));
    gathered.set(bytes.subarray(start, end), this.controlSize);
    this.controlSize += end - start;
    if (!last) return true;
    const size = this.controlSize;
    this.controlSize = 0;
    this.controlBytes = undefined;
    return this.host.control(this.opcode, gathered, 0, size);
  }
}

const NOTHING = new Uint8Array(0);

/** Returns the limit that a message exceeded while an extension lengthened it. */
const limitOf = ({ code }: ExtensionFailure, { maxMessageSize }: ConnectionOptions): number =>
  code === "message-too-big" ? maxMessageSize : 0;
