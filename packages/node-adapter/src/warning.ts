/** Tells of an error that is answered already: it must be seen, and is no reason to end the process. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.stack ?? error.message : String(error), "SansocketWarning");
}
