/** The responses to the page: its files, the conversations, and payloads on demand. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Conversation, LintReport } from "@sansocket/core/lint";
import { EventSource } from "../../api.ts";
import { framesOf, messagesOf } from "./numbers.ts";
import { found } from "./search.ts";

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
  "live.js",
]);

/** The folder of the files: the build puts it beside the code, and in the sources, as tests import them, it is what the build copies. */
const FOLDER = import.meta.url.endsWith(".ts") ? "./public/viewer/" : "./viewer/";

/** The most bytes of a payload in one response. */
const MOST_BYTES = 1_048_576;

/** The shortest time between two notices of a change, in milliseconds: a page that draws more often is not read faster. */
const NOTICE_EVERY = 100;

/** The conversations that a page shows. */
export interface Source {
  /** The name of the file, or of what is watched. */
  readonly name: string;
  report(): LintReport;
  /** Calls a listener after changes, until the caller calls the returned function; nothing for a file. */
  readonly watch?: (listener: () => void) => () => void;
}

/** Answers a request for one of the page's addresses, `path` being the part behind its own. */
export type Page = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/**
 * Makes the handler of the page's requests.
 * @param framing the pages that may show it in a frame, as `frame-ancestors` names them
 */
export function pageOf(source: Source, framing: "'none'" | "'self'"): Page {
  return (request, response, path) => {
    for (const [name, value] of Object.entries(fieldsOf(framing))) response.setHeader(name, value);
    if (request.method !== "GET") return answer(response, 404, "text/plain", "");
    if (path === "data.json")
      return answer(response, 200, "application/json", JSON.stringify(overviewOf(source)));
    if (path === "changes" && source.watch !== undefined)
      return tellChanges(new EventSource(request, response, { retry: 1 }), source.watch);
    const about = ABOUT[path];
    if (about !== undefined) {
      const query = new URL(request.url ?? "/", "http://localhost").searchParams;
      const id = query.get("conversation");
      const one = source.report().conversations.find((each) => `${each.id}` === id);
      const body = one && about(one, query);
      return body === undefined
        ? answer(response, 404, "text/plain", "")
        : answer(response, 200, "application/octet-stream", body);
    }
    const name = path === "" ? "index.html" : path;
    if (!FILES.has(name)) return answer(response, 404, "text/plain", "");
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
    return answer(response, 200, type, readFileSync(new URL(FOLDER + name, import.meta.url)));
  };
}

const fieldsOf = (framing: string): Readonly<Record<string, string>> => ({
  "Cache-Control": "no-store",
  "Content-Security-Policy": `default-src 'self'; img-src data:; frame-ancestors ${framing}; base-uri 'none'`,
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
});

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** All but frames and messages, of which there may be hundreds of thousands. */
function overviewOf(source: Source): object {
  const { conversations, ...report } = source.report();
  return {
    ...report,
    file: source.name,
    isLive: source.watch !== undefined,
    conversations: conversations.map(({ frames: _, messages: __, ...one }) => one),
  };
}

/** The responses about one conversation, as bytes. */
const ABOUT: Readonly<
  Record<string, (one: Conversation, query: URLSearchParams) => Uint8Array | undefined>
> = {
  frames: ({ frames }, query) => framesOf(frames, Number(query.get("from"))),
  messages: ({ messages }, query) => messagesOf(messages, Number(query.get("from"))),
  search: ({ messages }, query) => found(messages, query.get("text") ?? ""),
  payload: ({ frames, messages }, query) => {
    const message = query.get("message");
    const bytes =
      message === null
        ? frames[Number(query.get("frame"))]?.payload
        : messages[Number(message)]?.data;
    return bytes?.subarray(0, MOST_BYTES);
  },
};

/** Tells a page of changes: the first at once, those that follow it together. */
function tellChanges(to: EventSource, watch: NonNullable<Source["watch"]>): void {
  let timer: NodeJS.Timeout | undefined;
  let isStale = false;
  const tell = (): void => {
    isStale = timer !== undefined;
    if (isStale) return;
    to.send("change");
    timer = setTimeout(() => {
      timer = undefined;
      if (isStale) tell();
    }, NOTICE_EVERY);
  };
  const stop = watch(tell);
  to.on("close", () => {
    stop();
    clearTimeout(timer);
  });
  tell();
}
