import { createHash } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import type ws from "ws";
import type { createWebSocketStream, WebSocketServer } from "ws";
import { FrameReader } from "./frames.ts";
import type { Transcript } from "./transcript.ts";
import { watch } from "./transcript.ts";

/** The library under test, by the names of `ws`. */
export type Library = typeof ws & {
  readonly WebSocket: typeof ws;
  readonly WebSocketServer: typeof WebSocketServer;
  readonly Server: typeof WebSocketServer;
  readonly createWebSocketStream: typeof createWebSocketStream;
};

/** One behaviour: what is done, and what is seen of it, which must be the same for both libraries. */
export interface Row {
  readonly name: string;
  run(library: Library, transcript: Transcript): Promise<void> | void;
  /** Where the two differ on purpose: the title of its section in `docs/migrating-from-ws.md`. */
  readonly differs?: string;
}

const EVENTS = [
  "open",
  "message",
  "ping",
  "pong",
  "close",
  "upgrade",
  "unexpected-response",
  "redirect",
];
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** In how many turns of a timer nothing must happen until a scene is over: turns and not time, in which a busy process may have had none. */
const QUIET = 6;

export const acceptOf = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** A peer by hand: reads frames, answers a close frame, and ends its side once it has seen the other's end. */
export class HandPeer {
  readonly socket: net.Socket;
  private readonly reader = new FrameReader();
  private head: Buffer | undefined = Buffer.alloc(0);
  private readonly transcript: Transcript;
  private readonly masked: boolean;
  private readonly answersClose: boolean;
  private sentClose = false;
  private quiet = 0; // turns of the timer in which nothing has happened
  private over = false;
  private heard: ((head: string) => void) | undefined;

  constructor(socket: net.Socket, transcript: Transcript, masked: boolean, answersClose = true) {
    this.socket = socket;
    this.transcript = transcript;
    this.masked = masked;
    this.answersClose = answersClose;
    socket.on("data", (bytes) => {
      this.receive(bytes);
    });
    socket.on("end", () => {
      if (answersClose) transcript.wire.push("end"); // else the other may have dropped the connection before
      socket.end();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.over = true;
    });
  }

  /** The other side's head, once it is complete. */
  gotHead(): Promise<string> {
    return new Promise((resolve) => {
      this.heard = resolve;
    });
  }

  /** Sends bytes; a close frame among them is remembered. */
  send(bytes: Uint8Array): void {
    if ((bytes[0]! & 15) === 8) this.sentClose = true;
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Waits until the connection is gone or nothing has happened for a while. */
  async settled(): Promise<void> {
    for (this.quiet = 0; !this.over && this.quiet < QUIET; this.quiet++) await pause(10);
  }

  private receive(bytes: Buffer): void {
    this.quiet = 0;
    if (this.head !== undefined) {
      const head = Buffer.concat([this.head, bytes]);
      const end = head.indexOf("\r\n\r\n");
      this.head = end === -1 ? head : undefined;
      if (end === -1) return;
      this.heard?.(head.subarray(0, end + 4).toString("latin1"));
      return this.receive(head.subarray(end + 4));
    }
    for (const { words, opcode, payload } of this.reader.push(bytes)) {
      this.transcript.wire.push(words);
      if (opcode === 8 && this.sentClose && !this.masked) this.socket.end();
      if (opcode !== 8 || this.sentClose || !this.answersClose) continue;
      this.sentClose = true;
      this.socket.write(closeFrame(payload, this.masked));
      if (!this.masked) this.socket.end(); // a server's part (RFC 6455 §7.1.1)
    }
  }
}

function closeFrame(payload: Buffer, masked: boolean): Buffer {
  const head = Buffer.from([0x88, payload.length | (masked ? 0x80 : 0)]);
  return masked ? Buffer.concat([head, Buffer.alloc(4), payload]) : Buffer.concat([head, payload]);
}

export interface ServerScene {
  readonly server: WebSocketServer;
  readonly socket: ws;
  readonly peer: HandPeer;
}

/** A server of the library, and a client by hand that is connected to it. `act` may do more, and the scene ends when nothing happens any more. */
export async function withServer(
  library: Library,
  transcript: Transcript,
  options: ws.ServerOptions,
  act: (scene: ServerScene) => Promise<void> | void,
  { extensions = "", answersClose = true, silent = false } = {},
): Promise<void> {
  const server = new library.WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  const connected = once(server, "connection") as Promise<[ws]>;
  const peer = new HandPeer(
    net.connect((server.address() as net.AddressInfo).port, "127.0.0.1"),
    transcript,
    true,
    answersClose,
  );
  const head = peer.gotHead();
  peer.send(
    Buffer.from(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n${extensions}\r\n`,
    ),
  );
  const [socket] = await connected;
  if (!silent) watch(transcript, socket as never, EVENTS);
  socket.on("error", (error) => {
    transcript.note("error", error, `readyState ${socket.readyState}`);
  });
  await head;
  await act({ server, socket, peer });
  await peer.settled();
  peer.socket.destroy();
  await pause(15);
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

export interface ClientScene {
  readonly socket: ws;
  readonly peer: HandPeer;
}

/** A client of the library, and a server by hand that it is connected to. */
export async function withClient(
  library: Library,
  transcript: Transcript,
  options: ws.ClientOptions,
  act: (scene: ClientScene) => Promise<void> | void,
  { extensions = "", answersClose = true, silent = false } = {},
): Promise<void> {
  const listener = net.createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const arrived = once(listener, "connection") as Promise<[net.Socket]>;
  const socket = new library(
    `ws://127.0.0.1:${(listener.address() as net.AddressInfo).port}/`,
    options,
  );
  if (!silent) watch(transcript, socket as never, EVENTS);
  socket.on("error", (error) => {
    transcript.note("error", error, `readyState ${socket.readyState}`);
  });
  const opened = new Promise((resolve) => {
    socket.once("open", resolve);
  });
  const [raw] = await arrived;
  const peer = new HandPeer(raw, transcript, false, answersClose);
  const head = await peer.gotHead();
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)![1]!;
  raw.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n${extensions}\r\n`,
  );
  await opened;
  await act({ socket, peer });
  await peer.settled();
  raw.destroy();
  await pause(15);
  socket.terminate();
  await new Promise((resolve) => {
    listener.close(resolve);
  });
}
