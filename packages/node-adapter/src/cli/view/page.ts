/** The responses to the page: its files, the file's content, and payloads on demand. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Conversation, LintReport } from "@sansocket/core/lint";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};
const FILES: ReadonlySet<string> = new Set([
  "index.html",
  "style.css",
  "main.js",
  "model.js",
  "rows.js",
  "details.js",
  "lifecycle.js",
]);

/** The most bytes of a payload in one response. */
const MOST_BYTES = 1_048_576;

export type Page = (request: IncomingMessage, response: ServerResponse, secret: string) => void;

/** Makes the handler of the page's requests, which all begin with a secret that other pages do not know. */
export function pageOf(file: string, report: LintReport): Page {
  const overview = JSON.stringify(overviewOf(file, report));
  return (request, response, secret) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, given, path = ""] = url.pathname.split("/");
    if (given !== secret || request.method !== "GET")
      return answer(response, 404, "text/plain", "");
    if (path === "data.json") return answer(response, 200, "application/json", overview);
    if (path === "payload" || path === "search") {
      const one = report.conversations.find(
        ({ id }) => `${id}` === url.searchParams.get("conversation"),
      );
      if (one === undefined) return answer(response, 404, "text/plain", "");
      return path === "search"
        ? answer(
            response,
            200,
            "application/json",
            JSON.stringify(found(one, url.searchParams.get("text") ?? "")),
          )
        : payload(response, one, url.searchParams);
    }
    const name = path === "" ? "index.html" : path;
    if (!FILES.has(name)) return answer(response, 404, "text/plain", "");
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
    return answer(response, 200, type, readFileSync(new URL(`./viewer/${name}`, import.meta.url)));
  };
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "Content-Security-Policy":
      "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

/** All but payloads. Frames and messages are lists of numbers: there may be hundreds of thousands. */
function overviewOf(
  file: string,
  { format, unit, count, conversations, findings }: LintReport,
): object {
  return {
    file,
    format,
    unit,
    count,
    findings,
    conversations: conversations.map(({ frames, messages, ...one }) => ({
      ...one,
      frames: frames.map((frame) => [
        frame.side === "client" ? 0 : 1,
        frame.time,
        frame.place,
        frame.lastPlace,
        (frame.fin ? 128 : 0) | (frame.rsv << 4) | frame.opcode,
        frame.masked ? 1 : 0,
        frame.length,
        frame.offset,
        frame.message,
        frame.payload === undefined ? 0 : 1,
      ]),
      messages: messages.map(({ kind, frames: count_, wireSize, compressed, data }) => [
        kind,
        count_,
        wireSize,
        compressed ? 1 : 0,
        data?.length ?? -1,
      ]),
    })),
  };
}

function payload(response: ServerResponse, one: Conversation, query: URLSearchParams): void {
  const message = query.get("message");
  const bytes =
    message === null
      ? one.frames[Number(query.get("frame"))]?.payload
      : one.messages[Number(message)]?.data;
  if (bytes === undefined) return answer(response, 404, "text/plain", "");
  return answer(response, 200, "application/octet-stream", bytes.subarray(0, MOST_BYTES));
}

/** Returns the messages whose text contains `text`, or whose bytes contain the hexadecimal `text`. */
function found({ messages }: Conversation, text: string): number[] {
  const wanted = Buffer.from(text);
  const hex = /^(?:[0-9a-f]{2}\s*)+$/i.test(text)
    ? Buffer.from(text.replaceAll(/\s/g, ""), "hex")
    : undefined;
  const lower = text.toLowerCase();
  return messages.flatMap(({ data, kind }, index) => {
    if (data === undefined) return [];
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const has =
      kind === "text"
        ? bytes.includes(wanted) || bytes.toString().toLowerCase().includes(lower)
        : bytes.includes(wanted) || (hex !== undefined && bytes.includes(hex));
    return has ? [index] : [];
  });
}
