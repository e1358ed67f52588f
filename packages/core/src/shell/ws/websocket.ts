import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { checkSink } from "../../trace/record/sink.ts";
import type { DuplexLike } from "../transport/duplex.ts";
import { type BinaryType, EMPTY, isBlob, toBuffer } from "./link/data.ts";
import { addEventListener, eventAttributes, removeEventListener } from "./events.ts";
import type { Sent } from "./link/blobs.ts";
import { Link, type LinkMessage } from "./link/link.ts";
import { MODULES, type WsModules } from "./modules.ts";
import { abortOpening, type ClientRequestLike, openClient } from "./opening/client.ts";
import type { ClientOptions } from "./opening/client-options.ts";
import { connectionOptions, linkOptions, type SocketOptions } from "./options.ts";
import { checkedCode, checkedReason } from "./parts/close-values.ts";
import { maskKeys, type GenerateMask } from "./parts/masks.ts";
import type { PerMessageDeflate } from "./parts/permessage-deflate.ts";

const BINARY_TYPES: readonly string[] = ["nodebuffer", "arraybuffer", "fragments", "blob"];
const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
/** The longest payload of a control frame (RFC 6455 §5.5). */
const CONTROL_MAX = 125;

/** Options of `send()`. */
interface SendOptions extends Partial<LinkMessage> {
  readonly mask?: boolean | undefined;
}

/** Options of {@link WebSocket.setSocket}. */
interface HandOver extends SocketOptions {
  readonly generateMask?: GenerateMask | undefined;
}

/**
 * A WebSocket with the API of `ws` 8. Its fields with an underscore are those that packages on top of `ws` use, with the same meaning; those that are
 * ours begin with `_own`, so that all other names are free for applications, their subclasses too.
 * `wsApi()` puts the runtime's modules on its prototype.
 */
export class WebSocket extends EventEmitter {
  declare readonly [MODULES]: WsModules;
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  _isServer: boolean;
  _socket: DuplexLike | null = null;
  _protocol = "";
  _extensions: Record<string, PerMessageDeflate> = {};
  _req: ClientRequestLike | null = null;
  _url: string | undefined = undefined;
  /** The state before there is a connection: connecting, or given up. */
  _ownOpeningState: 0 | 2 | 3 = 0;
  _redirects = 0;
  private _ownLink: Link | undefined = undefined;
  private _ownBinaryType: BinaryType = "nodebuffer";
  private _ownTooLate = 0; // bytes passed to `send` after the opening has failed
  private _ownSender: { sendFrame(list: readonly unknown[], sent?: Sent): void } | undefined =
    undefined;
  private readonly _ownOptions: SocketOptions;

  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions,
    options?: ClientOptions | null,
  ) {
    super();
    this._isServer = address === null;
    const given =
      typeof protocols === "object" && !Array.isArray(protocols) && protocols !== null
        ? (protocols as ClientOptions)
        : (options ?? undefined);
    const named =
      given === protocols || protocols === undefined
        ? given?.protocols
        : (protocols as string | readonly string[] | null);
    this._ownOptions = given ?? {};
    if (given?.record !== undefined) checkSink(given.record);
    if (address !== null) this._ownOptions = openClient(this, address, listOf(named), given);
  }

  get binaryType(): BinaryType {
    return this._ownBinaryType;
  }

  set binaryType(type: BinaryType) {
    if (!BINARY_TYPES.includes(type)) return;
    this._ownBinaryType = type;
    if (this._ownLink !== undefined) this._ownLink.binaryType = type;
  }

  get bufferedAmount(): number {
    return this._ownLink === undefined ? this._ownTooLate : this._ownLink.bufferedAmount;
  }

  get extensions(): string {
    return Object.keys(this._extensions).join();
  }

  get isPaused(): boolean {
    return this._ownLink !== undefined && this._ownLink.paused;
  }

  get protocol(): string {
    return this._protocol;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this._ownLink === undefined ? this._ownOpeningState : this._ownLink.readyState;
  }

  get url(): string | undefined {
    return this._url;
  }

  /** Whether the closing handshake went both ways. */
  get _ownClean(): boolean {
    return this._ownLink !== undefined && this._ownLink.wasClean;
  }

  /** Sends the frames of `Sender.frame()`. */
  get _sender(): { sendFrame(list: readonly unknown[], sent?: Sent): void } | null {
    const { _ownLink: link } = this;
    if (link === undefined) return null;
    return (this._ownSender ??= {
      sendFrame: (list, sent) => {
        this._ownSendFrame(list, sent);
      },
    });
  }

  /** The part of the receiver that other packages use. */
  get _receiver(): EventEmitter | null {
    const { _ownLink: link, _extensions } = this;
    return link === undefined ? null : Object.assign(link.receiver, { _extensions });
  }

  /** The runtime's timer of the closing handshake, while it runs. */
  get _closeTimer(): unknown {
    return this._ownLink?.driver.timer("close") ?? null;
  }

  /** Begins on a connection whose opening handshake is over; `head` has the bytes behind it. */
  setSocket(
    socket: DuplexLike & { unshift?(chunk: Uint8Array): void },
    head: Buffer,
    options: HandOver = {},
  ): void {
    const modules = this[MODULES];
    const { runtime } = modules;
    const given =
      Object.keys(options).length === 0
        ? this._ownOptions
        : { ...this._ownOptions, ...defined(options) };
    const connection = connectionOptions(given);
    const deflate = this._extensions["permessage-deflate"];
    const sessions = deflate && {
      all: [deflate.session(runtime.compression!, connection.maxMessageSize!)],
      rsv: 4,
    };
    const role = this._isServer ? "server" : "client";
    const agreed = {
      role,
      protocol: this._protocol,
      sessions,
      nextMask: options.generateMask && maskKeys(options.generateMask),
    } as const;
    this._socket = socket;
    if (head.length > 0) socket.unshift?.(head);
    this._ownLink = new Link(
      this,
      modules,
      socket,
      agreed,
      connection,
      linkOptions(given),
      given.record,
    );
    this._ownLink.binaryType = this._ownBinaryType;
    this._ownLink.driver.connection.start();
  }

  send(data: unknown, options?: SendOptions | Sent, callback?: Sent): void {
    const { _ownLink: link } = this;
    if (this.readyState === 0) throw notOpen(0);
    let sent = callback;
    let choice: SendOptions | undefined;
    if (typeof options === "function") sent = options;
    else if (typeof options === "object" && options !== null) choice = options;
    const content = typeof data === "number" ? String(data) : data;
    if (link === undefined || link.readyState !== 1) return this._ownSendTooLate(content, sent);
    if (choice?.mask !== undefined) this._ownCheckMask(choice.mask);
    const text = typeof content === "string";
    link.send(
      content || EMPTY,
      choice === undefined ? (text ? TEXT : BINARY) : messageOf(choice, !text),
      sent,
    );
  }

  ping(data?: unknown, mask?: boolean | Sent, callback?: Sent): void {
    this._ownControl("ping", data, mask, callback);
  }

  pong(data?: unknown, mask?: boolean | Sent, callback?: Sent): void {
    this._ownControl("pong", data, mask, callback);
  }

  close(code?: number, reason?: string | Uint8Array): void {
    const { _ownLink: link, readyState } = this;
    if (readyState === 0)
      return abortOpening(this, "WebSocket was closed before the connection was established");
    if (readyState !== 1 || link === undefined) return;
    link.close(checkedCode(code), code === undefined ? "" : checkedReason(reason));
  }

  terminate(): void {
    const { _ownLink: link, readyState } = this;
    if (readyState === 0)
      return abortOpening(this, "WebSocket was closed before the connection was established");
    if (readyState !== 3) link?.terminate();
  }

  pause(): void {
    if (this.readyState === 1 || this.readyState === 2) this._ownLink?.pause();
  }

  resume(): void {
    if (this.readyState === 1 || this.readyState === 2) this._ownLink?.resume();
  }

  /** Ends the opening, which has failed or was given up: there will be no connection. */
  _ownFail(error: Error): void {
    this._ownOpeningState = 2;
    this.emit("error", error);
    this.emitClose();
  }

  emitClose(): void {
    this._ownOpeningState = 3;
    this.emit("close", 1006, EMPTY);
  }

  private _ownControl(
    kind: "ping" | "pong",
    data: unknown,
    mask: boolean | Sent | undefined,
    callback: Sent | undefined,
  ): void {
    const { _ownLink: link, readyState } = this;
    if (readyState === 0) throw notOpen(0);
    const sent = [data, mask, callback].find((each) => typeof each === "function") as
      Sent | undefined;
    const content =
      typeof data === "function" ? undefined : typeof data === "number" ? String(data) : data;
    if (link === undefined || readyState !== 1) return this._ownSendTooLate(content, sent);
    if (typeof mask === "boolean") this._ownCheckMask(mask);
    const payload = isBlob(content) ? content : toBuffer(content || EMPTY);
    if ((isBlob(payload) ? payload.size : payload.length) > CONTROL_MAX)
      throw new RangeError(`The data size must not be greater than ${CONTROL_MAX} bytes`);
    link.control(kind, payload, sent);
  }

  /** Checks `mask`: a client masks its frames and a server does not (RFC 6455 §5.1), without a choice. */
  private _ownCheckMask(mask: boolean): void {
    if (mask === !this._isServer) return;
    const rule = this._isServer
      ? "a server must not mask its frames"
      : "a client must mask its frames";
    throw new TypeError(`mask: ${rule} (RFC 6455 §5.1), got ${mask}; leave the option out`);
  }

  private _ownSendTooLate(data: unknown, sent: Sent | undefined): void {
    const size = data ? (isBlob(data) ? data.size : toBuffer(data).length) : 0;
    if (this._ownLink === undefined) this._ownTooLate += size;
    else this._ownLink.tooLate += size;
    if (sent === undefined) return;
    const error = notOpen(this.readyState);
    this[MODULES].runtime.nextTick(() => {
      sent(error);
    });
  }

  private _ownSendFrame(list: readonly unknown[], sent: Sent | undefined): void {
    const pieces = list.map(toBuffer);
    if (this._ownLink !== undefined && this.readyState === 1) this._ownLink.frames(pieces, sent);
    else this._ownSendTooLate(Buffer.concat(pieces), sent);
  }
}

const TEXT: LinkMessage = { binary: false, compress: true, fin: true };
const BINARY: LinkMessage = { binary: true, compress: true, fin: true };

/** Reads options as `ws` does: one that is there and `undefined` means no, since wrappers pass on options that they were not given. */
const messageOf = (options: SendOptions, isBinary: boolean): LinkMessage => ({
  binary: "binary" in options ? Boolean(options.binary) : isBinary,
  compress: "compress" in options ? Boolean(options.compress) : true,
  fin: "fin" in options ? Boolean(options.fin) : true,
});

const notOpen = (state: 0 | 1 | 2 | 3): Error =>
  new Error(`WebSocket is not open: readyState ${state} (${STATES[state]})`);

const listOf = (protocols: string | readonly string[] | null | undefined): readonly string[] =>
  protocols === undefined
    ? []
    : Array.isArray(protocols)
      ? (protocols as readonly string[])
      : [protocols as string];

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

for (const [index, name] of STATES.entries()) {
  for (const place of [WebSocket, WebSocket.prototype])
    Object.defineProperty(place, name, { enumerable: true, value: index });
}
for (const name of [
  "binaryType",
  "bufferedAmount",
  "extensions",
  "isPaused",
  "protocol",
  "readyState",
  "url",
]) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}
const LISTED = { configurable: true, enumerable: true, writable: true };
Object.defineProperties(WebSocket.prototype, {
  ...eventAttributes,
  addEventListener: { ...LISTED, value: addEventListener },
  removeEventListener: { ...LISTED, value: removeEventListener },
});
