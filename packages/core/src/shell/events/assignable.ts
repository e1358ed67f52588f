/**
 * Lets an application assign to what is read by accessors: the object then has a field of its own, as an object of faye-websocket would.
 * Programs keep what they know of a socket on it, `ws.url = request.url` or `ws.closed = true`, and in strict mode would be thrown at.
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
