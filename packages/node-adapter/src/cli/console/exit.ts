/** How the command ends, for scripts. */
export const EXIT = {
  done: 0,
  /** What was looked for is there, or what was expected did not come. */
  failed: 1,
  usage: 2,
  noConnection: 3,
  closedAbnormally: 4,
  unreadable: 5,
  interrupted: 130,
} as const;

/** What each exit code says, for `--help`. */
export const EXIT_WORDS: Readonly<Record<number, string>> = {
  [EXIT.done]: "done",
  [EXIT.failed]: "found what it looks for (a difference, a violation); an expectation failed",
  [EXIT.usage]: "wrong arguments",
  [EXIT.noConnection]: "could not connect or listen",
  [EXIT.closedAbnormally]: "the connection was lost, or closed with an error code",
  [EXIT.unreadable]: "a file cannot be read",
  [EXIT.interrupted]: "interrupted",
};

/** Ends the command: what to tell the person who typed it, and the exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The words of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
