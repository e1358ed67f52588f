import { closeInfoOf, type CloseInfo } from "./close-info.ts";
import { withoutUser } from "../transport/network-error.ts";
import { ConnectError, type OpeningSocket, whenOpen } from "./opened.ts";
import type { Session } from "./session.ts";

/** The part of a `WebSocket` that {@link closedOf} uses. */
export interface ClosingSocket {
  prependListener(type: "close", listener: () => void): unknown;
}

interface Promises {
  opened?: Promise<OpeningSocket>;
  closed?: Promise<CloseInfo>;
}

/** The promises of each socket, made when they are first read. */
const promises = new WeakMap<Session, Promises>();

function promisesOf(session: Session): Promises {
  let found = promises.get(session);
  if (found === undefined) promises.set(session, (found = {}));
  return found;
}

/** @see WebSocket.opened */
export function openedOf<S extends OpeningSocket>(socket: S, session: Session): Promise<S> {
  const known = promisesOf(session);
  const { runtime, readyState } = session;
  if (known.opened !== undefined) return known.opened as Promise<S>;
  const promise =
    readyState === 1
      ? Promise.resolve(socket)
      : readyState === 0
        ? whenOpen(socket, (callback) => {
            runtime.setTimeout(callback, 0);
          })
        : Promise.reject(
            new ConnectError(
              `${withoutUser(socket.url)} is closed`,
              "closed",
              session.response,
              undefined,
            ),
          );
  promise.catch(() => {}); // code that awaits it gets the error; if none does, that is no unhandled rejection
  known.opened = promise;
  return promise;
}

/** @see WebSocket.closed */
export function closedOf(socket: ClosingSocket, session: Session): Promise<CloseInfo> {
  // A dead socket emits `close` in a microtask; its state is "closed" before.
  return (promisesOf(session).closed ??=
    session.readyState === 3
      ? Promise.resolve(closeInfoOf(session))
      : new Promise((resolve) => {
          socket.prependListener("close", () => {
            resolve(closeInfoOf(session));
          });
        }));
}
