/** Reads HTTP/1.1 on one connection, until it becomes a WebSocket or a tunnel. */
import { hasToken } from "../../http/tokens.ts";
import { latin1Of } from "../../http/latin1.ts";
import { joined } from "../bytes.ts";
import type { LintHead, Side } from "../model.ts";
import { valueOf } from "../judge/opening.ts";
import type { Judge } from "../judge/judge.ts";
import type { ReportBuilder } from "../judge/report.ts";
import type { At, StreamSink } from "../stream.ts";

/** The longest head that is read, in bytes. */
const LONGEST_HEAD = 262_144;
const EMPTY = new Uint8Array(0);

/** The kind of a side's next bytes. */
type State =
  | { readonly is: "head" }
  | { readonly is: "body"; left: number }
  | { readonly is: "chunk-size" }
  | { readonly is: "chunk"; left: number }
  | { readonly is: "trailer" }
  /** A client that has requested a switch: the response decides the meaning of its next bytes. */
  | { readonly is: "waiting" }
  | { readonly is: "nothing-more" };

interface Asked {
  readonly head: LintHead;
  readonly method: string;
  readonly judge: Judge | undefined;
}

export class Http1Reader implements StreamSink {
  private readonly report: ReportBuilder;
  private readonly label: string;
  private readonly openTunnel: (target: string) => StreamSink;
  private readonly states: Record<Side, State> = { client: { is: "head" }, server: { is: "head" } };
  private readonly held: Record<Side, Uint8Array> = { client: EMPTY, server: EMPTY };
  private readonly asked: Asked[] = [];
  /** The reader after a switch of protocol. */
  private inner: StreamSink | undefined = undefined;
  private readonly early: { readonly bytes: Uint8Array; readonly at: At }[] = [];

  constructor(report: ReportBuilder, label: string, openTunnel: (target: string) => StreamSink) {
    this.report = report;
    this.label = label;
    this.openTunnel = openTunnel;
  }

  receive(side: Side, bytes: Uint8Array, at: At): void {
    if (this.inner !== undefined) return this.inner.receive(side, bytes, at);
    const held = this.held[side];
    let rest = held.length === 0 ? bytes : joined([held, bytes]);
    this.held[side] = EMPTY;
    while (rest.length > 0) {
      const used = this.step(side, rest, at);
      if (used === 0) {
        this.held[side] = rest;
        return undefined;
      }
      rest = rest.subarray(used);
      if (this.hasBecome(side, rest, at)) return undefined;
    }
    return undefined;
  }

  /** After a switch of protocol, passes the rest of the bytes to the new reader. */
  private hasBecome(side: Side, rest: Uint8Array, at: At): boolean {
    if (this.inner === undefined) return false;
    if (rest.length > 0) this.inner.receive(side, rest, at);
    return true;
  }

  missing(side: Side, size: number, at: At, why: string): void {
    if (this.inner !== undefined) return this.inner.missing(side, size, at, why);
    const state = this.states[side];
    if ((state.is === "body" || state.is === "chunk") && state.left >= size) state.left -= size;
    else if (state.is !== "nothing-more") {
      this.states[side] = { is: "nothing-more" };
      this.report.note(at, "not-seen", `${this.label}: ${why}: its HTTP is not read further`);
    }
    return undefined;
  }

  end(side: Side, at: At, how: "fin" | "rst"): void {
    this.inner?.end(side, at, how);
  }

  /** Reads part of `bytes`, and returns its length; 0 where more must come. */
  private step(side: Side, bytes: Uint8Array, at: At): number {
    const state = this.states[side];
    switch (state.is) {
      case "head":
        return this.head(side, bytes, at);
      case "body":
      case "chunk": {
        const used = Math.min(state.left, bytes.length);
        state.left -= used;
        if (state.left === 0)
          this.states[side] = { is: state.is === "body" ? "head" : "chunk-size" };
        return used;
      }
      case "chunk-size":
        return this.chunkSize(side, bytes);
      case "trailer": {
        const end = lineEnd(bytes);
        if (end === 2) this.states[side] = { is: "head" };
        return end;
      }
      case "waiting":
        this.early.push({ bytes, at });
        return bytes.length;
      case "nothing-more":
        return bytes.length;
    }
  }

  private chunkSize(side: Side, bytes: Uint8Array): number {
    const end = lineEnd(bytes);
    if (end === 0) return 0;
    const size = Number.parseInt(latin1Of(bytes, 0, end), 16);
    if (Number.isNaN(size)) this.states[side] = { is: "nothing-more" };
    else this.states[side] = size === 0 ? { is: "trailer" } : { is: "chunk", left: size + 2 };
    return end;
  }

  private head(side: Side, bytes: Uint8Array, at: At): number {
    const end = headEnd(bytes);
    if (end === 0) {
      if (bytes.length > LONGEST_HEAD || !looksLikeHttp(bytes)) {
        this.states[side] = { is: "nothing-more" };
        return bytes.length;
      }
      return 0;
    }
    const head = readHead(latin1Of(bytes, 0, end), at);
    if (side === "client") this.request(head);
    else this.response(head, at);
    return end;
  }

  private request(head: LintHead): void {
    const [method = ""] = head.start.split(" ");
    const isOpening = hasToken(valueOf(head, "upgrade"), "websocket");
    const judge = isOpening ? this.report.converse(this.label, "1.1") : undefined;
    judge?.request(head);
    this.asked.push({ head, method, judge });
    if (isOpening || method === "CONNECT") this.states.client = { is: "waiting" };
    else this.states.client = bodyOf(head, false);
  }

  private response(head: LintHead, at: At): void {
    const status = Number(head.start.split(" ")[1]);
    if (status >= 100 && status < 200 && status !== 101) return;
    const asked = this.asked.shift();
    if (asked?.judge !== undefined && status === 101) {
      asked.judge.open(head);
      this.become(asked.judge, asked.judge, at);
    } else if (asked?.method === "CONNECT" && status >= 200 && status < 300)
      this.become(this.openTunnel(asked.head.start.split(" ")[1] ?? ""), undefined, at);
    else if (status === 101) this.states.server = { is: "nothing-more" };
    else this.ordinary(asked, status, head);
  }

  private ordinary(asked: Asked | undefined, status: number, head: LintHead): void {
    asked?.judge?.refuse(head);
    const isBare = asked?.method === "HEAD" || status === 204 || status === 304;
    this.states.server = isBare ? { is: "head" } : bodyOf(head, true);
    if (this.states.client.is === "waiting") this.retry();
  }

  /** The connection is a WebSocket's, or a tunnel. Earlier bytes of the client came too early for a WebSocket. */
  private become(inner: StreamSink, judge: Judge | undefined, _at: At): void {
    this.inner = inner;
    for (const { bytes, at } of this.early.splice(0)) {
      judge?.say(
        at,
        "client",
        "early-data",
        "RFC 6455 §4.1",
        "The client sent data before the server's answer",
      );
      inner.receive("client", bytes, at);
    }
  }

  /** The server did not switch: the held bytes are the next request. */
  private retry(): void {
    this.states.client = { is: "head" };
    for (const { bytes, at } of this.early.splice(0)) this.receive("client", bytes, at);
  }
}

/** The body after a head. */
function bodyOf(head: LintHead, isResponse: boolean): State {
  if (hasToken(valueOf(head, "transfer-encoding"), "chunked")) return { is: "chunk-size" };
  const length = valueOf(head, "content-length");
  const size = Number(length ?? 0);
  if (size > 0) return { is: "body", left: size };
  return isResponse && length === undefined ? { is: "nothing-more" } : { is: "head" };
}

/** The offset after the first line's LF; 0 where it has none. */
function lineEnd(bytes: Uint8Array): number {
  return bytes.indexOf(10) + 1;
}

/** The offset after a head's blank line; 0 where it has none. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return 0;
}

/** Whether this may be the beginning of a request or a response. */
export function looksLikeHttp(bytes: Uint8Array): boolean {
  return /^(?:\r\n)?(?:[A-Z]{1,20}(?: |$)|HTTP\/|HT?T?P?$)/.test(
    latin1Of(bytes, 0, Math.min(bytes.length, 24)),
  );
}

/** Reads a head without judging its grammar. */
export function readHead(text: string, { place, time }: At): LintHead {
  const [start = "", ...lines] = text.trim().split(/\r?\n/);
  const fields = lines
    .filter((line) => line.includes(":"))
    .map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
  return { place, time, start, fields };
}
