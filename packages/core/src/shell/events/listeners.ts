/**
 * DOM-style listeners on an `EventEmitter`. A listener that needs more than a call gets a wrapper, which names
 * it in `listener`, as Node's own `once` does, so that `removeListener` and `listeners()` find it.
 */
import type { EventEmitter } from "node:events";

/** A listener that is an object, as the DOM allows. */
export interface EventListenerObject<E = unknown> {
  handleEvent(event: E): void;
}

/** @see {@link addListener} */
export type EventListener<E = unknown> = ((event: E) => void) | EventListenerObject<E>;

/** The DOM's options that `addEventListener` uses; it ignores the others. */
export interface ListenerOptions {
  /** Removes the listener before it is first called. */
  readonly once?: boolean | undefined;
  /** Removes the listener when it aborts; with an aborted signal, nothing is added. */
  readonly signal?: AbortSignal | undefined;
}

type Callable = (...args: unknown[]) => void;
type Wrapper = Callable & { listener?: unknown };

/** Adds `listener`; it ignores `null` and `undefined`, as the DOM does, and a boolean in place of options. */
export function addListener(
  emitter: EventEmitter,
  type: string,
  listener: EventListener | null | undefined,
  options: ListenerOptions | boolean | null | undefined,
): void {
  if (listener === null || listener === undefined) return;
  const { once = false, signal } = typeof options === "object" && options !== null ? options : {};
  if (signal?.aborted === true) return;
  const direct = typeof listener === "function" ? (listener as Callable) : callerOf(listener);
  if (!once) {
    emitter.on(type, direct);
  } else {
    const wrapper: Wrapper = function (this: unknown, ...args) {
      emitter.removeListener(type, wrapper);
      direct.apply(this, args);
    };
    wrapper.listener = listener;
    emitter.on(type, wrapper);
  }
  signal?.addEventListener("abort", () => removeListener(emitter, type, listener), { once: true });
}

/** Removes the last added registration of `listener`, however it was added. */
export function removeListener(
  emitter: EventEmitter,
  type: string,
  listener: EventListener | null | undefined,
): void {
  const found = emitter
    .rawListeners(type)
    .filter((raw) => raw === listener || (raw as Wrapper).listener === listener)
    .at(-1);
  if (found !== undefined) emitter.removeListener(type, found as Callable);
}

function callerOf(listener: EventListenerObject): Callable {
  // Looked up at each call, as in the DOM: `handleEvent` may be assigned later.
  const caller: Wrapper = (event) => listener.handleEvent(event);
  caller.listener = listener;
  return caller;
}
