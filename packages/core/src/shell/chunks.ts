/** What can be sent piece by piece: anything iterable, `ReadableStream`s and Node's streams among it. */
export type ChunkSource = Iterable<unknown> | AsyncIterable<unknown> | ReadableStream<unknown>;

/** The chunks of a source, in a form that can be told to stop while the next is waited for. */
export interface Chunks {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Nobody waits for what stopping brings, and its failure changes nothing. */
  stop(): void;
}

/**
 * An async generator hears `return()` only when it comes to its next `yield`; what can be cancelled while it waits, is: a Node stream
 * by `destroy`, a Web stream by its reader.
 * @throws {TypeError} for what is not iterable.
 */
export function chunksOf(source: ChunkSource): Chunks {
  if ("getReader" in source) {
    const reader = source.getReader();
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: quietly(() => reader.cancel()) };
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const stream = source as { destroy?: () => void };
  return { next: () => iterator.next(), stop: quietly(() => typeof stream.destroy === "function" ? stream.destroy() : iterator.return?.()) };
}

function quietly(stop: () => unknown): () => void {
  return () => void Promise.resolve().then(stop).catch(() => {});
}
