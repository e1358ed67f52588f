/** Lints a trace of the flight recorder: both streams of a connection, put together from its inputs and actions. */
import type { TraceEntry, TraceHead, TraceValue } from "../../trace/format.ts";
import { readTraces } from "../../trace/read.ts";
import { fromHex, isBytes } from "../../trace/values.ts";
import { toLatin1 } from "../../http/latin1.ts";
import { Http1Reader } from "../http/http1.ts";
import type { Judge } from "../judge/judge.ts";
import type { ReportBuilder } from "../judge/report.ts";
import type { LintHead, LintReport, Side } from "../model.ts";
import { type At, otherSide, type StreamSink } from "../stream.ts";

/** @throws {TraceError} for text that is no trace */
export function lintTrace(text: string, report: ReportBuilder): LintReport {
  const traces = readTraces(text);
  for (const { head, entries } of traces) {
    if (!head.kind.startsWith("websocket")) continue;
    const feed = new TraceFeed(head, report);
    for (const { line, entry } of entries) feed.take(line, entry);
  }
  const count = text.split("\n").filter((line) => line.trim() !== "").length;
  return report.build("trace", "line", count);
}

const NOBODY: StreamSink = { receive: () => {}, missing: () => {}, end: () => {} };

type Members = { readonly [name: string]: TraceValue };

/** Gives one connection's streams to a judge, entry by entry. */
export class TraceFeed {
  private readonly report: ReportBuilder;
  private readonly local: Side;
  private readonly label: string;
  private readonly startedAt: number;
  private sink: StreamSink;
  private judge: Judge | undefined = undefined;
  private at: At = { place: 0, time: 0 };
  private when = 0;

  constructor(head: TraceHead, report: ReportBuilder) {
    this.report = report;
    this.local = head.kind === "websocket-client" ? "client" : "server";
    this.label = labelOf(head);
    this.startedAt = head.startedAt ?? 0;
    this.sink = new Http1Reader(report, this.label, () => NOBODY);
    if (head.agreed !== undefined) this.agreed(head.agreed);
  }

  take(line: number, entry: TraceEntry): void {
    const [, kind, third, fourth] = entry;
    if (kind === "input" || kind === "command") this.advance(third);
    this.at = { place: line, time: this.startedAt + this.when / 1000 };
    if (kind === "input") this.input(fourth as string, entry[4] as TraceValue);
    else if (kind === "action") this.action(third, fourth as TraceValue);
    else if (kind === "gap") this.missing(`the trace lacks ${third} lines`);
  }

  /** The time of an input or a command. Those from inside an action have a depth in its place. */
  advance(when: number): void {
    if (when >= 0) this.when = when;
  }

  /** All that follows is missing. */
  missing(why: string): void {
    for (const side of ["client", "server"] as const)
      this.sink.missing(side, Infinity, this.at, why);
  }

  private input(name: string, value: TraceValue): void {
    const peer = otherSide(this.local);
    if (name === "receive") this.bytes(peer, value);
    else if (name === "receiveEnd") this.sink.end(peer, this.at, "fin");
    else if (name === "receiveError") this.sink.end(peer, this.at, "rst");
    else if (name === "receiveRequest") this.request(value as Members);
    else if (name === "receiveResponse") this.respond(value as Members);
  }

  private action(name: string, value: TraceValue): void {
    const { local } = this;
    if (name === "write") this.bytes(local, value);
    else if (name === "writeMany")
      for (const piece of value as readonly TraceValue[]) this.bytes(local, piece);
    else if (name === "endTransport") this.sink.end(local, this.at, "fin");
    else if (name === "destroyTransport") this.sink.end(local, this.at, "rst");
    else if (name === "writeHead") this.writeHead(value as Members);
  }

  private bytes(side: Side, value: TraceValue): void {
    if (!isBytes(value)) return;
    const bytes = fromHex(value.hex);
    if (bytes.length > 0) this.sink.receive(side, bytes, this.at);
    const cut = (value.size ?? bytes.length) - bytes.length;
    if (cut > 0) this.sink.missing(side, cut, this.at, "the recorder has cut the payload");
  }

  /** A request that another HTTP server has read: over HTTP/1.1 as it would have come, over HTTP/2 as fields. */
  private request(request: Members): void {
    const { method, target, protocol } = request;
    const fields = pairs(request["headers"]);
    if (typeof protocol !== "string") {
      const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const head = `${String(method)} ${String(target)} HTTP/1.1\r\n${lines}\r\n`;
      this.sink.receive("client", toLatin1(head), this.at);
      return;
    }
    this.connect([
      [":method", String(method)],
      [":path", String(target)],
      [":protocol", protocol],
      ...(request["secure"] === undefined
        ? []
        : ([[":scheme", request["secure"] === true ? "https" : "http"]] as const)),
      ...fields,
    ]);
  }

  /** Extended CONNECT. The HTTP server has removed the pseudo-fields that the machine lacks. */
  private connect(fields: readonly (readonly [string, string])[]): void {
    const names = new Set(fields.map(([name]) => name));
    const rest = [":scheme", ":authority", ":path"].filter((name) => !names.has(name));
    this.judge = this.report.converse(this.label, "2");
    this.judge.request({
      ...this.at,
      start: `CONNECT ${fields.find(([name]) => name === ":path")?.[1] ?? ""} HTTP/2`,
      fields: [...fields, ...rest.map((name): [string, string] => [name, ""])],
    });
    this.sink = this.judge;
  }

  private writeHead({ fields }: Members): void {
    const list = pairs(fields);
    if (this.local === "client") this.connect(list);
    else this.answer(Number(list.find(([name]) => name === ":status")?.[1] ?? 200), list);
  }

  private respond(response: Members): void {
    this.answer(Number(response["status"]), pairs(response["headers"]));
  }

  private answer(status: number, fields: readonly (readonly [string, string])[]): void {
    const head: LintHead = { ...this.at, start: `HTTP/2 ${status}`, fields };
    if (status >= 200 && status < 300) this.judge?.open(head);
    else this.judge?.refuse(head);
  }

  /** Another library did the handshake: only its result is known. */
  private agreed(agreed: Members): void {
    const judge = this.report.converse(this.label, "1.1");
    const extensions = agreed["extensions"];
    judge.agree(typeof extensions === "string" ? extensions : "");
    this.sink = judge;
  }
}

function labelOf({ kind, connection, request }: TraceHead): string {
  const place =
    request === undefined ? "" : ` ${String(request["host"])}${String(request["target"])}`;
  return `connection ${connection} (${kind})${place}`;
}

function pairs(value: TraceValue | undefined): (readonly [string, string])[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly (readonly TraceValue[])[]).map((pair): [string, string] => [
    String(pair[0]),
    String(pair[1]),
  ]);
}
