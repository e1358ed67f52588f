/**
 * The trace format: JSON Lines, one head for each connection and then its entries. `docs/trace-format.md` describes it,
 * `docs/trace.schema.json` is its JSON Schema; change this file, those two and the reader together.
 */

/** The kinds of machine that a trace can hold. */
export type TraceKind =
  "websocket-server" | "websocket-client" | "event-stream-server" | "event-stream-client";

/** Bytes as lower-case hexadecimal. Where they were cut, `hex` is their beginning, `size` their length, `fnv` the hash of all. */
export interface TraceBytes {
  readonly hex: string;
  readonly size?: number;
  readonly fnv?: number;
}

/** The written form of an argument. Text is a string, bytes are {@link TraceBytes}, `undefined` is null. */
export type TraceValue =
  | null
  | boolean
  | number
  | string
  | TraceBytes
  | readonly TraceValue[]
  | { readonly [name: string]: TraceValue };

/** The first line of a connection. */
export interface TraceHead {
  /** The version of the format. */
  readonly sansocketTrace: number;
  /** The number of the connection in its trace: the first element of each entry. */
  readonly connection: number;
  readonly kind: TraceKind;
  /** When the connection was made, as milliseconds since 1970, where the recorder was given a wall clock. */
  readonly startedAt?: number;
  /** The recording runtime, such as `node 20.20.2`. */
  readonly runtime?: string;
  /** The version of the library. */
  readonly library?: string;
  /** The connection's options, complete. */
  readonly options: { readonly [name: string]: TraceValue };
  /** Clients: the request. */
  readonly request?: { readonly [name: string]: TraceValue };
  /** The handshake result of a connection whose opening handshake another library did. */
  readonly agreed?: { readonly [name: string]: TraceValue };
  /** The redacted parts: names of header fields, and `"?"` for the values of query parameters. Empty: nothing is. */
  readonly redacted: readonly string[];
}

/**
 * The time of an input or command: microseconds since the connection was made; or, for a call from inside actions, minus
 * the number of those actions.
 */
export type TraceWhen = number;

/** One line after the head. */
export type TraceEntry =
  | readonly [
      connection: number,
      kind: "input" | "command",
      when: TraceWhen,
      name: string,
      ...values: TraceValue[],
    ]
  /** The machine called an action. */
  | readonly [connection: number, kind: "action", name: string, ...values: TraceValue[]]
  /** The machine took something that it cannot make itself: entropy, a masking key, the immediate result of an extension. */
  | readonly [connection: number, kind: "source", name: string, ...values: TraceValue[]]
  /** The command before threw a `UsageError`. */
  | readonly [connection: number, kind: "threw", message: string]
  /** Lines are missing here: a ring has dropped them, or a file was rotated. */
  | readonly [connection: number, kind: "gap", lines: number];
