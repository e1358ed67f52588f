/** Reads HTTP/2 on one connection: WebSockets that extended CONNECT opens (RFC 8441), each in its stream. */
import { latin1Of } from "../../http/latin1.ts";
import { joined, u16, u24, u32 } from "../bytes.ts";
import type { LintHead, Side } from "../model.ts";
import type { Judge } from "../judge/judge.ts";
import type { ReportBuilder } from "../judge/report.ts";
import { valueOf } from "../judge/opening.ts";
import type { At, StreamSink } from "../stream.ts";
import type { HpackDecoder } from "../tools.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY = new Uint8Array(0);

/** Frame types (RFC 9113 §6). */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 32;
const ACK = 1;
/** SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3). */
const ENABLE_CONNECT_PROTOCOL = 8;

/** Returns whether a client's stream, as far as it goes, begins as HTTP/2 does. */
export const looksLikeHttp2 = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && PREFACE.startsWith(latin1Of(bytes, 0, Math.min(bytes.length, 24)));

interface Direction {
  held: Uint8Array;
  /** Payload of a DATA frame that the file lacks, still to be skipped. */
  readonly hpack: HpackDecoder;
  /** A header block that goes on in CONTINUATION frames. */
  block:
    { readonly stream: number; readonly ends: boolean; readonly pieces: Uint8Array[] } | undefined;
  hasPreface: boolean;
  isLost: boolean;
}

interface Stream {
  readonly judge: Judge;
  isOpen: boolean;
}

export class Http2Reader implements StreamSink {
  private readonly report: ReportBuilder;
  private readonly label: string;
  private readonly directions: Readonly<Record<Side, Direction>>;
  private readonly streams = new Map<number, Stream>();
  /** The server's setting for extended CONNECT. */
  private mayConnect = false;

  constructor(report: ReportBuilder, label: string) {
    this.report = report;
    this.label = label;
    const direction = (hasPreface: boolean): Direction => ({
      held: EMPTY,
      hpack: report.tools.createHpackDecoder(),
      block: undefined,
      hasPreface,
      isLost: false,
    });
    this.directions = { client: direction(true), server: direction(false) };
  }

  receive(side: Side, bytes: Uint8Array, at: At): void {
    const way = this.directions[side];
    if (way.isLost) return;
    way.held = way.held.length === 0 ? bytes : joined([way.held, bytes]);
    if (way.hasPreface) {
      if (way.held.length < PREFACE.length) return;
      way.hasPreface = false;
      way.held = way.held.subarray(PREFACE.length);
    }
    while (way.held.length >= 9) {
      const size = 9 + u24(way.held, 0);
      if (way.held.length < size) return;
      const frame = way.held.subarray(0, size);
      way.held = way.held.subarray(size);
      this.frame(side, way, frame, at);
      if (way.isLost) return;
    }
  }

  /** Holes are not bridged: the header tables of HPACK would be wrong behind one. */
  missing(side: Side, size: number, at: At, why: string): void {
    const way = this.directions[side];
    if (way.isLost) return;
    way.isLost = true;
    for (const { judge, isOpen } of this.streams.values())
      if (isOpen) judge.missing(side, Infinity, at, why);
    this.report.note(
      at,
      "not-seen",
      `${why}, ${size} bytes: the rest of this HTTP/2 connection is not read`,
    );
  }

  end(side: Side, at: At, how: "fin" | "rst"): void {
    for (const { judge, isOpen } of this.streams.values()) if (isOpen) judge.end(side, at, how);
  }

  private frame(side: Side, way: Direction, frame: Uint8Array, at: At): void {
    const type = frame[3]!;
    const flags = frame[4]!;
    const id = u32(frame, 5) & 0x7fff_ffff;
    const body = frame.subarray(9);
    if (type === SETTINGS && (flags & ACK) === 0 && side === "server") this.settings(body, at);
    else if (type === HEADERS) {
      const skip = (flags & PADDED ? 1 : 0) + (flags & PRIORITY ? 5 : 0);
      const padding = flags & PADDED ? body[0]! : 0;
      way.block = {
        stream: id,
        ends: (flags & END_STREAM) !== 0,
        pieces: [body.subarray(skip, body.length - padding)],
      };
    } else if (type === CONTINUATION) way.block?.pieces.push(body);
    else if (type === DATA) this.data(side, id, flags, body, at);
    else if (type === RST_STREAM) this.reset(side, id, at);
    if ((type === HEADERS || type === CONTINUATION) && (flags & END_HEADERS) !== 0)
      this.headers(side, way, at);
  }

  private settings(body: Uint8Array, at: At): void {
    for (let index = 0; index + 6 <= body.length; index += 6) {
      if (u16(body, index) !== ENABLE_CONNECT_PROTOCOL) continue;
      const value = u32(body, index + 2);
      const says = (code: string, message: string): void => {
        this.report.say(at, {
          severity: "violation",
          side: "server",
          code,
          clause: "RFC 8441 §3",
          message,
        });
      };
      if (value > 1)
        says("connect-setting", `SETTINGS_ENABLE_CONNECT_PROTOCOL is ${value}, not 0 or 1`);
      if (value === 0 && this.mayConnect)
        says("connect-setting", "SETTINGS_ENABLE_CONNECT_PROTOCOL is taken back");
      this.mayConnect = value === 1;
    }
  }

  private headers(side: Side, way: Direction, at: At): void {
    const { block } = way;
    way.block = undefined;
    if (block === undefined) return;
    const fields = way.hpack.decode(joined(block.pieces));
    if (fields === undefined) {
      way.isLost = true;
      this.report.note(
        at,
        "not-read",
        `a header block of the ${side} cannot be decoded: the rest of this HTTP/2 connection is not read`,
      );
      return;
    }
    const head = { ...at, fields, start: "" };
    if (side === "client") this.request(block.stream, head);
    else this.response(block.stream, head);
    if (block.ends) this.ended(side, block.stream, at);
  }

  private request(id: number, head: LintHead): void {
    if (valueOf(head, ":method") !== "CONNECT" || valueOf(head, ":protocol") !== "websocket")
      return;
    if (this.streams.has(id)) return;
    const judge = this.report.converse(`${this.label} stream ${id}`, "2");
    judge.request({ ...head, start: `CONNECT ${valueOf(head, ":path") ?? ""} HTTP/2` });
    this.streams.set(id, { judge, isOpen: false });
  }

  private response(id: number, head: LintHead): void {
    const stream = this.streams.get(id);
    const status = Number(valueOf(head, ":status"));
    if (stream === undefined || stream.isOpen || (status >= 100 && status < 200)) return;
    const named = { ...head, start: `HTTP/2 ${status}` };
    if (status >= 200 && status < 300) {
      stream.isOpen = true;
      stream.judge.open(named, this.mayConnect);
    } else {
      stream.judge.refuse(named);
      this.streams.delete(id);
    }
  }

  private data(side: Side, id: number, flags: number, body: Uint8Array, at: At): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    const padding = flags & PADDED ? body[0]! + 1 : 0;
    const payload = body.subarray(
      flags & PADDED ? 1 : 0,
      body.length - (padding > 0 ? padding - 1 : 0),
    );
    if (side === "client" && !stream.isOpen && payload.length > 0)
      stream.judge.say(
        at,
        "client",
        "early-data",
        "RFC 6455 §4.1",
        "The client sent data before the server's answer",
      );
    if (payload.length > 0) stream.judge.receive(side, payload, at);
    if (flags & END_STREAM) this.ended(side, id, at);
  }

  /** END_STREAM is what FIN is elsewhere, a reset what RST is (RFC 8441 §5). */
  private ended(side: Side, id: number, at: At): void {
    this.streams.get(id)?.judge.end(side, at, "fin");
  }

  private reset(side: Side, id: number, at: At): void {
    const stream = this.streams.get(id);
    stream?.judge.end(side, at, "rst");
    stream?.judge.end(side === "client" ? "server" : "client", at, "rst");
  }
}
