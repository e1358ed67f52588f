import type { Side } from "./model.ts";

/** A position in a file, and its time. */
export interface At {
  readonly place: number;
  /** In milliseconds. */
  readonly time: number;
}

/** Takes the two streams of a connection, in the order in which they were seen. */
export interface StreamSink {
  receive(side: Side, bytes: Uint8Array, at: At): void;
  /** Bytes of the stream that the file lacks, and the reason. */
  missing(side: Side, size: number, at: At, why: string): void;
  /** The side's stream has ended, by `fin`, or was broken off, by `rst`. */
  end(side: Side, at: At, how: "fin" | "rst"): void;
}

export const otherSide = (side: Side): Side => (side === "client" ? "server" : "client");
