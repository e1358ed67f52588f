import type { Action, Actions } from "../../src/actions.ts";
import type { ClientConnection, ServerConnection } from "../../src/connection/contract.ts";
import { createClientConnection, createServerConnection } from "../../src/index.ts";
import type { ClientRequest } from "../../src/opening.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { openingHead, utf8 } from "../../src/testing/wire/bytes.ts";
import { PairEnd } from "../../src/testing/pair.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { acceptFor, decodeFrame } from "../../src/testing/wire/frames.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const NAMES: Record<number, string> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** Bytes for people: short ones as they read, long ones as their size. */
const shown = (bytes: Uint8Array): string =>
  bytes.length > 60 ? `${bytes.length} bytes` : decoder.decode(bytes);
const said = (...words: readonly unknown[]): string =>
  words.filter((word) => word !== "" && word !== undefined).join(" ");

/** The sent bytes as lines, one for each HTTP head or frame. */
export function sentLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    if (rest[0] === 0x48 || rest[0] === 0x47) {
      const text = decoder.decode(rest);
      const end = text.indexOf("\r\n\r\n") + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      lines.push(said(">", text.slice(0, text.indexOf("\r\n")), text.slice(end, end + length)));
      rest = rest.subarray(end + length);
      continue;
    }
    const found = decodeFrame(rest);
    if (found === undefined) return [...lines, `> ${rest.length} bytes of no frame`];
    const { opcode, payload, fin } = found.frame;
    const data =
      opcode === 8 && payload.length > 1
        ? said(payload[0]! * 256 + payload[1]!, shown(payload.subarray(2)))
        : shown(payload);
    lines.push(said(">", fin ? "" : "part of", NAMES[opcode] ?? opcode, data));
    rest = rest.subarray(found.used);
  }
  return lines;
}

/** Actions as lines to compare: a write is one line for each frame, a state is `= open`. */
export function storyOf(actions: readonly Action[]): string[] {
  return actions.flatMap((action): string[] => {
    switch (action[0]) {
      case "write":
        return sentLines(action[1]);
      case "writeMany":
        return sentLines(joinBytes(action[1]));
      case "onState":
        return [`= ${action[1].replace(/^alive\./, "")}`];
      case "onText":
        return [said("onText", shown(action[1]))];
      case "onTextParts":
        return [said("onText", shown(joinBytes(action[1])))];
      case "onBinaryParts":
        return [said("onBinary", shown(joinBytes(action[1])))];
      case "onBinary":
      case "onPing":
      case "onPong":
        return [said(action[0], shown(action[1]))];
      case "onRequest":
        return [`onRequest ${action[1].target}`];
      case "onOpen":
        return ["onOpen"];
      case "onViolation":
        return [`onViolation ${action[1].code}`];
      case "onClose":
        return [said("onClose", action[1], action[2], action[3] ? "clean" : "")];
      default:
        return [said(...action)];
    }
  });
}

/** Calls `react` each time `name` has been emitted, from inside the emission. */
export function when<K extends keyof Actions>(
  end: PairEnd,
  name: K,
  react: (...args: Parameters<Actions[K]>) => void,
): void {
  const record = (end[name] as (...args: unknown[]) => void).bind(end);
  (end as unknown as Record<string, unknown>)[name] = (...args: never[]) => {
    record(...args);
    (react as (...args: never[]) => void)(...args);
  };
}

/** One end of a connection, and what it does. */
export interface Stage<C> {
  readonly connection: C;
  readonly end: PairEnd;
  /** The actions since the last call. */
  story(): string[];
  /** The timers that run. */
  timers(): string[];
}

function stage<C>(end: PairEnd, connection: C): Stage<C> {
  return {
    connection,
    end,
    story: () => storyOf(end.take()),
    timers: () => [...end.timers.keys()].sort(),
  };
}

/** A server's end that has received nothing. */
export function newServer(options?: Partial<ConnectionOptions>): Stage<ServerConnection> {
  const end = new PairEnd(() => 0);
  return stage(end, createServerConnection(end, createTestPlatform(), options));
}

/** A server's end that waits for the application to decide. */
export function decidingServer(options?: Partial<ConnectionOptions>): Stage<ServerConnection> {
  const made = newServer(options);
  made.connection.expectRequest();
  made.connection.receive(openingHead());
  made.end.take();
  return made;
}

/** A server's end that is open. */
export function openServer(options?: Partial<ConnectionOptions>): Stage<ServerConnection> {
  const made = decidingServer(options);
  made.connection.accept();
  made.end.take();
  return made;
}

/** A client's end that has not sent its request. */
export function newClient(
  options?: Partial<ConnectionOptions>,
  request?: Partial<ClientRequest>,
): Stage<ClientConnection> {
  const end = new PairEnd(() => 0);
  return stage(
    end,
    createClientConnection(
      end,
      createTestPlatform(),
      { host: "localhost", target: "/", ...request },
      options,
    ),
  );
}

/** A client's end that has sent its request, and the response that opens. */
export async function askingClient(
  options?: Partial<ConnectionOptions>,
  request?: Partial<ClientRequest>,
): Promise<Stage<ClientConnection> & { response: Uint8Array }> {
  const made = newClient(options, request);
  made.connection.open();
  const head = decoder.decode(joinBytes(made.end.wire.splice(0) as Uint8Array[]));
  const key = /sec-websocket-key: (\S+)/i.exec(head)![1]!;
  made.end.take();
  const response = utf8(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${await acceptFor(key)}\r\n\r\n`,
  );
  return { ...made, response };
}

/** A client's end that is open. */
export async function openClient(
  options?: Partial<ConnectionOptions>,
): Promise<Stage<ClientConnection>> {
  const made = await askingClient(options);
  made.connection.receive(made.response);
  made.end.take();
  return made;
}
