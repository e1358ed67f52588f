import type { Conversation, Finding, LintReport } from "../model.ts";
import type { At } from "../stream.ts";
import type { LintTools } from "../tools.ts";
import { Judge } from "./judge.ts";
import type { Notebook, Said } from "./notebook.ts";

/** Gathers the findings. */
export class ReportBuilder implements Notebook {
  readonly tools: LintTools;
  private readonly judges: Judge[] = [];
  private readonly findings: Finding[] = [];
  private readonly noted = new Set<string>();
  private readonly firstId: number;

  constructor(tools: LintTools, firstId = 1) {
    this.tools = tools;
    this.firstId = firstId;
  }

  /** A conversation begins. */
  converse(label: string, http: Conversation["http"]): Judge {
    const judge = new Judge(this, this.judges.length + this.firstId, label, http);
    this.judges.push(judge);
    return judge;
  }

  say(at: At, said: Said, conversation?: number): void {
    const { severity, code, clause, message, side, offset } = said;
    this.findings.push({
      severity,
      code,
      clause,
      message,
      side,
      place: at.place,
      conversation,
      offset,
    });
  }

  note(at: At, code: string, message: string, conversation?: number): void {
    const key = `${code} ${message} ${conversation ?? ""}`;
    if (this.noted.has(key)) return;
    this.noted.add(key);
    this.say(at, { severity: "note", code, clause: "", message }, conversation);
  }

  /** The conversations and findings up to now, of a file that goes on. */
  soFar(): Pick<LintReport, "conversations" | "findings"> {
    return {
      conversations: this.judges.map((judge) => judge.soFar()),
      findings: this.findings,
    };
  }

  build(format: LintReport["format"], unit: LintReport["unit"], count: number): LintReport {
    const conversations = this.judges.map((judge) => judge.finish());
    const findings = [...this.findings].sort((a, b) => a.place - b.place);
    return { format, unit, count, conversations, findings };
  }
}
