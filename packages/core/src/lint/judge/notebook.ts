import type { Severity, Side } from "../model.ts";
import type { At } from "../stream.ts";
import type { LintTools } from "../tools.ts";

/** A finding without its place. */
export interface Said {
  readonly severity: Severity;
  readonly code: string;
  readonly clause: string;
  readonly message: string;
  readonly side?: Side | undefined;
  readonly offset?: number | undefined;
}

/** Collects findings. */
export interface Notebook {
  readonly tools: LintTools;
  say(at: At, said: Said, conversation?: number): void;
  /** Notes unread bytes and the reason; each once. */
  note(at: At, code: string, message: string, conversation?: number): void;
}
