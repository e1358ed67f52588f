/** A broker of the interop command, and a conversation with one. */
import type { WebSocket } from "../../../src/index.ts";
import { until } from "../backends.ts";
import type { Peer, Row } from "../peer.ts";

export interface Broker extends Peer {
  readonly role: "broker";
  run(): Promise<Row[]>;
}

/** A broker: the words for its row, how it starts, and how it speaks. */
export interface Gateway {
  readonly name: string;
  readonly title: string;
  readonly install: string;
  readonly notes: string;
  readonly asks: readonly [command: string, ...args: string[]];
  readonly path: string;
  readonly protocols: readonly string[];
  /** Its configuration; `echo` is the port of a TCP server that echoes. */
  config?(port: number, echo: number): string;
  command(folder: string, port: number, echo: number): readonly string[];
  /** Sends what the broker needs before it passes messages on. */
  begin(talk: Talk): Promise<void>;
  /** Sends `payload` so that it comes back. */
  send(talk: Talk, payload: Buffer): void;
}

/** A socket, and all that has come. */
export class Talk {
  readonly socket: WebSocket;
  heard = Buffer.alloc(0);
  /** Our name at the broker. */
  self = "";

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", ({ data }: { data: unknown }) => {
      this.heard = Buffer.concat([this.heard, Buffer.from(data as string)]);
    });
  }

  /** Waits until `bytes` have come. */
  async hears(bytes: string | Buffer): Promise<void> {
    const found = await until(() => (this.heard.includes(bytes) ? true : undefined), 15_000);
    if (found === undefined) throw new Error("nothing came back");
  }
}
