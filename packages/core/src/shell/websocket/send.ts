/**
 * Takes messages from the `WebSocket` to the connection: at once if it takes them, else through the session's queue.
 */
import { checkOptions } from "../../names.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";
import { PreparedMessage } from "../../connection/send/prepared.ts";
import type { ClientConnection, ServerConnection } from "../../connection/contract.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { MessageEvent } from "../events/message-event.ts";
import { PongCallbacks } from "./pong-callbacks.ts";
import {
  type BlobLike,
  isBlob,
  type Sendable,
  SendQueue,
  sendOn,
  toSendable,
} from "./send-queue.ts";
import {
  awaitSent,
  notSent,
  type NotifyingSession,
  type SendCallback,
} from "./sending/sent-callbacks.ts";

/** The part of a session that sending uses. */
export interface SendingSession extends NotifyingSession {
  readonly driver:
    | {
        readonly connection: ServerConnection | ClientConnection;
        readonly backedUp: boolean;
        cork(): void;
      }
    | undefined;
  readonly runtime: Pick<Runtime, "platform" | "queueMicrotask" | "reportError">;
  readonly readyState: 0 | 1 | 2 | 3;
  /** `send` refuses data without a text of its own. */
  readonly isModern: boolean;
  readonly speaksTextOnly: boolean;
  readonly queueLimit: number;
  /** Messages sent too early. */
  queue: SendQueue | undefined;
  /** `close()` was called while a Blob was being read: it goes last. */
  closeAfterQueue: [code: number, reason: string] | undefined;
  pongCallbacks: PongCallbacks | undefined;
  /** Speaks the subprotocol of topics, if that was chosen. */
  readonly speech: { wrap(data: unknown, compress: boolean): unknown } | undefined;
  /** Emits an error. */
  fail(message: string, error: unknown): void;
}

/** Options of one message. */
export interface SendingOptions {
  /** Whether extensions may compress it. @defaultValue true */
  readonly compress?: boolean | undefined;
}

/** Sends a message. @see WebSocket.send */
export function send(
  session: SendingSession,
  data: unknown,
  options?: SendingOptions | SendCallback | null,
  callback?: SendCallback,
): boolean {
  if (typeof options === "function") return send(session, data, undefined, options);
  if (callback !== undefined && typeof callback !== "function") {
    if (callback !== null)
      throw new UsageError(`send: the callback is a function, got ${typeof callback}`);
    callback = undefined;
  }
  const { speech } = session;
  if (speech === undefined) return sendPlain(session, data, options, callback);
  if (session.isModern) toSendable(data, true);
  return sendPlain(session, speech.wrap(data, options?.compress !== false), options, callback);
}

/** Returns `value` as JSON. @throws {UsageError} for a value without JSON. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new UsageError(`sendJSON: ${typeof value} has no JSON`);
  return text;
}

const OPTIONS = ["compress"] as const;

/** Sends a message as it is, even if the socket speaks the subprotocol of topics. */
export function sendPlain(
  session: SendingSession,
  data: unknown,
  options?: SendingOptions | null,
  callback?: SendCallback,
): boolean {
  const message = toSendable(data, session.isModern);
  if (session.isModern) checkOptions("send", options, OPTIONS);
  const compress = options?.compress !== false;
  const { driver } = session;
  if (driver === undefined) return notSent(session, "closed", callback);
  if (session.queue !== undefined || !driver.connection.sendable || isBlob(message))
    return enqueue(session, message, compress, callback);
  if (session.speaksTextOnly) refuseBinary(message);
  driver.cork();
  if (!sendOn(driver.connection, message, compress)) return notSent(session, "dropped", callback);
  if (callback !== undefined) awaitSent(session, callback);
  return !driver.backedUp;
}

/** Sends a ping or pong. @throws {RangeError} for more than 125 bytes (RFC 6455 §5.5). */
export function sendControl(
  session: SendingSession,
  kind: "ping" | "pong",
  message: unknown,
  callback?: (() => void) | null,
): boolean {
  if (session.driver === undefined || session.readyState > 1 || session.speaksTextOnly)
    return false;
  const payload = controlPayload(session, message, 125, kind);
  if (callback) (session.pongCallbacks ??= new PongCallbacks()).add(payload, callback);
  const { connection } = session.driver;
  if ((session.queue !== undefined && !session.queue.streams) || !connection.sendable) {
    (session.queue ??= new SendQueue()).addBytes(kind, payload);
    return true;
  }
  session.driver.cork();
  connection[kind](payload);
  return true;
}

/** Starts the closing handshake with a code that applications may send. @see WebSocket.close */
export function close(session: SendingSession, code: unknown, reason: unknown): void {
  const number = checkedCode(code);
  const text = String(reason ?? "");
  controlPayload(session, text, 123, "close");
  closeWith(session, number, text);
}

/** Starts the closing handshake after all waiting messages, with any code that may be sent. */
export function closeWith(session: SendingSession, code: number, reason: string): void {
  const { driver } = session;
  if (driver === undefined || session.readyState > 1) return;
  if (session.queue !== undefined && driver.connection.sendable) {
    session.closeAfterQueue = [code, reason];
    return;
  }
  driver.cork();
  driver.connection.close(code, reason);
}

/** Sends waiting messages, as far as the connection takes them. */
export function flush(session: SendingSession): void {
  const { driver, queue } = session;
  if (driver === undefined || queue === undefined) return;
  driver.cork();
  if (!queue.flush(driver.connection)) return;
  session.queue = undefined;
  if (session.closeAfterQueue !== undefined) driver.connection.close(...session.closeAfterQueue);
}

function enqueue(
  session: SendingSession,
  message: Sendable | BlobLike,
  compress: boolean,
  callback: SendCallback | undefined,
): boolean {
  if (session.readyState > 1) return notSent(session, "closed", callback);
  if (session.speaksTextOnly) refuseBinary(message);
  const queue = (session.queue ??= new SendQueue());
  const isAlone = queue.size === 0;
  if (isBlob(message))
    queue.addBlob(
      message,
      compress,
      () => {
        flush(session);
      },
      (error) => {
        abandon(session, error);
      },
    );
  else if (typeof message === "string")
    queue.addBytes("text", session.runtime.platform.encodeUtf8(message), compress);
  else if (message instanceof PreparedMessage)
    queue.addBytes(message.kind, message.payload(session.runtime.platform), message.compress);
  else queue.addMessage(message, compress);
  queue.addOutcome((outcome) => {
    if (outcome !== "sent") notSent(session, outcome, callback);
    else if (callback !== undefined) awaitSent(session, callback);
  });
  if (isAlone || queue.size <= session.queueLimit) return true;
  abandon(session, new ProtocolViolation("output-overflow", session.queueLimit));
  return false;
}

function refuseBinary(message: Sendable | BlobLike): void {
  if (
    typeof message === "string" ||
    (message instanceof MessageEvent && !message.isBinary) ||
    (message instanceof PreparedMessage && message.kind === "text")
  )
    return;
  throw new UsageError(
    "Failed to execute 'send' on 'WebSocket': the peer speaks a draft of the protocol that knows text only",
  );
}

/** Terminates the connection, since a waiting message can never be sent. */
function abandon(session: SendingSession, error: unknown): void {
  session.fail(error instanceof Error ? error.message : String(error), error);
  session.driver?.connection.terminate();
}

function controlPayload(
  session: SendingSession,
  message: unknown,
  most: number,
  method: string,
): Uint8Array | undefined {
  if (message === undefined || message === null || message === "") return undefined;
  const sendable = toSendable(message);
  const payload =
    sendable instanceof Uint8Array
      ? sendable
      : session.runtime.platform.encodeUtf8(String(message));
  if (payload.length > most)
    throw new RangeError(
      `Failed to execute '${method}' on WebSocket: at most ${most} bytes are allowed, got ${payload.length}`,
    );
  return payload;
}

function checkedCode(code: unknown): number {
  if (code === undefined || code === 1000) return 1000;
  // faye-websocket has always accepted digits in a string, except "1000".
  const number = code === "1000" ? NaN : typeof code === "string" ? Number(code) : code;
  if (typeof number === "number" && Number.isInteger(number) && number >= 3000 && number <= 4999)
    return number;
  // The Web's error (an `Error` too), with faye-websocket's text.
  throw new DOMException(
    `Failed to execute 'close' on WebSocket: The code must be either 1000, or between 3000 and 4999. ${String(code)} is neither.`,
    "InvalidAccessError",
  );
}
