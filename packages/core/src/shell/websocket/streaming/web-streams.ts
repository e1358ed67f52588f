import { ClosedError, closeInfoOf } from "../close-info.ts";
import type { OpeningSocket } from "../opened.ts";
import { type ClosingSocket, closedOf, openedOf } from "../promises.ts";
import type { MessageData } from "../../events/message-event.ts";
import { messagesOf } from "./messages.ts";
import { closeWith } from "../send.ts";
import type { Session } from "../session.ts";
import { waitForDrain } from "./wait-for-drain.ts";

/** A socket as a pair of Web Streams, a chunk a message. */
export interface WebSocketStreams {
  readonly readable: ReadableStream<MessageData>;
  readonly writable: WritableStream<unknown>;
}

/** The part of a `WebSocket` that {@link streamsOf} uses. */
interface StreamedSocket extends OpeningSocket, ClosingSocket {
  send(data: unknown): boolean;
}

const pairs = new WeakMap<Session, WebSocketStreams>();

/** RFC 6455 §7.4.1: the application's stream failed, and the peer must not take its part for all messages. */
const INTERNAL_ERROR = 1011;

/** @see WebSocket.stream */
export function streamsOf(socket: StreamedSocket, session: Session): WebSocketStreams {
  let pair = pairs.get(session);
  if (pair === undefined)
    pairs.set(
      session,
      (pair = { readable: readableOf(session), writable: writableOf(socket, session) }),
    );
  return pair;
}

function readableOf(session: Session): ReadableStream<MessageData> {
  const messages = messagesOf(session) as AsyncIterableIterator<MessageData>;
  return new ReadableStream<MessageData>(
    {
      async pull(controller) {
        const { done, value } = await messages.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        closeWith(session, 1000, "");
        await messages.return!();
      },
    },
    { highWaterMark: 0 },
  );
}

function writableOf(socket: StreamedSocket, session: Session): WritableStream<unknown> {
  return new WritableStream<unknown>({
    async start(controller) {
      // A writer that waits learns of the end at once, not with its next chunk.
      void closedOf(socket, session).then((info) => {
        controller.error(new ClosedError(info));
      });
      await openedOf(socket, session);
    },
    async write(chunk) {
      if (session.readyState === 1 && !socket.send(chunk)) await waitForDrain(session);
      if (session.readyState > 1) throw new ClosedError(closeInfoOf(session));
    },
    async close() {
      closeWith(session, 1000, "");
      const info = await closedOf(socket, session);
      if (!info.wasClean) throw new ClosedError(info);
    },
    abort() {
      closeWith(session, INTERNAL_ERROR, "");
    },
  });
}
