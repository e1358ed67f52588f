/** Lints the WebSockets of a NetLog, as Chromium writes it: all bytes where it has them, else the headers of frames. */
import { fromBase64 } from "../bytes.ts";
import { Detector } from "../http/detect.ts";
import { readHead } from "../http/http1.ts";
import type { Judge } from "../judge/judge.ts";
import type { ReportBuilder } from "../judge/report.ts";
import { headerSizeOf, writeHeader, writeUint32 } from "../../frame/header.ts";
import type { LintReport, Side } from "../model.ts";
import type { At, StreamSink } from "../stream.ts";
import type { KeyLog } from "../tls/keylog.ts";
import { type Json, listOf, member, numberOf, textOf } from "./json.ts";

export const isNetLog = (value: Json): boolean =>
  typeof member(value, "constants", "logEventTypes") === "object" &&
  Array.isArray(member(value, "events"));

/** An event, by the name of its type. */
interface Event {
  readonly type: string;
  readonly source: number;
  readonly at: At;
  readonly params: Json | undefined;
}

const BYTES = /^(SSL_)?SOCKET_BYTES_(SENT|RECEIVED)$/;
const FRAME = /^WEBSOCKET_(SENT|RECV)_FRAME_HEADER$/;

export function lintNetLog(value: Json, report: ReportBuilder, log: KeyLog): LintReport {
  const events = eventsOf(value);
  const hasBytes = events.some(
    ({ type, params }) => BYTES.test(type) && typeof member(params, "bytes") === "string",
  );
  if (hasBytes) lintBytes(events, report, log);
  else lintHeaders(events, report);
  return report.build("netlog", "event", events.length);
}

function eventsOf(value: Json): Event[] {
  const types = member(value, "constants", "logEventTypes") as { readonly [name: string]: Json };
  const names = new Map(Object.entries(types).map(([name, number]) => [number, name]));
  const offset = numberOf(member(value, "constants", "timeTickOffset")) || 0;
  return listOf(member(value, "events")).map((event, index) => ({
    type: names.get(member(event, "type") ?? null) ?? "",
    source: numberOf(member(event, "source", "id")),
    at: { place: index + 1, time: offset + numberOf(member(event, "time")) },
    params: member(event, "params"),
  }));
}

/** The bytes that sockets have sent and received: the content of TLS in place of TLS itself. */
function lintBytes(events: readonly Event[], report: ReportBuilder, log: KeyLog): void {
  const secure = new Set(
    events.filter(({ type }) => type.startsWith("SSL_SOCKET_BYTES")).map(({ source }) => source),
  );
  const streams = new Map<number, StreamSink>();
  for (const { type, source, at, params } of events) {
    const [, isSecure, direction] = BYTES.exec(type) ?? [];
    if (direction === undefined || (isSecure === undefined && secure.has(source))) continue;
    const stream = streams.get(source) ?? new Detector(report, log, `socket ${source}`);
    streams.set(source, stream);
    const side: Side = direction === "SENT" ? "client" : "server";
    const bytes = fromBase64(textOf(member(params, "bytes")));
    const count = numberOf(member(params, "byte_count"));
    if (bytes.length > 0) stream.receive(side, bytes, at);
    else if (count > 0) stream.missing(side, count, at, "the NetLog lacks bytes");
    else stream.end(side, at, "fin");
  }
}

/** The heads, and the headers of frames: the file lacks their payload. */
function lintHeaders(events: readonly Event[], report: ReportBuilder): void {
  const judges = new Map<number, Judge>();
  const sources = new Set(
    events.filter(({ type }) => FRAME.test(type)).map(({ source }) => source),
  );
  const urls = new Map(
    events
      .filter(({ type, params }) => type === "URL_REQUEST_START_JOB" && params !== undefined)
      .map(({ source, params }) => [source, textOf(member(params, "url"))]),
  );
  let key = 0;
  for (const { type, source, at, params } of events) {
    const url = urls.get(source) ?? "";
    if (!sources.has(source) && !/^wss?:/.test(url)) continue;
    const judge = judges.get(source) ?? report.converse(url, "1.1");
    judges.set(source, judge);
    const lines = listOf(member(params, "headers")).map(textOf);
    if (type === "HTTP_TRANSACTION_SEND_REQUEST_HEADERS") {
      const path = /^[a-z]+:\/\/[^/]+(\/[^#]*)?/.exec(url)?.[1] ?? "/";
      const line = textOf(member(params, "line")) || `GET ${path} HTTP/1.1`;
      judge.request(readHead([line, ...lines].join("\r\n"), at));
    } else if (type === "HTTP_TRANSACTION_READ_RESPONSE_HEADERS") {
      const head = readHead(lines.join("\r\n"), at);
      if (/ 101\b/.test(head.start)) judge.open(head);
      else judge.refuse(head);
    } else if (FRAME.test(type)) {
      const side = type.includes("SENT") ? "client" : "server";
      const { header, length } = headerOf(params, ++key);
      judge.receive(side, header, at);
      if (length > 0) judge.unseen(side, length, at);
    }
  }
}

/** The header of a frame as it was on the wire, but for the masking key, which a NetLog does not have. */
function headerOf(params: Json | undefined, key: number): { header: Uint8Array; length: number } {
  const length = Math.max(0, numberOf(member(params, "payload_length")) || 0);
  const isMasked = member(params, "masked") === true;
  const size = headerSizeOf(length);
  const header = new Uint8Array(size + (isMasked ? 4 : 0));
  const bit = (name: string, value: number): number => (member(params, name) === true ? value : 0);
  const first =
    bit("final", 128) |
    bit("reserved1", 64) |
    bit("reserved2", 32) |
    bit("reserved3", 16) |
    (numberOf(member(params, "opcode")) & 15);
  writeHeader(header, 0, size, first, isMasked ? 128 : 0, length);
  if (isMasked) writeUint32(header, size, key);
  return { header, length };
}
