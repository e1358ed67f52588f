/** A server's WebSocket with a peer that is moved by hand. */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, beforeEach, expect } from "vitest";
import { RawPeer } from "@sansocket/core/testing";
import { WebSocket, type WebSocketOptions } from "../../src/index.ts";
import { opening } from "./raw.ts";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export const pause = (milliseconds = 30): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

// Not `once` of node:events, which rejects on `error`.
export const nextClose = (
  socket: WebSocket,
): Promise<[code: number, reason: string, wasClean: boolean]> =>
  new Promise((resolve) =>
    socket.once("close", (event) => {
      resolve([event.code, event.reason, event.wasClean]);
    }),
  );

interface Knocked {
  readonly peer: RawPeer;
  /** The peer's end. */
  readonly socket: net.Socket;
  /** The arguments of the server's `upgrade` event. */
  readonly upgrade: [http.IncomingMessage, net.Socket, Buffer];
}

interface Opened {
  readonly peer: RawPeer;
  readonly socket: net.Socket;
  readonly ws: WebSocket;
}

/** Serves each test of a file. */
export function rawPeers(): {
  /** Sends an opening, with `after` behind its head. */
  knock(fields?: Record<string, string>, after?: string | Uint8Array): Promise<Knocked>;
  /** Has it accepted. */
  open(options?: WebSocketOptions, fields?: Record<string, string>): Promise<Opened>;
} {
  let server: http.Server;
  let sockets: net.Socket[];

  beforeEach(async () => {
    sockets = [];
    server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function knock(
    fields: Record<string, string> = {},
    after: string | Uint8Array = "",
  ): Promise<Knocked> {
    const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
    sockets.push(socket);
    const peer = new RawPeer(socket, true);
    const upgraded = once(server, "upgrade") as Promise<Knocked["upgrade"]>;
    socket.write(Buffer.concat([Buffer.from(opening(fields, "/chat?room=1")), Buffer.from(after)]));
    return { peer, socket, upgrade: await upgraded };
  }

  async function open(
    options?: WebSocketOptions,
    fields?: Record<string, string>,
  ): Promise<Opened> {
    const { peer, upgrade, socket } = await knock(fields);
    const ws = new WebSocket(...upgrade, null, options);
    const head = await peer.head();
    expect(head.startLine).toBe("HTTP/1.1 101 Switching Protocols");
    return { peer, ws, socket };
  }

  return { knock, open };
}
