/** Puts the segments of TCP connections in order: lost, doubled, late, and cut by the snap length. */
import type { Side } from "../model.ts";
import { type At, otherSide, type StreamSink } from "../stream.ts";
import type { Segment } from "./network.ts";

/** Makes the receiver of a connection's streams. */
export type OpenStream = (label: string, at: At) => StreamSink;

/** Reports an oddity of a connection. */
export type Report = (at: At, message: string) => void;

/** Collects all connections of a capture. */
export class TcpConnections {
  private readonly open: OpenStream;
  private readonly report: Report;
  private readonly flows = new Map<string, Flow>();

  constructor(open: OpenStream, report: Report) {
    this.open = open;
    this.report = report;
  }

  receive(segment: Segment): void {
    const { from, to, syn, acknowledged } = segment;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    let flow = this.flows.get(key);
    const begins = syn && acknowledged === undefined;
    if (flow === undefined || (begins && !flow.beginsWith(segment))) {
      // The same ports again: another connection.
      flow?.finish();
      if (segment.rst) return;
      flow = new Flow(clientOf(segment), this.open, this.report);
      this.flows.set(key, flow);
    }
    flow.receive(segment);
  }

  /** The capture is over. */
  finish(): void {
    for (const flow of this.flows.values()) flow.finish();
  }
}

/** Finds the client: the sender of the SYN; else the end that did not answer in HTTP, or has the higher port. */
function clientOf({ from, to, syn, acknowledged, payload }: Segment): string {
  if (syn) return acknowledged === undefined ? from : to;
  const start = String.fromCharCode(...payload.subarray(0, 5));
  if (start === "HTTP/") return to;
  if (/^[A-Z]{3}/.test(start)) return from;
  const portOf = (end: string): number => Number(end.slice(end.lastIndexOf(":") + 1));
  return portOf(from) >= portOf(to) ? from : to;
}

/** One direction. */
interface Direction {
  /** The sequence number of the stream's first byte. */
  base: number | undefined;
  /** The number of bytes passed on. */
  next: number;
  /** Segments that came before those that belong in front of them. */
  early: { readonly start: number; readonly segment: Segment }[];
  /** The offset at which the stream ends. */
  end: number | undefined;
  hasEnded: boolean;
}

const direction = (): Direction => ({
  base: undefined,
  next: 0,
  early: [],
  end: undefined,
  hasEnded: false,
});

/** The most segments that wait for a late one: beyond it, that one counts as lost. */
const MOST_EARLY = 4096;

class Flow {
  private readonly client: string;
  private readonly openStream: OpenStream;
  private readonly report: Report;
  private readonly directions = { client: direction(), server: direction() };
  private sink: StreamSink | undefined = undefined;
  private last: At = { place: 0, time: 0 };
  private sequence: number | undefined = undefined;

  constructor(client: string, open: OpenStream, report: Report) {
    this.client = client;
    this.openStream = open;
    this.report = report;
  }

  /** Whether `segment` is the SYN this connection began with, sent once more. */
  beginsWith({ sequence }: Segment): boolean {
    return this.sequence === sequence;
  }

  receive(segment: Segment): void {
    const side = segment.from === this.client ? "client" : "server";
    const at = { place: segment.number, time: segment.time };
    this.last = at;
    this.sink ??= this.begin(segment, at);
    const way = this.directions[side];
    if (segment.syn) {
      if (side === "client") this.sequence = segment.sequence;
      way.base = (segment.sequence + 1) >>> 0;
    }
    way.base ??= segment.sequence;
    if (segment.length > 0) this.data(side, way, segment);
    if (segment.fin && way.end === undefined) way.end = startOf(way, segment) + segment.length;
    this.acknowledge(otherSide(side), segment);
    this.maybeEnd(side, at);
    if (segment.rst) this.endBoth(side, at);
  }

  /** The capture is over: missing bytes were never seen. */
  finish(): void {
    for (const side of ["client", "server"] as const) {
      this.skipHoles(side, Infinity);
      this.maybeEnd(side, this.last);
    }
  }

  private begin(segment: Segment, at: At): StreamSink {
    const server = segment.from === this.client ? segment.to : segment.from;
    const label = `${this.client} → ${server}`;
    if (!segment.syn && segment.length > 0) this.report(at, `${label} began before the capture`);
    return this.openStream(label, at);
  }

  private data(side: Side, way: Direction, segment: Segment): void {
    const start = startOf(way, segment);
    if (start + segment.length <= way.next) return; // sent once more
    way.early.push({ start, segment });
    way.early.sort((a, b) => a.start - b.start);
    this.passOn(side, way);
    if (way.early.length > MOST_EARLY) this.skipHoles(side, Infinity);
  }

  /** Passes on the bytes in order. */
  private passOn(side: Side, way: Direction): void {
    while (way.early.length > 0 && way.early[0]!.start <= way.next) {
      const { start, segment } = way.early.shift()!;
      const { payload, length, number, time } = segment;
      const end = start + length;
      if (end <= way.next) continue;
      const at = { place: number, time };
      const seen = payload.subarray(way.next - start);
      const cut = end - Math.max(way.next, start + payload.length);
      if (seen.length > 0) this.sink!.receive(side, seen, at);
      if (cut > 0) this.sink!.missing(side, cut, at, "the packet was cut by the snap length");
      way.next = end;
    }
  }

  /** Bytes that the other side has acknowledged were on the wire: if the capture lacks them, they will not come. */
  private acknowledge(side: Side, { acknowledged }: Segment): void {
    const way = this.directions[side];
    if (acknowledged === undefined || way.base === undefined || way.early.length === 0) return;
    const offset = way.next + ((acknowledged - (way.base + way.next)) | 0);
    this.skipHoles(side, offset);
  }

  /** Counts the bytes before segments that begin before `until` as lost. */
  private skipHoles(side: Side, until: number): void {
    const way = this.directions[side];
    while (way.early.length > 0 && way.early[0]!.start < until) {
      const { start, segment } = way.early[0]!;
      const size = start - way.next;
      const at = { place: segment.number, time: segment.time };
      if (size > 0) this.sink!.missing(side, size, at, "the capture lacks a segment");
      way.next = start;
      this.passOn(side, way);
    }
  }

  private maybeEnd(side: Side, at: At): void {
    const way = this.directions[side];
    if (way.hasEnded || way.end === undefined || way.next < way.end) return;
    way.hasEnded = true;
    this.sink!.end(side, at, "fin");
  }

  /** A reset by `side`. */
  private endBoth(side: Side, at: At): void {
    for (const one of [side, otherSide(side)]) {
      this.skipHoles(one, Infinity);
      const way = this.directions[one];
      if (!way.hasEnded) this.sink!.end(one, at, "rst");
      way.hasEnded = true;
    }
  }
}

/** Returns the offset of a segment, in bytes from the stream's first. Sequence numbers wrap. */
function startOf(way: Direction, { sequence, syn }: Segment): number {
  const first = (sequence + (syn ? 1 : 0)) >>> 0;
  return way.next + ((first - ((way.base! + way.next) >>> 0)) | 0);
}
