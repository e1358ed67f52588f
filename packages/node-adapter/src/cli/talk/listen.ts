/** `sansocket listen PORT`. */
import type { WebSocket } from "@sansocket/core/shell";
import { broadcast } from "@sansocket/core/shell";
import type { ServeOptions, SocketServer } from "@sansocket/core/node-compat";
import type { Command } from "../command.ts";
import type { Given, OptionTable, Usage } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { listen, serve } from "../../api.ts";
import { exitCodeOf } from "./converse.ts";
import { Lines } from "../message/lines.ts";
import { keepPinging } from "../message/pings.ts";
import { runScript } from "../script/run-script.ts";
import { readScript } from "../script/script-file.ts";
import type { Step } from "../script/script.ts";
import { bytesOfHex, show } from "../message/show.ts";
import { traceFile } from "../message/trace-file.ts";
import { SHOW_OPTIONS, TELL_OPTIONS } from "./options.ts";
import { tellClose, tellOpen } from "./tell.ts";
import { read } from "./way.ts";

const OPTIONS = {
  host: { value: "NAME", help: "the address to listen on (127.0.0.1)" },
  path: { rare: true, value: "PATH", help: "the only path that opens a WebSocket" },
  subprotocol: {
    rare: true,
    short: "s",
    value: "NAME",
    multiple: true,
    help: "speak a subprotocol",
  },
  origin: { short: "o", value: "URL", multiple: true, help: "whose pages may connect; '*' all" },
  cert: { value: "FILE", help: "the server's certificate, PEM: then it is wss:" },
  key: { value: "FILE", help: "and its key" },
  http2: { rare: true, help: "speak HTTP/2 too (RFC 8441)" },
  compress: { short: "c", help: "agree on compression (RFC 7692)" },
  "max-size": { rare: true, value: "BYTES", help: "the largest message to take (67108863)" },
  echo: { short: "e", help: "send back what comes" },
  relay: { short: "r", help: "send what comes to all others" },
  script: { value: "FILE", help: "do what it says with each (sansocket help script)" },
  within: { rare: true, value: "SECONDS", help: "how long an expectation may take (5)" },
  ping: { rare: true, value: "SECONDS", help: "ping as often, and tell the round trips" },
  once: { short: "1", help: "stop when the first that connected has left" },
  ...SHOW_OPTIONS,
  ...TELL_OPTIONS,
} as const satisfies OptionTable;

type Options = typeof OPTIONS;

const usage: Usage<Options> = {
  name: "listen",
  operands: "PORT",
  summary: "Writes each message that comes, and sends each line of its input to all.",
  options: OPTIONS,
  exits: [EXIT.failed, EXIT.noConnection, EXIT.closedAbnormally, EXIT.unreadable, EXIT.interrupted],
};

export const listenCommand: Command<Options> = {
  usage,
  run: async (given, terminal) => {
    const file = given.text("script");
    const script = file === undefined ? undefined : await readScript(file);
    const room = new Room(given, terminal, script);
    const server = await open(serverOptions(given, room), given.flag("http2"));
    if (terminal.json) terminal.happened({ event: "listening", url: server.url });
    else terminal.line(`Listening at ${server.url}`);
    const interrupted = new Promise<number>((resolve) => {
      const onSignal = (): void => {
        resolve(EXIT.interrupted);
      };
      process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
      terminal.broken.addEventListener("abort", () => {
        resolve(EXIT.done);
      });
      if (file !== "-") room.read(onSignal);
    });
    const code = await Promise.race([interrupted, room.over]);
    await server.stop();
    room.close();
    return code;
  },
};

function serverOptions(given: Given<Options>, room: Room): ServeOptions {
  const cert = given.text("cert");
  const key = given.text("key");
  if ((cert === undefined) !== (key === undefined))
    throw new CommandError(EXIT.usage, "--cert and --key belong together");
  const record = given.text("record");
  const origins = given.list("origin");
  const path = given.text("path");
  const maxMessageSize = given.number("max-size");
  return {
    port: Number(given.operand("the port")),
    hostname: given.text("host") ?? "127.0.0.1",
    protocols: given.list("subprotocol"),
    websocket: room.handlers,
    ...(path !== undefined && { path }),
    ...(origins.length > 0 && { origins: origins.includes("*") ? "*" : origins }),
    ...(cert !== undefined &&
      key !== undefined && { tls: { cert: read(cert, "cert"), key: read(key, "key") } }),
    ...(given.flag("compress") && { perMessageDeflate: { threshold: 0 } }),
    ...(maxMessageSize !== undefined && { maxMessageSize }),
    ...(record !== undefined && { record: traceFile(record) }),
  };
}

async function open(options: ServeOptions, http2: boolean): Promise<SocketServer> {
  let server: SocketServer;
  try {
    server = http2 ? serve({ ...options, http2: true }) : listen(options);
  } catch (error) {
    throw new CommandError(EXIT.usage, messageOf(error));
  }
  try {
    await server.ready;
    return server;
  } catch (error) {
    throw new CommandError(EXIT.noConnection, messageOf(error));
  }
}

/** The connected sockets, by their shown numbers. */
class Room {
  readonly handlers: ServeOptions["websocket"];
  /** Resolves with the exit code when the first client has left, with `--once`. */
  readonly over: Promise<number>;
  private readonly numbers = new Map<WebSocket, number>();
  private readonly given: Given<Options>;
  private readonly terminal: Terminal;
  private count = 0;
  private lines: Lines | undefined = undefined;
  private end: (code: number) => void = () => {};

  constructor(given: Given<Options>, terminal: Terminal, script: readonly Step[] | undefined) {
    this.given = given;
    this.terminal = terminal;
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
    this.handlers = {
      open: (socket) => {
        this.enter(socket, script);
      },
      message: (socket, data) => {
        this.hear(socket, data as string | Buffer);
      },
    };
  }

  /** Sends typed lines to all clients. The server goes on after the end of input. */
  read(onInterrupt: () => void): void {
    this.lines = new Lines(onInterrupt);
    void this.sendLines(this.lines);
  }

  close(): void {
    this.lines?.close();
  }

  private async sendLines(lines: Lines): Promise<void> {
    for (;;) {
      lines.prompt();
      const line = await lines.peek();
      lines.take();
      if (line === undefined) return;
      const data = this.given.flag("hex") ? bytesOfHex(line) : line;
      if (data === undefined)
        this.terminal.complain(`not sent, since it is not hexadecimal: ${line}`);
      else broadcast(this.numbers.keys(), data);
    }
  }

  private enter(socket: WebSocket, script: readonly Step[] | undefined): void {
    const { terminal, given } = this;
    const number = ++this.count;
    this.numbers.set(socket, number);
    tellOpen(terminal, socket, number);
    terminal.note(`${number} connected from ${socket.remoteAddress ?? "here"}`);
    const interval = given.milliseconds("ping");
    if (interval) keepPinging(socket, interval, terminal);
    const told = script === undefined ? undefined : this.perform(socket, script);
    void this.leave(socket, number, told);
  }

  /** Returns the exit code. */
  private async perform(socket: WebSocket, script: readonly Step[]): Promise<number> {
    try {
      await runScript(socket, script, this.given.milliseconds("within") ?? 5000, this.terminal);
      socket.close(1000);
      return EXIT.done;
    } catch (error) {
      this.terminal.complain(messageOf(error));
      socket.close(1000);
      return error instanceof CommandError ? error.exitCode : EXIT.failed;
    }
  }

  private async leave(
    socket: WebSocket,
    number: number,
    told: Promise<number> | undefined,
  ): Promise<void> {
    const closed = await socket.closed;
    this.numbers.delete(socket);
    tellClose(this.terminal, closed, number);
    if (this.given.flag("once")) this.end((await told) ?? exitCodeOf(closed));
  }

  private hear(socket: WebSocket, data: string | Buffer): void {
    const { given, terminal } = this;
    const from = this.numbers.get(socket);
    show(terminal, data, {
      pretty: given.flag("pretty"),
      hex: given.flag("hex"),
      ...((terminal.isWatched || terminal.json) && { from }),
    });
    this.lines?.prompt();
    if (given.flag("echo")) socket.send(data);
    if (given.flag("relay")) broadcast(this.numbers.keys(), data, { except: socket });
  }
}
