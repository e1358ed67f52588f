/** What can be sent piece by piece: anything iterable, `ReadableStream`s and Node's streams among it, and what a `Blob` holds. */
export type ChunkSource =
  Iterable<unknown> | AsyncIterable<unknown> | ReadableStream<unknown> | Blob;

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
  const pieces = piecesOf(source);
  if ("getReader" in pieces) {
    const reader = pieces.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<unknown>>,
      stop: quietly(() => reader.cancel()),
    };
  }
  const iterator =
    Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  const stream = pieces as { destroy?: () => void };
  return {
    next: () => iterator.next(),
    stop: quietly(() =>
      typeof stream.destroy === "function" ? stream.destroy() : iterator.return?.(),
    ),
  };
}

/** A text or bytes could be iterated, by characters and octets, but are meant as they are. */
function piecesOf(source: ChunkSource | undefined | null): Exclude<ChunkSource, Blob> {
  if (typeof source === "string" || ArrayBuffer.isView(source)) return [source];
  if (typeof source === "object" && source !== null) {
    if ("getReader" in source || Symbol.asyncIterator in source || Symbol.iterator in source)
      return source;
    if (typeof source.stream === "function") return source.stream();
  }
  throw new TypeError(
    `expected what can be iterated, such as a stream, a generator or an array; got ${typeof source}`,
  );
}

function quietly(stop: () => unknown): () => void {
  return () =>
    void Promise.resolve()
      .then(stop)
      .catch(() => {});
}
