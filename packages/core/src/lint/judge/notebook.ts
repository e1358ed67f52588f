import type { Severity, Side } from "../model.ts";
import type { At } from "../stream.ts";
import type { LintTools } from "../tools.ts";

/** What is said of one thing. */
export interface Said {
  readonly severity: Severity;
  readonly code: string;
  readonly clause: string;
  readonly message: string;
  readonly side?: Side | undefined;
  readonly offset?: number | undefined;
}

/** Takes down what is found. */
export interface Notebook {
  readonly tools: LintTools;
  say(at: At, said: Said, conversation?: number): void;
  /** What could not be read, and why; the same thing once. */
  note(at: At, code: string, message: string, conversation?: number): void;
}
