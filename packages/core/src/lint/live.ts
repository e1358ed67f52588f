/** Lints connections while they are recorded. */
import type { TraceSettings, TraceSink } from "../trace/record/sink.ts";
import { isEntry, readTraceLine } from "../trace/read.ts";
import { checkOptions } from "../names.ts";
import { UsageError } from "../violation.ts";
import { TraceFeed } from "./files/trace.ts";
import { ReportBuilder } from "./judge/report.ts";
import type { LintReport } from "./model.ts";
import { textOf } from "./text.ts";
import type { LintTools } from "./tools.ts";

/** The options of {@link LiveLint}. */
export interface LiveLintOptions extends TraceSettings {
  /**
   * The most bytes that it takes of what was sent and received. Beyond them it forgets the oldest closed connections, and then reads no more of those that are open.
   * @defaultValue 67_108_864 (64 MiB)
   */
  readonly bytes?: number | undefined;
}

/** Enough of a line to tell what it is. */
const START = 64;
const COMMAND = /^\[\d+,"command",(-?\d+),/;
/** Lines of what the two sides send. Two characters of theirs are a byte. */
const WIRE = /^\[\d+,"(?:input",-?\d+,"receive|action","(?:write|endT|destroyT)|gap")/;

interface Known {
  readonly feed: TraceFeed | undefined;
  readonly report: ReportBuilder;
  bytes: number;
  /** Whether the limit was reached: no more of it is read. */
  isCut: boolean;
  hasEnded: boolean;
}

/** A sink for `record` that lints each WebSocket while it talks. It keeps payloads, in bounded memory. */
export class LiveLint implements TraceSink {
  readonly settings: TraceSettings;
  private readonly tools: LintTools;
  private readonly most: number;
  private readonly known = new Map<number, Known>();
  private size = 0;
  private lines = 0;

  /** @throws {UsageError} for a size that is no whole number from 1 */
  constructor(tools: LintTools, options: LiveLintOptions = {}) {
    checkOptions("LiveLint", options, ["bytes", "maxPayload", "redact"]);
    const { bytes = 67_108_864, ...settings } = options;
    if (!Number.isInteger(bytes) || bytes < 1)
      throw new UsageError(`bytes: expected a whole number from 1, got ${String(bytes)}`);
    this.settings = settings;
    this.tools = tools;
    this.most = bytes;
  }

  begin(connection: number, line: Uint8Array): void {
    const head = readTraceLine(textOf(line), ++this.lines);
    if (isEntry(head)) return;
    const report = new ReportBuilder(this.tools, connection);
    const feed = head.kind.startsWith("websocket") ? new TraceFeed(head, report) : undefined;
    this.known.set(connection, { feed, report, bytes: 0, isCut: false, hasEnded: false });
  }

  write(connection: number, lines: Uint8Array): void {
    const known = this.known.get(connection);
    if (known?.feed === undefined || known.isCut) return;
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(10, at);
      this.take(known, known.feed, lines.subarray(at, end));
      at = end + 1;
    }
  }

  private take(known: Known, feed: TraceFeed, line: Uint8Array): void {
    this.lines++;
    if (known.isCut) return;
    // Most lines say nothing of the wire, and the longest of them are not even decoded.
    const start = textOf(line.subarray(0, START));
    const [, when] = COMMAND.exec(start) ?? [];
    if (when !== undefined) return feed.advance(Number(when));
    if (!WIRE.test(start)) return;
    if (this.hasRoom(line.length / 2)) {
      known.bytes += line.length / 2;
      this.size += line.length / 2;
      const entry = readTraceLine(textOf(line), this.lines);
      if (isEntry(entry)) feed.take(this.lines, entry);
    } else {
      known.isCut = true;
      feed.missing(`the limit of ${this.most} bytes has been reached`);
    }
  }

  end(connection: number): void {
    const known = this.known.get(connection);
    if (known === undefined || known.hasEnded) return;
    known.hasEnded = true;
    known.report.build("trace", "line", this.lines);
  }

  /** The conversations and findings up to now. Its lists grow on. */
  report(): LintReport {
    const all = [...this.known.values()].map(({ report }) => report.soFar());
    return {
      format: "trace",
      unit: "line",
      count: this.lines,
      conversations: all.flatMap(({ conversations }) => conversations),
      findings: all.flatMap(({ findings }) => findings).sort((a, b) => a.place - b.place),
    };
  }

  private hasRoom(bytes: number): boolean {
    for (const [connection, { hasEnded, bytes: own }] of this.known) {
      if (this.size + bytes <= this.most) break;
      if (!hasEnded) continue;
      this.known.delete(connection);
      this.size -= own;
    }
    return this.size + bytes <= this.most;
  }
}
