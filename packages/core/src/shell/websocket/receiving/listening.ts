import { Stream } from "node:stream";
import { SESSION, type Session } from "../session.ts";
import { listenerAdded } from "./untaken.ts";

type Add = (this: object, type: string | symbol, listener: (...args: unknown[]) => void) => unknown;
type Socket = object & { readonly [SESSION]?: Session };

/** The methods that add listeners; `once` and `pipe` call them too. */
const ADDING = ["on", "addListener", "prependListener"] as const;

/** The handlers that get events which came before they were set. */
const HANDLERS = ["message", "error", "close"] as const;

/** Makes sockets of `prototype` notice each new listener and handler, for which events may wait. */
export function noticeListeners(prototype: Stream): void {
  for (const name of ADDING) {
    const add = Stream.prototype[name] as Add;
    const noticing: Add = function (this: Socket, type, listener) {
      add.call(this, type, listener);
      listenerAdded(this[SESSION], type, listener);
      return this;
    };
    Object.defineProperty(prototype, name, { value: noticing, writable: true, configurable: true });
  }
  for (const type of HANDLERS) noticeHandler(prototype, type);
}

/** Makes an assigned handler the socket's own property; until then `on…` is null. */
function noticeHandler(prototype: object, type: string): void {
  const name = `on${type}`;
  Object.defineProperty(prototype, name, {
    get: () => null,
    set(this: Socket, handler: unknown) {
      if (typeof handler !== "function") return;
      Object.defineProperty(this, name, {
        value: handler,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      listenerAdded(this[SESSION], type, handler as () => void);
    },
    enumerable: true,
    configurable: true,
  });
}
