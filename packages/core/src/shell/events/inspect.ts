/** The method by which `console.log` of Node and Bun, and `util.inspect` everywhere, show an object. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

type Inspect = (value: unknown, options: object) => string;

/** Makes `console.log` show objects of `prototype` by name, with the fields that `read` returns, and not with internal ones. */
export function showAs<T extends object>(prototype: T, read: (object: T) => object): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T, depth: number, options: object, inspect: Inspect) {
      const { name } = this.constructor;
      if (depth < 0) return `[${name}]`;
      return `${name} ${inspect(read(this), { ...options, depth })}`;
    },
    writable: true,
    configurable: true,
  });
}
