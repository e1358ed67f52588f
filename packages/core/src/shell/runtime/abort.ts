const waiting = new WeakMap<
  AbortSignal,
  { readonly callbacks: Set<() => void>; readonly listener: () => void }
>();

/**
 * Calls `callback` when `signal` aborts. One listener on a signal serves all who wait for it: a signal that ends a server's every stream is no leak,
 * of which Node warns from eleven listeners on.
 * @returns what undoes it
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let known = waiting.get(signal);
  if (known === undefined) {
    const callbacks = new Set<() => void>();
    // One that is taken out meanwhile is passed over.
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
