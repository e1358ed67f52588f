/** Lints the WebSockets of a HAR, as DevTools and Playwright write them: openings and messages, no frames. */
import { encodeUtf8 } from "../../trace/values.ts";
import { fromBase64 } from "../bytes.ts";
import type { ReportBuilder } from "../judge/report.ts";
import type { Judge } from "../judge/judge.ts";
import type { LintHead, LintReport } from "../model.ts";
import type { At } from "../stream.ts";
import { type Json, listOf, member, numberOf, textOf } from "./json.ts";

/** Returns the text of a file that a HAR names; nothing where there is none. */
export type ReadAttachment = (name: string) => string | undefined;

export const isHar = (value: Json): boolean => Array.isArray(member(value, "log", "entries"));

/** Milliseconds since 1970 of now and of DevTools, which counts seconds: no HAR is of before 1971 or after 5000. */
const inMilliseconds = (time: number): number => (time < 1e11 ? time * 1000 : time);

export function lintHar(
  value: Json,
  report: ReportBuilder,
  attachment: ReadAttachment,
): LintReport {
  const entries = listOf(member(value, "log", "entries"));
  for (const [index, entry] of entries.entries()) {
    const place = index + 1;
    const messages = messagesOf(entry, place, report, attachment);
    if (messages !== undefined) lintEntry(entry, place, messages, report);
  }
  return report.build("har", "entry", entries.length);
}

function lintEntry(
  entry: Json,
  place: number,
  messages: readonly Json[],
  report: ReportBuilder,
): void {
  const isHttp2 = /^(h2|HTTP\/2)/i.test(textOf(member(entry, "response", "httpVersion")));
  const judge = report.converse(textOf(member(entry, "request", "url")), isHttp2 ? "2" : "1.1");
  const time = inMilliseconds(numberOf(member(messages[0], "time")) || 0);
  // Browsers show the heads of extended CONNECT as if they were of HTTP/1.1, or not at all.
  if (!isHttp2) judgeOpening(entry, { place, time }, judge);
  for (const message of messages) {
    const side = member(message, "type") === "send" ? "client" : "server";
    const opcode = numberOf(member(message, "opcode"));
    const data = textOf(member(message, "data"));
    const at = { place, time: inMilliseconds(numberOf(member(message, "time"))) };
    judge.seen(side, opcode, opcode === 1 ? encodeUtf8(data) : fromBase64(data), at);
  }
}

function judgeOpening(entry: Json, at: At, judge: Judge): void {
  const url = textOf(member(entry, "request", "url"));
  const path = /^[a-z]+:\/\/[^/]+(\/[^#]*)?/.exec(url)?.[1] ?? "/";
  const method = textOf(member(entry, "request", "method"));
  const request = headOf(member(entry, "request"), at, `${method} ${path} HTTP/1.1`);
  const status = numberOf(member(entry, "response", "status"));
  const words = textOf(member(entry, "response", "statusText"));
  const response = headOf(member(entry, "response"), at, `HTTP/1.1 ${status} ${words}`.trim());
  if (request.fields.length > 0) judge.request(request);
  if (status === 101 && response.fields.length > 0) judge.open(response);
  else if (status !== 101 && status > 0) judge.refuse(response);
}

/** The messages of an entry; `undefined` for one that is no WebSocket. */
function messagesOf(
  entry: Json,
  place: number,
  report: ReportBuilder,
  attachment: ReadAttachment,
): readonly Json[] | undefined {
  const messages = member(entry, "_webSocketMessages");
  if (messages !== undefined) return listOf(messages);
  const isWebSocket =
    member(entry, "_resourceType") === "websocket" ||
    /^wss?:/.test(textOf(member(entry, "request", "url")));
  if (!isWebSocket) return undefined;
  const file = member(entry, "response", "content", "_file");
  if (typeof file !== "string") return [];
  const text = attachment(file);
  if (text === undefined) {
    report.note(
      { place, time: 0 },
      "not-seen",
      `the messages are in the file ${file}, which is not there`,
    );
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const value = parsed(line);
    return value === undefined ? [] : [value];
  });
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function headOf(head: Json | undefined, at: At, start: string): LintHead {
  const fields = listOf(member(head, "headers")).map((field): [string, string] => [
    textOf(member(field, "name")),
    textOf(member(field, "value")),
  ]);
  return { ...at, start, fields };
}
