import type { Timer } from "../../actions.ts";
import type {
  ClientConnection,
  Connection,
  OpenConnection,
  ServerConnection,
} from "../../connection/contract.ts";
import type { PreparedMessage } from "../../connection/send/prepared.ts";
import type { Choice, OpeningRequest, OpeningResponse, Refusal } from "../../opening.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue, requestValue, responseValue } from "../values.ts";
import { choiceValue, refusalValue, wrapChoice } from "./choice.ts";
import { COMMAND, INPUT, nameOf, type Recorded, type Recording } from "./recording.ts";

const RECEIVE = nameOf("receive");
const RECEIVE_BACKLOG = nameOf("receiveBacklog");
const SEND_TEXT = nameOf("sendText");
const SEND_TEXT_BYTES = nameOf("sendTextBytes");
const SEND_BINARY = nameOf("sendBinary");
const CORK = nameOf("cork");
const UNCORK = nameOf("uncork");

/** The methods of connections of both roles. */
export type AnyConnection = ServerConnection & ClientConnection & OpenConnection;

/** A connection that writes a line for each call, and then makes it. Which methods make sense depends on the role. */
export class RecordedConnection
  implements ServerConnection, ClientConnection, OpenConnection, Recorded
{
  private readonly inner: AnyConnection;
  private readonly log: Recording;
  private backlog = 0;

  /** @param inner the machine, of whatever role */
  constructor(inner: Connection, log: Recording) {
    this.inner = inner as AnyConnection;
    this.log = log;
    log.attach(this);
  }

  // Inputs.

  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const { log } = this;
    const lines = log.call(INPUT, RECEIVE);
    lines.octets(bytes, start, end);
    lines.end();
    try {
      this.inner.receive(bytes, start, end);
    } finally {
      log.done();
    }
  }

  receiveEnd(): void {
    this.input("receiveEnd", [], () => {
      this.inner.receiveEnd();
    });
  }

  receiveError(): void {
    this.input("receiveError", [], () => {
      this.inner.receiveError();
    });
  }

  /** Called before and after each write: records changes only. */
  receiveBacklog(bytes: number): void {
    if (bytes === this.backlog) return;
    this.backlog = bytes;
    const { log } = this;
    const lines = log.call(INPUT, RECEIVE_BACKLOG);
    lines.value(bytes);
    lines.end();
    this.inner.receiveBacklog(bytes);
    log.done();
  }

  fireTimer(timer: Timer): void {
    this.input("fireTimer", [timer], () => {
      this.inner.fireTimer(timer);
    });
  }

  // Commands.

  sendText(text: string, compress = true): boolean {
    const { log } = this;
    const lines = log.call(COMMAND, SEND_TEXT);
    lines.text(text);
    lines.flag(compress);
    lines.end();
    try {
      return this.inner.sendText(text, compress);
    } catch (error) {
      log.threw(error);
      throw error;
    } finally {
      log.done();
    }
  }

  sendTextBytes(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    return this.sendBytes(SEND_TEXT_BYTES, bytes, start, end, compress);
  }

  sendBinary(bytes: Uint8Array, start = 0, end = bytes.length, compress = true): boolean {
    return this.sendBytes(SEND_BINARY, bytes, start, end, compress);
  }

  private sendBytes(
    name: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    compress: boolean,
  ): boolean {
    const { inner, log } = this;
    const lines = log.call(COMMAND, name);
    lines.octets(bytes, start, end);
    lines.flag(compress);
    lines.end();
    try {
      return name === SEND_BINARY
        ? inner.sendBinary(bytes, start, end, compress)
        : inner.sendTextBytes(bytes, start, end, compress);
    } catch (error) {
      log.threw(error);
      throw error;
    } finally {
      log.done();
    }
  }

  sendParts(
    kind: "text" | "binary",
    parts: readonly Uint8Array[],
    size: number,
    compress = true,
  ): boolean {
    const values = parts.map((part) => bytesValue(part, this.log.most));
    return this.command("sendParts", [kind, values, size, compress], () =>
      this.inner.sendParts(kind, parts, size, compress),
    );
  }

  sendPrepared(message: PreparedMessage): boolean {
    const payload = bytesValue(message.payload(this.log.platform), this.log.most);
    return this.command("sendPrepared", [message.kind, payload, message.compress], () =>
      this.inner.sendPrepared(message),
    );
  }

  sendFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    last = false,
  ): void {
    const value = bytesValue(bytes.subarray(start, end), this.log.most);
    this.command("sendFragment", [kind, value, last], () => {
      this.inner.sendFragment(kind, bytes, start, end, last);
    });
  }

  ping(bytes?: Uint8Array): void {
    this.command("ping", [bytes === undefined ? null : bytesValue(bytes)], () => {
      this.inner.ping(bytes);
    });
  }

  pong(bytes?: Uint8Array): void {
    this.command("pong", [bytes === undefined ? null : bytesValue(bytes)], () => {
      this.inner.pong(bytes);
    });
  }

  close(code?: number, reason?: string): void {
    this.command("close", [code ?? null, reason ?? null], () => {
      this.inner.close(code, reason);
    });
  }

  terminate(): void {
    this.command("terminate", [], () => {
      this.inner.terminate();
    });
  }

  pause(): void {
    this.command("pause", [], () => {
      this.inner.pause();
    });
  }

  resume(): void {
    this.command("resume", [], () => {
      this.inner.resume();
    });
  }

  deliver(unit: "message" | "fragment"): void {
    this.command("deliver", [unit], () => {
      this.inner.deliver(unit);
    });
  }

  cork(): void {
    const { log } = this;
    log.call(COMMAND, CORK).end();
    this.inner.cork();
    log.done();
  }

  uncork(): void {
    const { log } = this;
    log.call(COMMAND, UNCORK).end();
    try {
      this.inner.uncork();
    } catch (error) {
      log.threw(error);
      throw error;
    } finally {
      log.done();
    }
  }

  flush(): void {
    this.command("flush", [], () => {
      this.inner.flush();
    });
  }

  sendFrames(pieces: readonly Uint8Array[]): void {
    const values = pieces.map((piece) => bytesValue(piece, this.log.most));
    this.command("sendFrames", [values], () => {
      this.inner.sendFrames(pieces);
    });
  }

  /** The notice is the application's own, and not recorded. */
  notify(notice: unknown): void {
    this.command("notify", [], () => {
      this.inner.notify(notice);
    });
  }

  start(): void {
    this.command("start", [], () => {
      this.inner.start();
    });
  }

  expectRequest(secure = false): void {
    this.input("expectRequest", [secure], () => {
      this.inner.expectRequest(secure);
    });
  }

  receiveRequest(request: OpeningRequest): void {
    this.input("receiveRequest", [requestValue(request)], () => {
      this.inner.receiveRequest(request);
    });
  }

  accept(choice: Choice = {}): void {
    const wrapped = wrapChoice(choice, this.log);
    this.command("accept", [choiceValue(wrapped)], () => {
      this.inner.accept(wrapped);
    });
  }

  reject(refusal: Refusal): void {
    this.command("reject", [refusalValue(refusal)], () => {
      this.inner.reject(refusal);
    });
  }
  open(): void {
    this.command("open", [], () => {
      this.inner.open();
    });
  }

  receiveResponse(response: OpeningResponse): void {
    this.input("receiveResponse", [responseValue(response)], () => {
      this.inner.receiveResponse(response);
    });
  }

  get state(): Connection["state"] {
    return this.inner.state;
  }

  get path(): string {
    return this.inner.path;
  }

  get supports(): Connection["supports"] {
    return this.inner.supports;
  }

  get sendable(): boolean {
    return this.inner.sendable;
  }

  get closure(): Connection["closure"] {
    return this.inner.closure;
  }

  get latency(): Connection["latency"] {
    return this.inner.latency;
  }

  get bufferedBytes(): number {
    return this.inner.bufferedBytes;
  }

  get isOpening(): boolean {
    return this.inner.state === "connecting";
  }

  get isOver(): boolean {
    return this.inner.state === "closed";
  }

  private input(name: string, values: readonly TraceValue[], run: () => void): void {
    this.log.around(INPUT, name, values, run);
  }

  private command<T>(name: string, values: readonly TraceValue[], run: () => T): T {
    return this.log.around(COMMAND, name, values, run);
  }
}
