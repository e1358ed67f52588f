/** Clients of drafts 75 and 76, by hand, written from the drafts. */
import net from "node:net";
import { RawPeer } from "@sansocket/core/testing";

export type Draft = "hixie-75" | "hixie-76";

/** The sample of draft-hixie-thewebsocketprotocol-76 §1.2. */
export const KEY2 = "12998 5 Y3 1  .P00";
const KEY1 = "4 @1  46546xW%0l 1 5";
const BODY = "^n:ds[4U";
const ANSWER = "8jKS'y:G*Co,Wxa-";

/** A frame: text between 00 and FF. */
export const frame = (text: string): Buffer =>
  Buffer.concat([Buffer.of(0), Buffer.from(text), Buffer.of(0xff)]);
/** Draft 76's close. */
export const CLOSING = Buffer.of(0xff, 0);

export interface DraftOptions {
  /** Sent behind the head. @defaultValue the sample's body for draft 76 */
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly host?: string;
}

/** The opening request (75: §3.1; 76: §4.1), without the body. */
function draftRequest(
  draft: Draft,
  port: number,
  { fields = {}, target = "/demo?x=1", host = "127.0.0.1" }: DraftOptions = {},
): string {
  const keys =
    draft === "hixie-76" ? { "Sec-WebSocket-Key1": KEY1, "Sec-WebSocket-Key2": KEY2 } : {};
  const head = {
    Upgrade: "WebSocket",
    Connection: "Upgrade",
    Host: `${host}:${port}`,
    Origin: `http://${host}:${port}`,
    ...keys,
    ...fields,
  };
  return `GET ${target} HTTP/1.1\r\n${Object.entries(head)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

export class DraftClient {
  readonly peer: RawPeer;
  readonly draft: Draft;
  readonly port: number;

  constructor(draft: Draft, port: number) {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    this.peer = new RawPeer(socket, false);
    this.draft = draft;
    this.port = port;
  }

  /** Asks, and sends the body with the head. */
  ask(options: DraftOptions = {}): void {
    const { body = this.draft === "hixie-76" ? BODY : "" } = options;
    this.peer.write(
      Buffer.concat([
        Buffer.from(draftRequest(this.draft, this.port, options), "latin1"),
        Buffer.from(body, "latin1"),
      ]),
    );
  }

  /** The response's head, checked, and for draft 76 the answer. */
  async opened(): Promise<ReturnType<RawPeer["head"]>> {
    const head = await this.peer.head("the response");
    if (!head.startLine.startsWith("HTTP/1.1 101 "))
      throw new Error(`not opened: ${head.startLine}`);
    if (this.draft === "hixie-76") await this.answer();
    return head;
  }

  /** Draft 76: the sixteen bytes behind the head. */
  async answer(): Promise<void> {
    const answer = await this.bytes(16);
    if (answer !== ANSWER) throw new Error(`the answer is ${JSON.stringify(answer)}`);
  }

  send(text: string): void {
    this.peer.write(frame(text));
  }

  /** So many bytes. */
  bytes(size: number): Promise<string> {
    return this.peer.take(
      (bytes) =>
        bytes.length < size
          ? undefined
          : { value: Buffer.from(bytes.subarray(0, size)).toString("latin1"), used: size },
      `${size} bytes`,
    );
  }

  /** The next text, or `close` for FF 00. */
  next(): Promise<string> {
    return this.peer.take((bytes) => {
      if (bytes[0] === 0xff)
        return bytes.length < 2
          ? undefined
          : { value: bytes[1] === 0 ? "close" : `FF ${bytes[1]}`, used: 2 };
      const end = bytes.indexOf(0xff);
      return end < 0
        ? undefined
        : {
            value:
              bytes[0] === 0 ? Buffer.from(bytes.subarray(1, end)).toString() : `type ${bytes[0]}`,
            used: end + 1,
          };
    }, "a frame");
  }
}
