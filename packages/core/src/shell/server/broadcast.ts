import { prepare, PreparedMessage } from "../../connection/send/prepared.ts";
import { checkNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import { MessageEvent } from "../events/message-event.ts";
import { sendPlain } from "../websocket/send.ts";
import { isBlob, type Sendable, toSendable } from "../websocket/send-queue.ts";
import { SESSION, type Session } from "../websocket/session.ts";
import type { WebSocket } from "../websocket/websocket.ts";

/** Options of {@link broadcast}. */
export interface BroadcastOptions {
  /** The sockets to leave out, such as the sender. @defaultValue none */
  readonly except?: WebSocket | Iterable<WebSocket> | undefined;
  /** Whether extensions may compress it. @defaultValue true */
  readonly compress?: boolean | undefined;
}

/**
 * Sends one message to every open socket of `sockets`. It encodes the message once, and compresses it once for all sockets that agreed on the same
 * parameters without context takeover. `data` is any data of `send()` except Blobs; a received event goes on undecoded.
 * @returns the number of sockets it sent to: not those of drafts 75 and 76 if the message is binary, since they have only text, but also slow ones: `maxBufferedBytes` bounds their `bufferedAmount`.
 * @throws {TypeError} for `undefined`, Blobs, and data without a text of its own: objects, promises, streams; also if sockets and data are swapped.
 */
export function broadcast(
  sockets: Iterable<WebSocket>,
  data: unknown,
  options: BroadcastOptions = {},
): number {
  checkBroadcast(sockets, options);
  const { except, compress = true } = options;
  const message = prepareMessage(data, compress);
  const isLeftOut = exception(except);
  let count = 0;
  for (const socket of sockets) {
    const { [SESSION]: session } = socket;
    if ((session as Session | undefined) === undefined)
      throw new UsageError(
        `broadcast: expected an iterable of sockets, got one that has ${Object.prototype.toString.call(socket)} in it`,
      );
    if (isLeftOut(socket)) continue;
    if (
      sendTo(
        session,
        session.speech === undefined ? message : session.speech.wrap(message, compress),
      )
    )
      count++;
  }
  return count;
}

/** Checks the arguments of {@link broadcast}. @throws {UsageError} for values that are no sockets or no options. */
function checkBroadcast(sockets: unknown, options: unknown): void {
  const isIterable =
    typeof sockets === "object" && sockets !== null && Symbol.iterator in (sockets as object);
  if (!isIterable || sockets instanceof Uint8Array || sockets instanceof String)
    throw new UsageError(
      `broadcast: expected (sockets, data, options), with an iterable of sockets such as server.clients, got ${shownSockets(sockets)}`,
    );
  if (typeof options !== "object" || options === null)
    throw new UsageError(
      `broadcast: expected options such as { except: socket }, got ${String(options)}`,
    );
  checkNames("broadcast", options, ["except", "compress"]);
}

function shownSockets(given: unknown): string {
  if (typeof given === "string") return "a string: data comes second";
  if (typeof given !== "object" || given === null) return String(given);
  if ("clients" in given) return "a server: give its clients";
  if (SESSION in given) return "one socket: its own send() is for that";
  return Object.prototype.toString.call(given);
}

/** Sends a prepared message to one socket. Returns false if the socket is not open, `overflow` drops the message, or a draft has no binary messages. */
export function sendTo(session: Session, message: PreparedMessage): boolean {
  const { driver, queue } = session;
  if (message.kind === "binary" && session.speaksTextOnly) return false;
  if (queue === undefined && driver?.connection.sendable === true) {
    driver.cork();
    if (driver.connection.sendPrepared(message)) return true;
    session.dropped++;
    return false;
  } else if (session.readyState === 1) sendPlain(session, message);
  else return false;
  return true;
}

/** Prepares a message of any data of `send()`. @throws {TypeError} for `undefined` and Blobs. */
export function prepareMessage(data: unknown, compress: boolean): PreparedMessage {
  const message = toSendable(data, true);
  if (message instanceof PreparedMessage) return message;
  if (isBlob(message))
    throw new TypeError("broadcast: a Blob cannot be sent to many; read it first");
  return preparedOf(message, compress);
}

function preparedOf(
  message: Exclude<Sendable, PreparedMessage>,
  compress: boolean,
): PreparedMessage {
  if (!(message instanceof MessageEvent)) return prepare(message, { compress });
  const bytes = message.toBytes();
  return bytes === undefined
    ? prepareMessage(message.data, compress)
    : prepare(bytes, { compress, binary: message.isBinary });
}

function exception(except: BroadcastOptions["except"]): (socket: WebSocket) => boolean {
  if (except === undefined) return () => false;
  if (SESSION in except) return (socket) => socket === except;
  const all = new Set(except);
  return (socket) => all.has(socket);
}
