import { type MessageQueue, messageQueueOf } from "./message-queue.ts";
import type { MessageData, MessageEvent } from "../../events/message-event.ts";
import type { MessageStream } from "./message-stream.ts";
import { checkOptions } from "../../../names.ts";
import type { Session } from "../session.ts";

/** Options of a loop over a socket's messages. */
export interface MessagesOptions {
  /** Whether each message is a `MessageStream`, which the loop reads while it arrives. @defaultValue false: data of a whole message */
  readonly stream?: boolean | undefined;
}

/** @see WebSocket.messages */
export function messagesOf(
  session: Session,
  options: MessagesOptions = {},
): AsyncIterableIterator<MessageData | MessageStream> {
  checkOptions("messages", options, ["stream"]);
  return options.stream === true
    ? new Messages(messageQueueOf(session, true), (item) => item as MessageStream)
    : new Messages(messageQueueOf(session, false), (item) => (item as MessageEvent).data);
}

/** One loop over messages. Several loops share them: each message goes to one. */
class Messages<T> implements AsyncIterableIterator<T> {
  private readonly inbox: MessageQueue;
  private readonly read: (item: MessageEvent | MessageStream) => T;
  private done = false;

  constructor(inbox: MessageQueue, read: (item: MessageEvent | MessageStream) => T) {
    this.inbox = inbox;
    this.read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.done) return { done: true, value: undefined };
    try {
      const item = await this.inbox.take(this);
      if (item !== undefined) return { done: false, value: this.read(item) };
    } catch (error) {
      this.done = true;
      throw error;
    }
    this.done = true;
    return { done: true, value: undefined };
  }

  /** Leaves the loop: the socket stays open, and messages wait for the next loop. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.done = true;
    this.inbox.leave(this);
    return Promise.resolve({ done: true, value: undefined });
  }
}
