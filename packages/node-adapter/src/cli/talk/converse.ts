/** Runs one open socket: shows incoming messages, and sends typed lines, until it closes. */
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { CloseInfo, WebSocket } from "@sansocket/core/shell";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import type { Lines } from "../message/lines.ts";
import { keepPinging, ping } from "../message/pings.ts";
import { runScript } from "../script/run-script.ts";
import type { Step } from "../script/script.ts";
import { sendFile } from "../message/send-file.ts";
import { bytesOfHex, show } from "../message/show.ts";

/** The options of a conversation. */
export interface Manner {
  readonly terminal: Terminal;
  readonly pretty: boolean;
  readonly hex: boolean;
  /** Puts a binary message in a file, and returns its name. */
  readonly save: ((bytes: Uint8Array) => string) | undefined;
  readonly messages: readonly string[];
  readonly files: readonly string[];
  readonly script: readonly Step[] | undefined;
  /** The longest time for an expectation, or a pong, in milliseconds. */
  readonly within: number;
  /** How long to wait after the end of input until nothing more comes, in milliseconds. */
  readonly linger: number;
  /** How often to ping, in milliseconds. */
  readonly pingInterval: number | undefined;
  readonly lines: Lines | undefined;
}

/** How a conversation ended. */
export interface Ending {
  readonly closed: CloseInfo;
  /** Whether this side has sent all its messages: then it does not connect again. */
  readonly isOver: boolean;
}

/** Converses until the socket is closed. @throws {CommandError} for a script that fails */
export async function converse(socket: WebSocket, manner: Manner): Promise<Ending> {
  const { terminal, script, pingInterval } = manner;
  let lastMessage = performance.now();
  socket.on("message", ({ data }) => {
    lastMessage = performance.now();
    receive(data as string | Buffer, manner);
  });
  if (pingInterval !== undefined) keepPinging(socket, pingInterval, terminal);
  const onBroken = (): void => {
    socket.close(1000);
  };
  terminal.broken.addEventListener("abort", onBroken);
  try {
    const spoken = speak(socket, manner, () => lastMessage);
    // A script has its own expectation of the close.
    const isOver = await (script === undefined
      ? Promise.race([spoken, socket.closed.then(() => false)])
      : spoken);
    if (isOver) socket.close(1000);
    return { closed: await socket.closed, isOver };
  } catch (error) {
    socket.close(1000);
    await socket.closed;
    throw error;
  } finally {
    terminal.broken.removeEventListener("abort", onBroken);
  }
}

function receive(data: string | Buffer, { terminal, pretty, hex, save, lines }: Manner): void {
  if (save !== undefined && typeof data !== "string") {
    const file = save(data);
    if (terminal.json) terminal.happened({ event: "message", type: "binary", file });
    else terminal.line(file);
  } else show(terminal, data, { pretty, hex });
  lines?.prompt();
}

/** Sends all messages. Returns whether all were sent; the socket may close before. */
async function speak(
  socket: WebSocket,
  manner: Manner,
  lastMessage: () => number,
): Promise<boolean> {
  const { messages, files, script, lines, terminal, within } = manner;
  for (const message of messages) await send(socket, message);
  for (const file of files) await sendFile(socket, file, terminal);
  if (script !== undefined) await runScript(socket, script, within, terminal);
  else if (lines !== undefined) await sendLines(socket, lines, manner);
  if (socket.readyState !== socket.OPEN) return false;
  if (script === undefined) await untilQuiet(socket, manner, lastMessage);
  return true;
}

async function sendLines(socket: WebSocket, lines: Lines, manner: Manner): Promise<void> {
  const next = nextOf(socket, lines);
  // A closing socket takes no more, though an endless input goes on: `yes | sansocket connect URL | head -1`.
  for (let count = 1; socket.readyState === socket.OPEN; count++) {
    lines.prompt();
    const line = await next();
    if (line === undefined) return;
    // Lines that have come already are only promises: without a pause, nothing would be read or written meanwhile.
    if (count % 64 === 0) await nextTurn();
    lines.take();
    if (process.stdin.isTTY && line.startsWith("/") && !line.startsWith("//"))
      await obey(line, socket, manner);
    else await sendLine(socket, line, manner);
  }
}

/** Returns the function for the next line; `undefined` at the end of input, and when the socket has closed. */
function nextOf(socket: WebSocket, lines: Lines): () => Promise<string | undefined> {
  let onClosed = (): void => {};
  void socket.closed.then(() => {
    onClosed();
  });
  // No `Promise.race` with `closed`, which would keep something of each line until then.
  return () =>
    new Promise((resolve, reject) => {
      onClosed = () => {
        resolve(undefined);
      };
      lines.peek().then(resolve, reject);
    });
}

async function sendLine(socket: WebSocket, line: string, { hex, terminal }: Manner): Promise<void> {
  if (!hex) return send(socket, process.stdin.isTTY ? line.replace(/^\/\//, "/") : line);
  const bytes = bytesOfHex(line);
  if (bytes === undefined)
    return terminal.complain(`not sent, since it is not hexadecimal: ${line}`);
  return send(socket, bytes);
}

/** Sends, and waits while the peer is slower than the input. */
async function send(socket: WebSocket, data: string | Uint8Array): Promise<void> {
  if (socket.send(data) || socket.readyState !== socket.OPEN) return;
  await new Promise<void>((resolve) => {
    socket.once("drain", () => {
      resolve();
    });
    void socket.closed.then(() => {
      resolve();
    });
  });
}

const COMMANDS =
  "/ping, /close [CODE [REASON]], /hex BYTES, /file PATH; a message that begins so: //";

/** A command that was typed among messages. */
async function obey(line: string, socket: WebSocket, manner: Manner): Promise<void> {
  const { terminal, within } = manner;
  const [verb, ...words] = line.slice(1).split(/\s+/);
  try {
    if (verb === "ping") {
      const trip = await ping(socket, words.join(" "), within);
      terminal.note(trip === undefined ? "no pong came" : `pong: ${trip.toFixed(2)} ms`);
    } else if (verb === "close") {
      socket.close(words[0] === undefined ? 1000 : Number(words[0]), words.slice(1).join(" "));
      await socket.closed;
    } else if (verb === "hex") {
      const bytes = bytesOfHex(words.join(" "));
      if (bytes === undefined) terminal.complain("these are no hexadecimal digits");
      else await send(socket, bytes);
    } else if (verb === "file") await sendFile(socket, words.join(" "), terminal);
    else terminal.note(COMMANDS);
  } catch (error) {
    terminal.complain(messageOf(error));
  }
}

/** Waits until the server has presumably answered: its pong has come, and no message follows. */
async function untilQuiet(
  socket: WebSocket,
  { linger, within }: Manner,
  lastMessage: () => number,
): Promise<void> {
  if (linger === Infinity) return void (await socket.closed);
  await ping(socket, "", within);
  const began = performance.now();
  for (;;) {
    const left = Math.max(began, lastMessage()) + linger - performance.now();
    if (left <= 0 || socket.readyState !== socket.OPEN) return;
    const timer = new AbortController();
    await Promise.race([
      socket.closed,
      wait(left, undefined, { signal: timer.signal }).catch(() => {}),
    ]);
    timer.abort();
  }
}

/** The exit code of a conversation that has ended. 1005 is a close without a code, 1001 a server that stops. */
export function exitCodeOf({ code, initiator }: CloseInfo): number {
  const isFine = initiator === "local" ? code !== 1006 : [1000, 1001, 1005].includes(code);
  return isFine ? EXIT.done : EXIT.closedAbnormally;
}

/** Returns the seconds of `--wait` in milliseconds. @throws {CommandError} for text that is no number */
export function lingerOf(text: string | undefined): number {
  if (text === undefined) return 500;
  if (text === "forever") return Infinity;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0) return seconds * 1000;
  throw new CommandError(EXIT.usage, `--wait: expected seconds or "forever", got ${text}`);
}
