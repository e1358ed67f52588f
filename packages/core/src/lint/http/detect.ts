/** Detects the protocol of a connection by its client's first bytes: TLS, HTTP/2 or HTTP/1.1. */
import { joined } from "../bytes.ts";
import type { Side } from "../model.ts";
import type { ReportBuilder } from "../judge/report.ts";
import type { At, StreamSink } from "../stream.ts";
import type { KeyLog } from "../tls/keylog.ts";
import { looksLikeTls, TlsReader } from "../tls/reader.ts";
import { Http1Reader, looksLikeHttp } from "./http1.ts";
import { Http2Reader, looksLikeHttp2 } from "./http2.ts";

/** Drops all bytes: neither HTTP nor TLS. */
const SILENCE: StreamSink = { receive: () => {}, missing: () => {}, end: () => {} };

export class Detector implements StreamSink {
  private readonly report: ReportBuilder;
  private readonly log: KeyLog;
  private readonly label: string;
  private inner: StreamSink | undefined = undefined;
  private held: Uint8Array = new Uint8Array(0);

  constructor(report: ReportBuilder, log: KeyLog, label: string) {
    this.report = report;
    this.log = log;
    this.label = label;
  }

  receive(side: Side, bytes: Uint8Array, at: At): void {
    if (this.inner === undefined) {
      // A server that speaks first speaks neither.
      const first = side === "client" ? joined([this.held, bytes]) : bytes;
      const found = side === "client" ? this.find(first) : SILENCE;
      if (found === undefined) {
        this.held = first;
        return;
      }
      this.inner = found;
      this.inner.receive(side, first, at);
    } else this.inner.receive(side, bytes, at);
  }

  missing(side: Side, size: number, at: At, why: string): void {
    this.inner ??= SILENCE;
    this.inner.missing(side, size, at, why);
  }

  end(side: Side, at: At, how: "fin" | "rst"): void {
    this.inner?.end(side, at, how);
  }

  /** `undefined` while the bytes do not show it. */
  private find(bytes: Uint8Array): StreamSink | undefined {
    if (bytes.length < 3) return undefined;
    const { report, log, label } = this;
    if (looksLikeTls(bytes))
      return new TlsReader(report.tools, log, new Detector(report, log, label), (at, message) => {
        report.note(at, "tls", `${label}: ${message}`);
      });
    if (looksLikeHttp2(bytes))
      return bytes.length < 16 ? undefined : new Http2Reader(report, label);
    if (looksLikeHttp(bytes))
      return new Http1Reader(
        report,
        label,
        (target) => new Detector(report, log, `${label} → ${target}`),
      );
    return SILENCE;
  }
}
