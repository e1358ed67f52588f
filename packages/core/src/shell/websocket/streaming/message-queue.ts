import { UsageError } from "../../../violation.ts";
import { ClosedError, closeInfoOf } from "../close-info.ts";
import type { CloseEvent, ErrorEvent } from "../../events/event.ts";
import { MessageEvent } from "../../events/message-event.ts";
import { MessageStream } from "./message-stream.ts";
import { holdReading, releaseReading } from "../hold-reading.ts";
import { FRAGMENT, type Session } from "../session.ts";

/** When this number of messages, or of bytes, waits, the socket stops reading until half of them are taken. */
const MOST_ITEMS = 16;
const MOST_BYTES = 64 * 1024;

const EMPTY = new Uint8Array(0);

type Item = MessageEvent | MessageStream;

interface Waiter {
  readonly owner: object;
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const inboxes = new WeakMap<Session, MessageQueue>();

/**
 * Returns the queue of `session`, made at the first call.
 * @throws {UsageError} if the first call was for the other kind: messages come whole or as streams.
 */
export function messageQueueOf(session: Session, streams: boolean): MessageQueue {
  let inbox = inboxes.get(session);
  if (inbox === undefined) {
    inboxes.set(session, (inbox = new MessageQueue(session, streams)));
    inbox.begin();
  }
  if (inbox.streams !== streams)
    throw new UsageError(
      `messages: this socket's messages are already read ${inbox.streams ? "as streams" : "whole"}`,
    );
  return inbox;
}

/**
 * Keeps messages of one socket until a loop or stream takes them, each message for one of them. When too many wait, the socket stops
 * reading, and in time the peer stops sending.
 */
export class MessageQueue {
  readonly streams: boolean;
  private readonly session: Session;
  private readonly items: Item[] = [];
  private readonly waiters: Waiter[] = [];
  private bytes = 0;
  private holding = false;
  private arriving: MessageStream | undefined = undefined; // its end has not come
  private current: MessageStream | undefined = undefined; // the last that was taken
  private cause: unknown = undefined;
  private end: { readonly error: ClosedError | undefined } | undefined = undefined;

  constructor(session: Session, streams: boolean) {
    const { webSocket: socket } = session;
    this.session = session;
    this.streams = streams;
    // Before the application's listeners: an error of theirs must not lose a message.
    socket.prependListener("message", (event: MessageEvent) => {
      this.receive(event);
    });
    if (session.readyState === 3) return;
    socket.prependListener("error", (event: ErrorEvent) => {
      this.cause = event.error;
    });
    socket.prependListener("close", (_: CloseEvent) => {
      this.close();
    });
    if (!streams) return;
    socket.on(FRAGMENT, this.receiveFragment.bind(this));
    session.driver!.connection.deliver("fragment");
  }

  /** Takes the messages that have come before; for a closed socket these are all. */
  begin(): void {
    const { session } = this;
    this.cause ??= session.untaken?.error?.error;
    session.untaken?.deliver();
    if (session.readyState === 3) this.close();
  }

  /** Returns the next message, or `undefined` when the socket has closed cleanly. Rejects with a {@link ClosedError} when it closes otherwise. */
  async take(owner: object): Promise<Item | undefined> {
    // If the application has not begun to read the message before, it does not want it; otherwise that one ends first.
    this.current?.skipUnread();
    await this.current?.over;
    const item = this.items.shift();
    if (item !== undefined) return this.given(item);
    if (this.end?.error !== undefined) throw this.end.error;
    if (this.end !== undefined) return undefined;
    return new Promise((resolve, reject) => {
      this.waiters.push({ owner, resolve, reject });
    });
  }

  /** `owner` takes no more. */
  leave(owner: object): void {
    const found = this.waiters.findIndex((waiter) => waiter.owner === owner);
    if (found >= 0) this.waiters.splice(found, 1)[0]!.resolve(undefined);
  }

  private receive(event: MessageEvent): void {
    if (!(event instanceof MessageEvent)) return; // an application may dispatch events of its own
    if (!this.streams) {
      this.bytes += event.size;
      return this.add(event);
    }
    const stream = this.startStream(event.isBinary);
    const bytes = event.toBytes() ?? EMPTY;
    this.bytes += bytes.length;
    stream.add(bytes, true);
    this.add(stream);
  }

  private receiveFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    const isNew = this.arriving === undefined;
    const stream = (this.arriving ??= this.startStream(kind === "binary"));
    if (last) this.arriving = undefined;
    this.bytes += end - start;
    stream.add(bytes.subarray(start, end), last);
    if (isNew) this.add(stream);
    else this.regulate();
  }

  private startStream(isBinary: boolean): MessageStream {
    return new MessageStream(isBinary, (size) => {
      this.bytes -= size;
      this.regulate();
    });
  }

  private add(item: Item): void {
    const waiter = this.waiters.shift();
    if (waiter !== undefined) waiter.resolve(this.given(item));
    else this.items.push(item);
    this.regulate();
  }

  private given(item: Item): Item {
    if (item instanceof MessageStream) this.current = item;
    else this.bytes -= item.size;
    this.regulate();
    return item;
  }

  private regulate(): void {
    const { items, bytes, holding } = this;
    if (!holding && (items.length >= MOST_ITEMS || bytes >= MOST_BYTES)) {
      this.holding = true;
      holdReading(this.session, this);
    } else if (holding && items.length <= MOST_ITEMS / 2 && bytes <= MOST_BYTES / 2) {
      this.holding = false;
      releaseReading(this.session, this);
    }
  }

  private close(): void {
    const info = closeInfoOf(this.session);
    const error = new ClosedError(info, this.cause);
    this.end = { error: info.wasClean ? undefined : error };
    this.arriving?.fail(error);
    for (const { resolve, reject } of this.waiters.splice(0)) {
      if (info.wasClean) resolve(undefined);
      else reject(error);
    }
  }
}
