/** A run of the fuzzer on one connection: plain data, so that a find can be kept as JSON and run again. */
import type { Timer } from "../src/actions.ts";
import type { Version } from "../src/opening.ts";
import type { ConnectionOptions } from "../src/options.ts";

/** An input or a command. Bytes that arrive are hex; a payload that is sent has only its size here. */
export type Operation =
  // Inputs.
  | readonly ["receive", hex: string]
  | readonly ["end" | "error"]
  | readonly ["backlog", bytes: number]
  | readonly ["timer", timer: Timer]
  /** The transform that has waited longest is done, or fails. */
  | readonly ["settle", how: "well" | "badly"]
  // Commands.
  | readonly [
      "text" | "textBytes" | "binary" | "parts" | "prepared",
      size: number,
      compress: boolean,
    ]
  | readonly ["fragment", kind: "text" | "binary", size: number, last: boolean]
  | readonly ["ping" | "pong", size: number]
  | readonly ["close", code: number | null, reasonSize: number]
  | readonly ["terminate" | "pause" | "resume" | "cork" | "uncork" | "flush" | "accept" | "reject"]
  | readonly ["deliver", unit: "message" | "fragment"]
  /** Does it from inside the next event. */
  | readonly ["within", operation: Operation];

/** One run: what is connected, what happens, and how it ends if it has not by then. */
export interface Script {
  readonly role: "client" | "server";
  readonly version: Version;
  /** Whether a proper opening comes first, cut in two there. `undefined`: the operations are all there is. */
  readonly opening: number | undefined;
  /** Server: whether an HTTP server has parsed the request. */
  readonly parsed: boolean;
  /** Server: what the application says when asked; `later` leaves it to the operations. */
  readonly decision: "accept" | "reject" | "later";
  /** `zlib` is done at once; `slow` when an operation says so; `chain` likewise, with another extension behind it. */
  readonly compression: "none" | "zlib" | "slow" | "chain";
  /** Whether the transforms that still wait at the end then fail. */
  readonly settle: "well" | "badly";
  readonly options: Partial<ConnectionOptions>;
  readonly operations: readonly Operation[];
  readonly finish: "end" | "error" | "timers";
}
