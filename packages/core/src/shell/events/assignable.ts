/**
 * Lets an application assign to properties that have accessors: the object then has a field of its own, as in faye-websocket.
 * Programs keep notes on a socket, `ws.url = request.url` or `ws.closed = true`, which would throw in strict mode.
 */
export function makeAssignable(prototype: object): void {
  for (const [name, { get, set, enumerable }] of Object.entries(
    Object.getOwnPropertyDescriptors(prototype),
  )) {
    if (get === undefined || set !== undefined) continue;
    const assign = function (this: object, value: unknown): void {
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    };
    Object.defineProperty(prototype, name, {
      get,
      set: assign,
      enumerable: enumerable ?? false,
      configurable: true,
    });
  }
}
