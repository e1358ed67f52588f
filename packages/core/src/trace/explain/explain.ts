/** Explains in words why a recorded connection closed. */
import { type ViolationCode, violations } from "../../violation.ts";
import type { TraceEntry, TraceValue } from "../format.ts";
import { readTraces, type Trace, type TraceLine } from "../read.ts";
import { fromHex, isBytes, isCut, toHex } from "../values.ts";
import { ADVICE, meaningOf } from "./advice.ts";

/** The kinds of ends of a connection. */
export type EndedBy =
  | "violation"
  | "local-close"
  | "peer-close"
  | "local-terminate"
  | "peer-end"
  | "transport-lost"
  | "timeout"
  | "still-open";

/** Why a recorded connection closed. */
export interface Explanation {
  readonly connection: number;
  readonly endedBy: EndedBy;
  /** `"peer"` also for a close that a peer's mistake caused; `"network"` where neither side closed. */
  readonly initiator: "local" | "peer" | "network" | undefined;
  /** The line of the trace at which the end began. */
  readonly line: number | undefined;
  readonly closure:
    { readonly code: number; readonly reason: string; readonly clean: boolean } | undefined;
  /** The violated rule, or the exceeded limit. */
  readonly rule:
    { readonly code: ViolationCode; readonly clause: string; readonly text: string } | undefined;
  /** The offset in the peer's stream, in bytes from the end of the opening. */
  readonly offset: number | undefined;
  /** The bytes there, in hexadecimal: sixteen, or as many as came. */
  readonly bytes: string | undefined;
  /** The steps before the end, oldest first. */
  readonly before: readonly string[];
  readonly advice: string;
  /** The explanation in words, a line each. */
  readonly text: string;
}

/** Explains each connection of a trace. @throws {TraceError} for text that is no trace */
export function explain(trace: string | readonly Trace[]): Explanation[] {
  return (typeof trace === "string" ? readTraces(trace) : trace).map((one) =>
    new Reader(one).explanation(),
  );
}

/** A step: an input or command, and the actions that followed from it. */
interface Step {
  readonly line: number;
  readonly call: TraceEntry;
  readonly actions: readonly TraceEntry[];
}

/** Limits and times of our own: the peer did not break a rule. */
const OURS: ReadonlySet<string> = new Set(["compression-failed", "extension-failed"]);

class Reader {
  private readonly trace: Trace;
  private readonly steps: readonly Step[];

  constructor(trace: Trace) {
    this.trace = trace;
    this.steps = stepsOf(trace.entries);
  }

  explanation(): Explanation {
    const index = this.steps.findIndex(ends);
    const step = this.steps[index];
    const violation = this.violation(step);
    const { endedBy, initiator } = this.ending(step, violation);
    const offset = typeof violation?.["offset"] === "number" ? violation["offset"] : undefined;
    const code = violation?.["code"] as ViolationCode | undefined;
    const known = code !== undefined && Object.hasOwn(violations, code);
    const found = {
      connection: this.trace.head.connection,
      endedBy,
      initiator,
      line: step?.line,
      closure: this.closure(),
      rule: known
        ? { code, clause: violations[code][2], text: String(violation?.["message"]) }
        : undefined,
      offset,
      bytes: offset === undefined ? undefined : this.bytesAt(offset),
      before: this.before(index === -1 ? this.steps.length : index),
      advice: known ? ADVICE[code] : ADVICE_BY_END[endedBy],
    };
    return { ...found, text: inWords(found) };
  }

  private violation(step: Step | undefined): { readonly [member: string]: TraceValue } | undefined {
    const action = step?.actions.find(([, , name]) => name === "onViolation" || name === "onError");
    return action?.[3] as { readonly [member: string]: TraceValue } | undefined;
  }

  private ending(
    step: Step | undefined,
    violation: { readonly [member: string]: TraceValue } | undefined,
  ): Pick<Explanation, "endedBy" | "initiator"> {
    if (step === undefined) return { endedBy: "still-open", initiator: undefined };
    if (violation?.["closeCode"] !== undefined)
      return {
        endedBy: "violation",
        initiator: OURS.has(String(violation["code"])) ? "local" : "peer",
      };
    const name = causeIn(step);
    if (name === "close" || name === "reject")
      return { endedBy: "local-close", initiator: "local" };
    if (name === "terminate") return { endedBy: "local-terminate", initiator: "local" };
    if (name === "receiveEnd") return { endedBy: "peer-end", initiator: "peer" };
    if (name === "receiveError") return { endedBy: "transport-lost", initiator: "network" };
    if (name === "fireTimer") return { endedBy: "timeout", initiator: "network" };
    return { endedBy: "peer-close", initiator: "peer" };
  }

  private closure(): Explanation["closure"] {
    const [action] = this.steps
      .flatMap(({ actions }) => actions)
      .filter(([, , name]) => name === "onClose")
      .slice(-1);
    if (action === undefined) return undefined;
    const [code, reason, clean] = action.slice(3) as TraceValue[];
    return typeof code === "boolean"
      ? { code: 0, reason: "", clean: code }
      : { code: Number(code), reason: String(reason), clean: clean === true };
  }

  /** The bytes of the peer's stream at `offset`; nothing where they were cut. */
  private bytesAt(offset: number): string | undefined {
    const received = this.steps
      .filter(({ call }) => call[3] === "receive")
      .map(({ call }) => call[4] as TraceValue);
    if (received.some(isCut)) return undefined;
    const hex = received
      .filter(isBytes)
      .map((bytes) => bytes.hex)
      .join("");
    const parsed = this.steps.some(
      ({ call }) => call[3] === "receiveRequest" || call[3] === "receiveResponse",
    );
    const blank = hex.match(/^(?:[0-9a-f]{2})*?0d0a0d0a/)?.[0].length ?? 0;
    const start = (parsed ? 0 : blank) + 2 * offset;
    return toHex(fromHex(hex.slice(start, start + 32)));
  }

  private before(until: number): string[] {
    const steps = this.steps.slice(0, until);
    const actions = steps.flatMap(({ actions: some }) => some);
    const count = (pattern: RegExp, entries: readonly TraceEntry[], at: number): number =>
      entries.filter((entry) => pattern.test(String(entry[at]))).length;
    const calls = this.trace.entries
      .map(({ entry }) => entry)
      .filter((entry) => entry[1] === "command");
    const opening = actions.find(([, , name]) => name === "onOpen")?.[3] as
      { readonly [member: string]: TraceValue } | undefined;
    const lines = [openingLine(opening, this.trace.head.kind)];
    const came = count(/^on(Text|Binary)/, actions, 2) + count(/^onEvent$/, actions, 2);
    const sent = count(/^send/, calls, 3);
    if (came > 0) lines.push(`${plural(came, "message")} came`);
    if (sent > 0) lines.push(`${plural(sent, "message")} ${sent === 1 ? "was" : "were"} sent`);
    const last = steps.slice(-3).map(({ call }) => inBrief(call));
    if (last.length > 0) lines.push(`just before: ${last.join("; ")}`);
    return lines;
  }
}

/** Splits a trace into its steps. A call from inside an action belongs to that action's step. */
function stepsOf(lines: readonly TraceLine[]): Step[] {
  const steps: { line: number; call: TraceEntry; actions: TraceEntry[] }[] = [];
  for (const { line, entry } of lines) {
    const isCall = entry[1] === "input" || entry[1] === "command";
    if (isCall && Number(entry[2]) >= 0) steps.push({ line, call: entry, actions: [] });
    else if (isCall || entry[1] === "action") steps[steps.length - 1]?.actions.push(entry);
  }
  return steps;
}

/** Returns whether a step begins the end: it leaves `open` or `connecting`, or closes at once. */
function ends({ actions }: Step): boolean {
  return actions.some(
    ([, kind, name, first]) =>
      kind === "action" &&
      ((name === "onState" && /^(alive\.closing|closed)/.test(String(first))) ||
        name === "onClose" ||
        name === "onViolation"),
  );
}

/** The input or command that ended it: the step's own, or one from inside its actions. */
function causeIn({ call, actions }: Step): TraceValue | undefined {
  const within = actions.find(
    (entry) => entry[1] === "command" && /^(close|terminate|reject)$/.test(String(entry[3])),
  );
  return within === undefined ? (call[3] as TraceValue) : (within[3] as TraceValue);
}

function openingLine(
  opening: { readonly [member: string]: TraceValue } | undefined,
  kind: string,
): string {
  if (opening === undefined)
    return kind.startsWith("event-stream")
      ? "an event stream"
      : "the opening handshake was not over";
  const { version, protocol, extensions } = opening;
  const agreed = [
    protocol !== "" && `the subprotocol ${String(protocol)}`,
    extensions !== "" && String(extensions),
  ].filter(Boolean);
  return `opened as ${String(version)}${agreed.length > 0 ? ` with ${agreed.join(" and ")}` : ""}`;
}

function inBrief(call: TraceEntry): string {
  const [first] = call.slice(4) as TraceValue[];
  const name = String(call[3]);
  if (isBytes(first)) return `${name} of ${plural(first.size ?? first.hex.length / 2, "byte")}`;
  return first === undefined || typeof first === "object"
    ? name
    : `${name} ${JSON.stringify(first).slice(0, 40)}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const ADVICE_BY_END: Readonly<Record<EndedBy, string>> = {
  violation: "",
  "local-close": "Nothing needs to change, unless the application did not mean to close.",
  "peer-close":
    "Nothing needs to change here: the peer's application says by the code why it closed.",
  "local-terminate":
    "terminate() drops the connection without a closing handshake: call close() where the peer should hear of it.",
  "peer-end":
    "The peer ended its side without a close frame: its process ended, or a proxy gave up an idle connection. A pingInterval below the proxy's time keeps it.",
  "transport-lost":
    "The transport broke: the peer's process died, or the network or a proxy between dropped the connection. A client does well to connect again.",
  timeout: "The peer did not complete the closing handshake in time: see closeTimeout.",
  "still-open": "The trace ends while the connection was open.",
};

const ENDINGS: Readonly<Record<EndedBy, string>> = {
  violation: "The peer's stream broke a rule, or passed a limit",
  "local-close": "This side closed the connection",
  "peer-close": "The peer closed the connection by a close frame",
  "local-terminate": "This side dropped the connection",
  "peer-end": "The peer ended the transport without a close frame",
  "transport-lost": "The transport was lost without a close frame",
  timeout: "A time was up",
  "still-open": "The connection was still open when the trace ended",
};

function inWords({
  endedBy,
  rule,
  offset,
  bytes,
  closure,
  before,
  advice,
  line,
}: Omit<Explanation, "text">): string {
  const where =
    offset === undefined
      ? ""
      : `, at byte ${offset} of its stream${bytes === undefined || bytes === "" ? "" : ` (${bytes.replace(/../g, "$& ").trim()})`}`;
  const code =
    closure === undefined || closure.code === 0
      ? undefined
      : `${closure.code}, ${meaningOf(closure.code)}${closure.reason === "" ? "" : `, reason ${JSON.stringify(closure.reason)}`}`;
  return [
    `${ENDINGS[endedBy]}${where}${line === undefined ? "" : `, line ${line} of the trace`}.`,
    rule && `Rule: ${rule.text} (${rule.code}, ${rule.clause}).`,
    code &&
      `Closed with ${code}; ${closure?.clean === true ? "both sides agreed" : "without a complete closing handshake"}.`,
    before.length > 0 && `Before: ${before.join("; ")}.`,
    advice && `What to change: ${advice}`,
  ]
    .filter(Boolean)
    .join("\n");
}
