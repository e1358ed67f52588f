import { setTimeout as wait } from "node:timers/promises";
import type { WebSocket } from "@sansocket/core/shell";
import { CommandError, EXIT } from "../console/exit.ts";
import { Inbox } from "./inbox.ts";
import { ping } from "../message/pings.ts";
import type { Step } from "./script.ts";
import { sendFile } from "../message/send-file.ts";
import type { Terminal } from "../console/terminal.ts";

/**
 * Carries out a script on an open socket, each expectation within `milliseconds`.
 * @throws {CommandError} for the first step that fails
 */
export async function runScript(
  socket: WebSocket,
  steps: readonly Step[],
  milliseconds: number,
  terminal: Terminal,
): Promise<void> {
  const inbox = new Inbox<string | Buffer>();
  socket.on("message", ({ data }) => {
    inbox.push(data as string | Buffer);
  });
  void socket.closed.then(() => {
    inbox.close();
  });
  for (const step of steps) {
    const problem = await perform(step, socket, inbox, milliseconds, terminal);
    if (problem !== undefined)
      throw new CommandError(EXIT.failed, `line ${step.line} (${step.text}): ${problem}`);
  }
}

async function perform(
  step: Step,
  socket: WebSocket,
  inbox: Inbox<string | Buffer>,
  milliseconds: number,
  terminal: Terminal,
): Promise<string | undefined> {
  switch (step.does) {
    case "send":
      if (socket.readyState !== socket.OPEN) return await closedWords(socket);
      socket.send(step.data);
      return undefined;
    case "send-file":
      return (await sendFile(socket, step.file, terminal)) ? undefined : await closedWords(socket);
    case "expect":
      return await expectMessage(step.matches, socket, inbox, milliseconds);
    case "expect-close":
      return await expectClose(step.code, socket, milliseconds);
    case "ping":
      return (await ping(socket, step.data, milliseconds)) === undefined
        ? `no pong came within ${milliseconds / 1000} s`
        : undefined;
    case "wait":
      await wait(step.milliseconds);
      return undefined;
    case "close":
      socket.close(step.code, step.reason);
      await socket.closed;
      return undefined;
  }
}

async function expectMessage(
  matches: (message: string | Buffer) => boolean,
  socket: WebSocket,
  inbox: Inbox<string | Buffer>,
  milliseconds: number,
): Promise<string | undefined> {
  const message = await inbox.next(milliseconds);
  if (message === undefined)
    return socket.readyState === socket.CLOSED
      ? await closedWords(socket)
      : `nothing came within ${milliseconds / 1000} s`;
  if (matches(message)) return undefined;
  return `got ${typeof message === "string" ? message : `bytes ${message.toString("hex")}`}`;
}

async function expectClose(
  code: number | undefined,
  socket: WebSocket,
  milliseconds: number,
): Promise<string | undefined> {
  const timer = new AbortController();
  const closed = await Promise.race([
    socket.closed,
    wait(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
  if (closed === undefined) return `it did not close within ${milliseconds / 1000} s`;
  return code === undefined || code === closed.code ? undefined : await closedWords(socket);
}

async function closedWords(socket: WebSocket): Promise<string> {
  const { code, reason } = await socket.closed;
  return `the connection was closed with ${code}${reason && ` ${reason}`}`;
}
