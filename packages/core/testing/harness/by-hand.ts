/** Servers of the application's own, requests written by hand, and what a wrong use throws. */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { requestHead } from "../../src/testing/wire/line.ts";
import { dialRaw } from "./raw-streams.ts";

interface HasPort {
  address(): net.AddressInfo | string | null;
  close(): unknown;
  listen(port: number, host: string, done: () => void): unknown;
}

/** Runs `use` with a server of the caller's on a port of its own. */
export async function listening(
  server: HasPort,
  use: (port: number) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
    (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  }
}

/** Returns the error that `act` throws. */
export function thrownBy(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new assert.AssertionError({ message: "it did not throw" });
}

export const upgrades = (
  handle: (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void,
): http.Server => http.createServer().on("upgrade", handle);

/** All that answers `request`, which is written by hand. */
export function raw(port: number, request: string, wait = 5000): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = net.connect(port, "127.0.0.1").setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket
      .on("error", () => {})
      .on("close", done)
      .on("end", done);
    socket.setTimeout(wait, done).write(request);
  });
}

export async function statusOf(port: number, fields: Record<string, string> = {}): Promise<number> {
  const peer = await dialRaw(port, false);
  peer.write(requestHead({ Host: `127.0.0.1:${port}`, ...fields }));
  const { startLine } = await peer.head();
  peer.destroy();
  return Number(startLine.split(" ")[1]);
}

/** The warnings of the process while `act` runs: Deno's and Bun's `process` have them too. */
export async function warningsOf(act: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const original = process.emitWarning;
  process.emitWarning = ((text: string | Error) => {
    warnings.push(String(text));
  }) as typeof process.emitWarning;
  try {
    await act();
  } finally {
    process.emitWarning = original;
  }
  return warnings;
}
