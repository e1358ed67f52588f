/** How the command ends, for scripts. */
export const EXIT = {
  done: 0,
  /** The command found a problem, or an expected message did not come. */
  failed: 1,
  usage: 2,
  noConnection: 3,
  closedAbnormally: 4,
  unreadable: 5,
  interrupted: 130,
} as const;

/** The meaning of each exit code, for `--help`. */
export const EXIT_WORDS: Readonly<Record<number, string>> = {
  [EXIT.done]: "done",
  [EXIT.failed]: "an expectation failed, or there is a difference or violation",
  [EXIT.usage]: "wrong arguments",
  [EXIT.noConnection]: "could not connect or listen",
  [EXIT.closedAbnormally]: "lost, or closed with an error code",
  [EXIT.unreadable]: "a file cannot be read",
  [EXIT.interrupted]: "interrupted",
};

/** Ends the command with a message for the user and an exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Returns the message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
