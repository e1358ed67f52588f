import type { PreparedMessage } from "../../connection/send/prepared.ts";
import { prepare } from "../../connection/send/prepared.ts";
import { isPattern } from "../../topics/name.ts";
import {
  DATA_HEAD,
  decodeHead,
  encodeHead,
  type Head,
  type ServerWord,
} from "../../topics/wire.ts";
import { prepareMessage } from "../server/broadcast.ts";
import type { WebSocket } from "../websocket/websocket.ts";
import { isBlob, toSendable } from "../websocket/send-queue.ts";
import { sendPlain } from "../websocket/send.ts";
import type { Session } from "../websocket/session.ts";
import type { Topics } from "./topics.ts";
import { headed } from "./message.ts";

/** The wrapped form of each message of a broadcast, which all receivers share. */
const wrapped = new WeakMap<PreparedMessage, PreparedMessage>();

/** The part of `Desk` that the subprotocol uses. */
interface SpeechDesk {
  readonly topics: Topics;
  /** Whether the application has a `subscribe` handler. */
  readonly asks: boolean;
}

/** Speaks the subprotocol for a server's socket: reads the client's lines, and writes one before each message of the application. */
export class Speech {
  private readonly session: Session;
  private readonly desk: SpeechDesk;

  constructor(session: Session, desk: SpeechDesk) {
    this.session = session;
    this.desk = desk;
  }

  /** Returns the message to send in place of the application's. @throws {TypeError} for a Blob. */
  wrap(data: unknown, compress: boolean): PreparedMessage {
    const { platform } = this.session.runtime;
    const sendable = toSendable(data);
    if (typeof sendable === "string") return prepare(DATA_HEAD + sendable, { compress });
    if (isBlob(sendable))
      throw new TypeError("send: a Blob cannot be sent to a client of topics; read it first");
    const message = prepareMessage(sendable, compress);
    let other = wrapped.get(message);
    if (other === undefined) wrapped.set(message, (other = headed(platform, DATA_HEAD, message)));
    return other;
  }

  /**
   * Reads a message of the client.
   * @returns where the application's own payload begins, `undefined` if the message was the subprotocol's
   */
  receive(bytes: Uint8Array, start: number, end: number): number | undefined {
    const read = decodeHead(this.session.runtime.platform, bytes, start, end);
    if (read?.head.word === "data") return read.payload;
    if (
      read === undefined ||
      read.head.topic === undefined ||
      !this.obey(read.head, read.head.topic)
    )
      this.session.close(1002, "Unknown word of topics.sansocket");
    return undefined;
  }

  /** The socket for `Topics`; the session has the part that `Topics` uses. */
  private get socket(): WebSocket {
    return this.session.webSocket as WebSocket;
  }

  private obey({ word, cursor }: Head, topic: string): boolean {
    const { desk } = this;
    if (word === "unsubscribe") {
      this.attempt(() => void desk.topics.unsubscribe(this.socket, topic));
      return true;
    }
    if (word !== "subscribe") return false;
    const isDone = this.attempt(() => this.subscribe(topic, cursor));
    if (!isDone) this.say("refused", topic);
    return true;
  }

  /** Subscribes the client if the server's `websocket.subscribe` allows it; without that handler, never. */
  private subscribe(topic: string, after: string | undefined): boolean {
    const { desk } = this;
    const { topics } = desk;
    if (!desk.asks) return false;
    if (isPattern(topic)) {
      const isNew = topics.subscribe(this.socket, topic);
      if (!isNew && !topics.of(this.socket).includes(topic)) return false;
      // A client that has a cursor was here before: it may have missed messages, of topics that it has never heard of too.
      this.say(isNew && after !== undefined ? "reset" : "subscribed", topic);
      return true;
    }
    let isReported = false;
    const resumed = ({ complete, cursor }: { complete: boolean; cursor: string }): void => {
      isReported = true;
      this.say(complete ? "subscribed" : "reset", topic, cursor);
    };
    if (!topics.subscribe(this.socket, topic, { after, resumed })) {
      if (!topics.of(this.socket).includes(topic)) return false;
      this.say("subscribed", topic);
    } else if (!isReported && !topics.keeps(topic)) this.say("subscribed", topic);
    return true;
  }

  private say(word: ServerWord, topic: string, cursor?: string): void {
    sendPlain(this.session, encodeHead({ word, cursor, topic }));
  }

  /** Catches errors of the application's handler and of an invalid name, so that other clients are not affected. */
  private attempt(act: () => boolean | void): boolean {
    try {
      return act() !== false;
    } catch (error) {
      if (!(error instanceof TypeError)) this.session.runtime.reportError(error);
      return false;
    }
  }
}
