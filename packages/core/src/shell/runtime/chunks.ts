/** A source of chunks: an iterable, such as a `ReadableStream` or a Node stream, or a `Blob`. */
export type ChunkSource =
  Iterable<unknown> | AsyncIterable<unknown> | ReadableStream<unknown> | Blob;

/** The chunks of a source, which can be stopped while the next is awaited. */
export interface Chunks {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Stops the source, without waiting; a failure to stop changes nothing. */
  stop(): void;
}

/**
 * Returns the chunks of a source. `stop()` cancels a waiting Node stream by `destroy`, and a Web stream by its reader; an async generator
 * notices `return()` only at its next `yield`.
 * @throws {TypeError} for a value that is not iterable.
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

/** Returns the pieces of a source; a text or bytes are one piece, though they could be iterated. */
function piecesOf(source: ChunkSource | undefined | null): Exclude<ChunkSource, Blob> {
  if (typeof source === "string" || ArrayBuffer.isView(source)) return [source];
  if (typeof source === "object" && source !== null) {
    if ("getReader" in source || Symbol.asyncIterator in source || Symbol.iterator in source)
      return source;
    if (typeof source.stream === "function") return source.stream();
  }
  throw new TypeError(
    `expected an iterable, such as a stream, a generator or an array; got ${typeof source}`,
  );
}

function quietly(stop: () => unknown): () => void {
  return () =>
    void Promise.resolve()
      .then(stop)
      .catch(() => {});
}
