/** `sansocket lint FILE…`. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Conversation,
  type Finding,
  lint,
  type LintMessage,
  type LintReport,
} from "@sansocket/core/lint";
import type { Command } from "../command.ts";
import type { OptionTable } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { nodeLintTools } from "./tools.ts";

const OPTIONS = {
  keylog: {
    short: "k",
    value: "FILE",
    multiple: true,
    help: "a key log of TLS (SSLKEYLOGFILE)",
  },
  messages: { short: "m", help: "list the messages, too" },
  json: { help: "conversations, messages, findings as JSON Lines" },
  quiet: { short: "q", help: "violations only" },
} as const satisfies OptionTable;

export const lintCommand: Command<typeof OPTIONS> = {
  usage: {
    name: "lint",
    operands: "FILE…",
    summary: "Lists what breaks RFC 6455, 7692 and 8441 in what two peers said.",
    options: OPTIONS,
    notes: [
      "FILE is a capture of tcpdump or Wireshark (pcap, pcapng), a HAR or a NetLog of a",
      "browser, a trace of the flight recorder, or - for standard input. What could not",
      "be read is said as a note: lost segments, TLS without keys, unknown extensions.",
    ],
    exits: [EXIT.failed, EXIT.unreadable],
  },
  run: (given, terminal) => {
    const { operands } = given;
    if (operands.length === 0) throw new CommandError(EXIT.usage, "the file is missing");
    const keyLog = given
      .list("keylog")
      .map((file) => read(file).toString())
      .join("\n");
    let violations = 0;
    for (const file of operands) {
      const report = lintFile(file, keyLog);
      violations += report.findings.filter(({ severity }) => severity === "violation").length;
      if (terminal.json) tellJson(file, report, given.flag("messages"), terminal);
      else tell(file, report, given.flag("messages"), terminal);
    }
    return Promise.resolve(violations > 0 ? EXIT.failed : EXIT.done);
  },
};

/** @throws {CommandError} for a file that cannot be read */
function read(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const text = code === "EISDIR" ? `${file}: this is a folder; name its files` : messageOf(error);
    throw new CommandError(EXIT.unreadable, text);
  }
}

/** Lints a file. @throws {CommandError} for one that cannot be read, and for a file of an unknown format */
export function lintFile(file: string, keyLog: string): LintReport {
  const bytes = read(file);
  try {
    return lint(bytes, nodeLintTools, { keyLog, attachment: (name) => beside(file, name) });
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** A file in the folder of another; nothing for a name that leads out of it. */
function beside(file: string, name: string): string | undefined {
  if (/[/\\]/.test(name)) return undefined;
  try {
    return readFileSync(join(dirname(file), name), "utf8");
  } catch {
    return undefined;
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function tell(file: string, report: LintReport, withMessages: boolean, terminal: Terminal): void {
  const { conversations, count, findings, unit } = report;
  const shown = terminal.quiet
    ? findings.filter(({ severity }) => severity === "violation")
    : findings;
  if (!terminal.quiet)
    terminal.line(`${file}: ${plural(count, unit)}, ${plural(conversations.length, "WebSocket")}`);
  for (const finding of shown.filter(({ conversation }) => conversation === undefined))
    terminal.line(`  ${inWords(finding, unit, terminal)}`);
  for (const one of conversations) {
    const own = shown.filter(({ conversation }) => conversation === one.id);
    if (terminal.quiet && own.length === 0) continue;
    terminal.line(terminal.paint("bold", titleOf(one)));
    if (withMessages)
      for (const message of one.messages) terminal.line(`  ${messageWords(message, unit)}`);
    for (const finding of own) terminal.line(`  ${inWords(finding, unit, terminal)}`);
  }
  if (!terminal.quiet) terminal.line(summaryOf(findings));
}

function titleOf({ id, label, request, frames, messages }: Conversation): string {
  const start = request === undefined ? "" : ` ${request.start}`;
  return `#${id} ${label}${start}: ${plural(frames.length, "frame")}, ${plural(messages.length, "message")}`;
}

const COLORS = { violation: "red", warning: "yellow", note: "gray" } as const;

function inWords(finding: Finding, unit: string, terminal: Terminal): string {
  const { severity, place, side, code, clause, message, offset } = finding;
  const who = side === undefined ? severity : `${severity} by the ${side}`;
  const where = offset === undefined ? "" : `, byte ${offset} of its stream`;
  const rule = clause === "" ? code : `${code}, ${clause}`;
  return `${unit} ${place}: ${terminal.paint(COLORS[severity], who)}${where}: ${message} (${rule})`;
}

function messageWords(message: LintMessage, unit: string): string {
  const { side, kind, place, lastPlace, frames, wireSize, compressed, data } = message;
  const where = place === lastPlace ? `${unit} ${place}` : `${unit}s ${place}–${lastPlace}`;
  const size = data === undefined ? `${wireSize} bytes, not seen` : plural(data.length, "byte");
  const how = [frames > 1 && plural(frames, "frame"), compressed && `compressed to ${wireSize}`];
  return `${where}: ${side} ${kind}, ${[size, ...how.filter(Boolean)].join(", ")}${data === undefined ? "" : `: ${excerpt(data, kind)}`}`;
}

/** The beginning of a message, on one line. */
function excerpt(data: Uint8Array, kind: string): string {
  const start = Buffer.from(data.subarray(0, 60));
  return kind === "text"
    ? JSON.stringify(start.toString()) + (data.length > 60 ? "…" : "")
    : start.subarray(0, 20).toString("hex").replaceAll(/../g, "$& ").trim() +
        (data.length > 20 ? " …" : "");
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: string): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${plural(count("violation"), "violation")}, ${plural(count("warning"), "warning")}, ${plural(count("note"), "note")}`;
}

function tellJson(
  file: string,
  { format, unit, count, conversations, findings }: LintReport,
  withMessages: boolean,
  terminal: Terminal,
): void {
  terminal.event({ event: "file", file, format, unit, count });
  for (const { frames, messages, request, response, ...one } of conversations) {
    terminal.event({
      event: "conversation",
      ...one,
      request: request?.start,
      response: response?.start,
      frames: frames.length,
      messages: messages.length,
    });
    if (withMessages)
      for (const { data, ...message } of messages)
        terminal.event({
          event: "message",
          conversation: one.id,
          ...message,
          ...(data !== undefined &&
            (message.kind === "text"
              ? { text: Buffer.from(data).toString() }
              : { base64: Buffer.from(data).toString("base64") })),
        });
  }
  for (const finding of findings) terminal.event({ event: "finding", ...finding });
}
