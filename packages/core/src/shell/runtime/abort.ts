import { UsageError } from "../../violation.ts";

/** @throws {UsageError} for an option `signal` that is none; `undefined` and `null` are left out. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  const { aborted, addEventListener } = signal as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") return;
  throw new UsageError(`signal: expected an AbortSignal, got ${typeof signal}`);
}

const waiting = new WeakMap<
  AbortSignal,
  { readonly callbacks: Set<() => void>; readonly listener: () => void }
>();

/**
 * Calls `callback` when `signal` aborts. All callbacks of a signal share one listener, so that Node does not warn of a leak, as it does
 * from eleven listeners on, if a signal ends every stream of a server.
 * @returns a function that removes the callback
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let known = waiting.get(signal);
  if (known === undefined) {
    const callbacks = new Set<() => void>();
    // A callback that is removed meanwhile is not called.
    waiting.set(
      signal,
      (known = {
        callbacks,
        listener: () => {
          for (const one of callbacks) one();
        },
      }),
    );
    signal.addEventListener("abort", known.listener, { once: true });
  }
  const { callbacks, listener } = known;
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signal.removeEventListener("abort", listener);
    waiting.delete(signal);
  };
}
