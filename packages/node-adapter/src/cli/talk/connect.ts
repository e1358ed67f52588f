/** `sansocket connect URL`. */
import { setTimeout as wait } from "node:timers/promises";
import { ConnectError } from "@sansocket/core/shell";
import type { Client, ConnectOptions } from "@sansocket/core/node-compat";
import type { Command } from "../command.ts";
import type { Given, OptionTable, Usage } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { connect } from "../../api.ts";
import { converse, exitCodeOf, lingerOf, type Manner } from "./converse.ts";
import { Lines } from "../message/lines.ts";
import { IncomingProgress, ProgressBar, seesProgress } from "../message/progress.ts";
import { saver } from "../message/save.ts";
import { readScript } from "../script/script-file.ts";
import { traceFile } from "../message/trace-file.ts";
import { SHOW_OPTIONS, TELL_OPTIONS } from "./options.ts";
import { tellClose, tellOpen } from "./tell.ts";
import { fieldsOf, proxyOf, tlsOf, urlOf, WAY_OPTIONS } from "./way.ts";

const OPTIONS = {
  subprotocol: { short: "s", value: "NAME", multiple: true, help: "offer a subprotocol" },
  origin: { rare: true, short: "o", value: "URL", help: "the field Origin, as of a page there" },
  ...WAY_OPTIONS,
  http2: { rare: true, help: "by HTTP/2 where the server does (RFC 8441)" },
  compress: { short: "c", help: "offer compression (RFC 7692)" },
  follow: { rare: true, short: "L", help: "go where the server redirects" },
  timeout: { rare: true, value: "SECONDS", help: "for the opening (10)" },
  "max-size": { rare: true, value: "BYTES", help: "the largest message to take (67108863)" },
  ping: { rare: true, value: "SECONDS", help: "ping as often, and tell the round trips" },
  message: { short: "m", value: "TEXT", multiple: true, help: "send this, in place of lines" },
  send: { value: "FILE", multiple: true, help: "send this file as one message; - is input" },
  save: { value: "FOLDER", help: "put binary messages in files there" },
  ...SHOW_OPTIONS,
  script: { value: "FILE", help: "do what it says (sansocket help script); - is input" },
  within: { rare: true, value: "SECONDS", help: "how long an expectation may take (5)" },
  wait: { value: "SECONDS", help: "stay after the end of input, until silent (0.5)" },
  reconnect: { rare: true, value: "SECONDS", help: "connect again, at first after so long" },
  ...TELL_OPTIONS,
} as const satisfies OptionTable;

type Options = typeof OPTIONS;

const usage: Usage<Options> = {
  name: "connect",
  operands: "URL",
  summary: "Sends each line of its input as a message, and writes each that comes.",
  options: OPTIONS,
  exits: [EXIT.failed, EXIT.noConnection, EXIT.closedAbnormally, EXIT.unreadable, EXIT.interrupted],
};

export const connectCommand: Command<Options> = {
  usage,
  run: async (given, terminal) => {
    const url = urlOf(given.operand("the URL"), "ws");
    const options = connectOptions(given, url);
    const interrupt = new Interrupt();
    const manner = await mannerOf(given, terminal, interrupt);
    try {
      return await talk(url, options, given.milliseconds("reconnect"), manner, interrupt);
    } finally {
      manner.lines?.close();
      interrupt.end();
    }
  },
};

function connectOptions(given: Given<Options>, url: string): ConnectOptions {
  const proxy = proxyOf(given, url);
  const tls = tlsOf(given);
  const timeout = given.milliseconds("timeout");
  const maxMessageSize = given.number("max-size");
  const record = given.text("record");
  return {
    protocols: given.list("subprotocol"),
    headers: fieldsOf(given),
    origin: given.text("origin"),
    followRedirects: given.flag("follow"),
    ...(tls !== undefined && { tls }),
    ...(proxy !== undefined && { proxy: { origin: proxy } }),
    ...(given.flag("http2") && { http2: true }),
    ...(given.flag("compress") && { perMessageDeflate: { threshold: 0 } }),
    ...(timeout !== undefined && { handshakeTimeout: timeout }),
    ...(maxMessageSize !== undefined && { maxMessageSize }),
    ...(record !== undefined && { record: traceFile(record) }),
  };
}

async function mannerOf(
  given: Given<Options>,
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<Manner> {
  const folder = given.text("save");
  const scriptFile = given.text("script");
  const messages = given.list("message");
  const files = given.list("send");
  if (scriptFile !== undefined && given.text("reconnect") !== undefined)
    throw new CommandError(EXIT.usage, "--script and --reconnect do not go together");
  const pingInterval = given.milliseconds("ping");
  const script = scriptFile === undefined ? undefined : await readScript(scriptFile);
  const speaks = script !== undefined || messages.length > 0 || files.length > 0;
  return {
    terminal,
    pretty: given.flag("pretty"),
    hex: given.flag("hex"),
    save: folder === undefined ? undefined : saver(folder),
    messages,
    files,
    script,
    within: given.milliseconds("within") ?? 5000,
    linger: lingerOf(given.text("wait")),
    pingInterval: pingInterval === 0 ? undefined : pingInterval,
    lines: speaks
      ? undefined
      : new Lines(() => {
          interrupt.fire();
        }),
  };
}

/** The longest wait between two attempts, in milliseconds. */
const LONGEST_WAIT = 30_000;

/** Connects, converses, and repeats both with `--reconnect`. */
async function talk(
  url: string,
  options: ConnectOptions,
  firstWait: number | undefined,
  manner: Manner,
  interrupt: Interrupt,
): Promise<number> {
  const { terminal } = manner;
  for (let delay = firstWait; ; delay = Math.min((delay ?? 0) * 2, LONGEST_WAIT)) {
    const socket = await open(url, options, delay !== undefined, manner, interrupt);
    if (interrupt.code !== undefined) return interrupt.code;
    if (socket !== undefined) {
      delay = firstWait;
      const stop = interrupt.whenFired(() => {
        socket.close(1000);
      });
      const { closed, isOver } = await converse(socket, manner);
      stop();
      // A script that reached its end expected the close, too.
      if (manner.script !== undefined) return interrupt.code ?? EXIT.done;
      tellClose(terminal, closed, undefined);
      if (interrupt.code !== undefined) return interrupt.code;
      if (delay === undefined || isOver || terminal.broken.aborted || closed.initiator === "local")
        return terminal.broken.aborted ? EXIT.done : exitCodeOf(closed);
    }
    terminal.note(`Connecting again in ${(delay ?? 0) / 1000} s`);
    await wait(delay, undefined, { signal: interrupt.signal }).catch(() => {});
    if (interrupt.code !== undefined) return interrupt.code;
  }
}

/** Returns the open socket; nothing where the attempt failed and another follows. */
async function open(
  url: string,
  options: ConnectOptions,
  again: boolean,
  { terminal }: Manner,
  interrupt: Interrupt,
): Promise<Client | undefined> {
  try {
    const socket = await connect(url, {
      ...options,
      signal: interrupt.signal,
      ...(seesProgress(terminal) && {
        observer: new IncomingProgress(new ProgressBar("received")),
      }),
    });
    const { statusCode: status, headers, protocol, extensions } = socket;
    tellOpen(terminal, socket, undefined, { status, headers });
    const agreed = [protocol, extensions].filter(Boolean).join("; ");
    terminal.note(`Connected to ${socket.url}${agreed && ` (${agreed})`}`);
    return socket;
  } catch (error) {
    if (interrupt.code !== undefined) return undefined;
    if (!(error instanceof ConnectError)) throw new CommandError(EXIT.usage, messageOf(error));
    if (terminal.json)
      terminal.happened({
        event: "error",
        code: error.code,
        message: error.message,
        status: error.status,
      });
    if (!again) throw new CommandError(EXIT.noConnection, error.message);
    terminal.complain(error.message);
    return undefined;
  }
}

/** Ctrl-C: the first closes, the second ends at once. */
class Interrupt {
  private readonly controller = new AbortController();
  private readonly listener = (): void => {
    this.fire();
  };

  constructor() {
    process.on("SIGINT", this.listener).on("SIGTERM", this.listener);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The exit code after an interrupt. */
  get code(): number | undefined {
    return this.signal.aborted ? EXIT.interrupted : undefined;
  }

  fire(): void {
    if (this.signal.aborted) process.exit(EXIT.interrupted);
    this.controller.abort(new Error("interrupted"));
  }

  /** Calls `then` on an interrupt, until the caller calls the returned function. */
  whenFired(then: () => void): () => void {
    this.signal.addEventListener("abort", then);
    return () => {
      this.signal.removeEventListener("abort", then);
    };
  }

  end(): void {
    process.off("SIGINT", this.listener).off("SIGTERM", this.listener);
  }
}
