/** Reads a trace, a capture, a HAR or a NetLog, and lists the violations of RFC 6455, 7692 and 8441 in it. */
import { isCapture, readCapture } from "./capture/pcap.ts";
import { isKnownLink, Network } from "./capture/network.ts";
import { TcpConnections } from "./capture/tcp.ts";
import { isHar, lintHar, type ReadAttachment } from "./files/har.ts";
import type { Json } from "./files/json.ts";
import { isNetLog, lintNetLog } from "./files/netlog.ts";
import { lintTrace } from "./files/trace.ts";
import { Detector } from "./http/detect.ts";
import { textOf } from "./text.ts";
import { ReportBuilder } from "./judge/report.ts";
import { LintError, type LintReport } from "./model.ts";
import { KeyLog } from "./tls/keylog.ts";
import type { LintTools } from "./tools.ts";

/** The options of {@link lint}: input beside the file, and limits. */
export interface LintOptions {
  /** The text of a key log of TLS, for captures, as `SSLKEYLOGFILE` and `--tls-keylog` write it. @defaultValue none, but for logs in a pcapng */
  readonly keyLog?: string | undefined;
  /** Returns the text of a file that a HAR names for its messages. @defaultValue finds none */
  readonly attachment?: ReadAttachment | undefined;
}

/**
 * Lints a file.
 * @param bytes the whole file: a trace of the flight recorder, a capture (pcap or pcapng), a HAR, or a NetLog. They are not changed
 * @param tools the runtime's functions: `lintTools` of the adapters' command
 * @throws {LintError} for another file. @throws {TraceError} for a trace with an invalid line
 */
export function lint(bytes: Uint8Array, tools: LintTools, options: LintOptions = {}): LintReport {
  const { keyLog = "", attachment = () => undefined } = options;
  const report = new ReportBuilder(tools);
  const log = new KeyLog();
  log.add(keyLog);
  if (isCapture(bytes)) return lintCapture(bytes, report, log);
  const text = textOf(bytes);
  const value = jsonOf(text);
  if (value !== undefined && isHar(value)) return lintHar(value, report, attachment);
  if (value !== undefined && isNetLog(value)) return lintNetLog(value, report, log);
  if (/^\s*\{[^\n]*"sansocketTrace"/.test(text)) return lintTrace(text, report);
  throw new LintError("this is no trace, no capture (pcap, pcapng), no HAR and no NetLog");
}

function lintCapture(bytes: Uint8Array, report: ReportBuilder, log: KeyLog): LintReport {
  const { format, packets, secrets, notes } = readCapture(bytes);
  for (const secret of secrets) log.add(secret);
  for (const { place, message } of notes) report.note({ place, time: 0 }, "file", message);
  const network = new Network();
  const connections = new TcpConnections(
    (label) => new Detector(report, log, label),
    (at, message) => {
      report.note(at, "not-seen", message);
    },
  );
  for (const packet of packets) {
    const { number: place, time, linkType } = packet;
    if (!isKnownLink(linkType))
      report.note({ place, time }, "link-type", `packets of link type ${linkType} are not read`);
    const segment = network.segmentOf(packet);
    if (segment !== undefined) connections.receive(segment);
  }
  connections.finish();
  return report.build(format, "packet", packets.length);
}

function jsonOf(text: string): Json | undefined {
  for (const end of ["", "]}"])
    try {
      // A NetLog of a browser that was killed lacks its end.
      return JSON.parse(end === "" ? text : text.trimEnd().replace(/,$/, "") + end) as Json;
    } catch {
      continue;
    }
  return undefined;
}
