/** `sansocket events URL`. */
import { readFileSync, writeFileSync } from "node:fs";
import type { EventSourceError } from "@sansocket/core";
import type { EventSourceMessage } from "@sansocket/core/shell";
import type { Command } from "../command.ts";
import type { Given, OptionTable, Usage } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { EventSourceClient } from "../../api.ts";
import { fetchBy } from "./fetch.ts";
import { prettyJson } from "../message/show.ts";
import { traceFile } from "../message/trace-file.ts";
import { fieldsOf, proxyOf, tlsOf, urlOf, WAY_OPTIONS } from "./way.ts";

const OPTIONS = {
  ...WAY_OPTIONS,
  type: { short: "t", value: "NAME", multiple: true, help: "events of this type only" },
  "last-event-id": { short: "i", value: "ID", help: "begin behind this event" },
  "id-file": { value: "FILE", help: "begin behind the id in it; the last is kept there" },
  count: { short: "n", value: "N", help: "end after so many events" },
  retry: { rare: true, value: "SECONDS", help: "the first wait before connecting again (3)" },
  "no-reconnect": { rare: true, help: "end when the stream does" },
  pretty: { rare: true, short: "p", help: "JSON over several lines, also in a pipe" },
  record: { value: "FILE", help: "write a trace, for replay and explain" },
  json: { help: "tell all that happens as JSON Lines" },
  quiet: { rare: true, short: "q", help: "events and errors only" },
} as const satisfies OptionTable;

type Options = typeof OPTIONS;

const usage: Usage<Options> = {
  name: "events",
  operands: "URL",
  summary: "Writes the data of each event, and connects again where the stream ends.",
  options: OPTIONS,
  exits: [EXIT.noConnection, EXIT.closedAbnormally, EXIT.unreadable, EXIT.interrupted],
};

export const eventsCommand: Command<Options> = {
  usage,
  run: async (given, terminal) => {
    const url = urlOf(given.operand("the URL"), "http");
    const types = given.list("type");
    const count = given.number("count", 1) ?? Infinity;
    const idFile = given.text("id-file");
    const source = open(url, given, idFile);
    let code: number = EXIT.done;
    const stop = (exit: number) => (): void => {
      code = exit;
      source.close();
    };
    const interrupt = stop(EXIT.interrupted);
    process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
    terminal.broken.addEventListener("abort", stop(EXIT.done));
    watch(source, given, terminal, stop);
    try {
      let seen = 0;
      for await (const event of source) {
        if (types.length > 0 && !types.includes(event.type)) continue;
        tell(event, given.flag("pretty"), terminal);
        if (idFile !== undefined) keep(idFile, event.lastEventId);
        if (++seen >= count) break;
      }
      return code;
    } catch (error) {
      throw failure(error as EventSourceError);
    } finally {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    }
  },
};

function open(url: string, given: Given<Options>, idFile: string | undefined): EventSourceClient {
  const tls = tlsOf(given);
  const proxy = proxyOf(given, url);
  const record = given.text("record");
  const retry = given.milliseconds("retry");
  const lastEventId = given.text("last-event-id") ?? (idFile && known(idFile));
  try {
    return new EventSourceClient(url, {
      headers: fieldsOf(given),
      backoff: 2,
      ...((tls !== undefined || proxy !== undefined) && { fetch: fetchBy(tls, proxy) }),
      ...(retry !== undefined && { reconnectDelay: retry }),
      ...(lastEventId !== undefined && { lastEventId }),
      ...(record !== undefined && { record: traceFile(record) }),
    });
  } catch (error) {
    throw new CommandError(EXIT.usage, messageOf(error));
  }
}

/** Reports the connection: open, or lost and tried again. */
function watch(
  source: EventSourceClient,
  given: Given<Options>,
  terminal: Terminal,
  stop: (exit: number) => () => void,
): void {
  let wasOpen = false;
  source.on("open", () => {
    wasOpen = true;
    if (terminal.json) terminal.happened({ event: "open", url: source.url });
    terminal.note(`Connected to ${source.url}`);
  });
  source.on("error", ({ error }) => {
    if (terminal.json)
      terminal.happened({ event: "error", code: error.code, message: error.message });
    if (source.readyState === source.CLOSED) return;
    if (!given.flag("no-reconnect")) return terminal.note(`${error.message}; connecting again`);
    const isEnd = error.code === "stream-ended";
    if (!isEnd) terminal.complain(error.message);
    stop(isEnd ? EXIT.done : wasOpen ? EXIT.closedAbnormally : EXIT.noConnection)();
  });
}

function tell(
  { type, data, lastEventId }: EventSourceMessage,
  pretty: boolean,
  terminal: Terminal,
): void {
  if (terminal.json) return terminal.happened({ event: "message", type, data, lastEventId });
  const mark = type === "message" || !terminal.isWatched ? "" : terminal.paint("cyan", `${type}: `);
  terminal.line(mark + (pretty || terminal.isWatched ? prettyJson(data) : data));
}

function failure(error: EventSourceError): CommandError {
  const isOpening = ["connection-failed", "bad-status", "bad-content-type"].includes(error.code);
  return new CommandError(isOpening ? EXIT.noConnection : EXIT.closedAbnormally, messageOf(error), {
    cause: error,
  });
}

/** Returns the stored id; nothing where there is no file yet. @throws {CommandError} where it cannot be read */
function known(file: string): string | undefined {
  try {
    const id = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    return id === "" ? undefined : id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(EXIT.unreadable, `--id-file: ${messageOf(error)}`);
  }
}

function keep(file: string, id: string): void {
  try {
    writeFileSync(file, `${id}\n`);
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `--id-file: ${messageOf(error)}`);
  }
}
