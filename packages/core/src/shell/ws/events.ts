import type { EventEmitter } from "node:events";

/** Marks listeners that `onmessage = …` and its like have added. */
export const ATTRIBUTE: unique symbol = Symbol("attribute");
/** The listener that the application passed. */
export const HANDLER: unique symbol = Symbol("handler");

type Handler = ((event: Event) => void) | { handleEvent(event: Event): void };
type Listener = ((...args: unknown[]) => void) & { [ATTRIBUTE]?: boolean; [HANDLER]?: Handler };

/** An event with the browsers' fields that applications read. */
export class Event {
  readonly type: string;
  readonly target: object | null;

  constructor(type: string, target: object | null = null) {
    this.type = type;
    this.target = target;
  }
}

/** A message: `data` is a string for text. */
export class MessageEvent extends Event {
  readonly data: unknown;

  constructor(target: object, data: unknown) {
    super("message", target);
    this.data = data;
  }
}

export class CloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(target: object, code: number, reason: string, wasClean: boolean) {
    super("close", target);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

export class ErrorEvent extends Event {
  readonly error: Error;
  readonly message: string;

  constructor(target: object, error: Error) {
    super("error", target);
    this.error = error;
    this.message = error.message;
  }
}

/** The `WebSocket` that events come from. */
interface Source extends EventEmitter {
  readonly _ownClean: boolean;
}

/** Makes the browsers' event of each event of the emitter, by name. */
const makers: Readonly<Record<string, (source: Source, ...args: never[]) => Event>> = {
  open: (source) => new Event("open", source),
  message: (source, data: unknown, isBinary: boolean) =>
    new MessageEvent(source, isBinary ? data : String(data)),
  close: (source, code: number, reason: unknown) =>
    new CloseEvent(source, code, String(reason), source._ownClean),
  error: (source, error: Error) => new ErrorEvent(source, error),
};

/** The event names of the `on…` attributes. */
const EVENT_TYPES = Object.keys(makers);

function add(
  source: Source,
  type: string,
  handler: Handler,
  attribute: boolean,
  once: boolean,
): void {
  const make = makers[type];
  if (make === undefined) return;
  const listener: Listener = (...args) => {
    const event = make(source, ...(args as never[]));
    if (typeof handler === "object" && typeof handler.handleEvent === "function")
      handler.handleEvent(event);
    else (handler as (this: Source, event: Event) => void).call(source, event);
  };
  listener[ATTRIBUTE] = attribute;
  listener[HANDLER] = handler;
  if (once) source.once(type, listener);
  else source.on(type, listener);
}

const listenersOf = (source: EventEmitter, type: string): Listener[] =>
  source.listeners(type) as Listener[];

/** Adds a listener of the browsers' kind, unless it has been added already. It ignores options other than `once`. */
export function addEventListener(
  this: Source,
  type: string,
  handler: Handler,
  options: { once?: boolean } | boolean = {},
): void {
  const known = listenersOf(this, type).some(
    (each) => each[HANDLER] === handler && each[ATTRIBUTE] !== true,
  );
  if (!known)
    add(
      this,
      type,
      handler,
      false,
      typeof options === "object" && options !== null && options.once === true,
    );
}

export function removeEventListener(this: Source, type: string, handler: Handler): void {
  const found = listenersOf(this, type).find(
    (each) => each[HANDLER] === handler && each[ATTRIBUTE] !== true,
  );
  if (found !== undefined) this.removeListener(type, found);
}

/** The `on…` attributes, as accessors for a prototype. */
export const eventAttributes: PropertyDescriptorMap = Object.fromEntries(
  EVENT_TYPES.map((type) => [
    `on${type}`,
    {
      configurable: true,
      enumerable: true,
      get(this: Source): unknown {
        return listenersOf(this, type).find((each) => each[ATTRIBUTE] === true)?.[HANDLER] ?? null;
      },
      set(this: Source, handler: unknown): void {
        const before = listenersOf(this, type).find((each) => each[ATTRIBUTE] === true);
        if (before !== undefined) this.removeListener(type, before);
        if (typeof handler === "function") add(this, type, handler as Handler, true, false);
      },
    },
  ]),
);
