import { closeInfoOf, type CloseInfo } from "./close-info.ts";
import { withoutUser } from "../transport/network-error.ts";
import { ConnectError, type OpeningSocket, whenOpen } from "./opened.ts";
import type { Session } from "./session.ts";

/** The part of a `WebSocket` that waiting for its end uses. */
export interface ClosingSocket {
  prependListener(type: "close", listener: () => void): unknown;
}

interface Promises {
  opened?: Promise<OpeningSocket>;
  closed?: Promise<CloseInfo>;
}

/** Of the sockets that were asked. */
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
  promise.catch(() => {}); // whoever awaits it hears; that nobody does is no error
  known.opened = promise;
  return promise;
}

/** @see WebSocket.closed */
export function closedOf(socket: ClosingSocket, session: Session): Promise<CloseInfo> {
  // That a dead socket is closed is told in a microtask; its state says so before.
  return (promisesOf(session).closed ??=
    session.readyState === 3
      ? Promise.resolve(closeInfoOf(session))
      : new Promise((resolve) => {
          socket.prependListener("close", () => {
            resolve(closeInfoOf(session));
          });
        }));
}
