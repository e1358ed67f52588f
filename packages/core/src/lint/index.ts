export type {
  Conversation,
  Finding,
  LintFrame,
  LintHead,
  LintMessage,
  LintReport,
  Severity,
  Side,
  Unit,
} from "./model.ts";
export { LintError } from "./model.ts";
export { LiveLint, type LiveLintOptions } from "./live.ts";
export { lint, type LintOptions } from "./lint.ts";
export type { AeadName, HashName, HpackDecoder, LintTools } from "./tools.ts";
