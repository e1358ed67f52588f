/** Scripts: messages to send and to expect, a step a line. */
import { CommandError, EXIT } from "../console/exit.ts";
import { bytesOfHex } from "../message/show.ts";

/** Returns whether a message meets the expectation. */
export type Expectation = (message: string | Buffer) => boolean;

/** One line of a script. */
export type Step = { readonly line: number; readonly text: string } & (
  | { readonly does: "send"; readonly data: string | Buffer }
  | { readonly does: "send-file"; readonly file: string }
  | { readonly does: "expect"; readonly matches: Expectation }
  | { readonly does: "expect-close"; readonly code: number | undefined }
  | { readonly does: "ping"; readonly data: string }
  | { readonly does: "wait"; readonly milliseconds: number }
  | { readonly does: "close"; readonly code: number; readonly reason: string }
);

/** The steps of a script, for `--help`. */
export const SCRIPT_HELP = [
  "A script has a step a line:",
  "  > text      sends text           >x 00 ff   sends bytes       >@ FILE  a file",
  "  < text      expects that         < /re/i    what matches      < *      any",
  '  <x 00 ff    expects bytes        < {"a":1}  JSON that has these members',
  "  ping        awaits the pong      wait 0.5   seconds           # …      nothing",
  "  close 1000 reason                closed 1000   expects the server to close",
];

/** Reads a script. @throws {CommandError} naming the line that is no step. */
export function parseScript(text: string): Step[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const step = stepOf(line);
    if (step === undefined)
      throw new CommandError(EXIT.usage, `line ${index + 1} of the script is no step: ${line}`);
    return [{ line: index + 1, text: line, ...step } as Step];
  });
}

type Unnumbered = Step extends infer S
  ? S extends Step
    ? Omit<S, "line" | "text">
    : never
  : never;

function stepOf(line: string): Unnumbered | undefined {
  const [, mark = "", rest = ""] = /^(>x|>@|>|<x|<)(?: (.*)|)$/s.exec(line) ?? [];
  if (mark !== "") return messageStep(mark, rest);
  const [verb, first, ...words] = line.trim().split(/\s+/);
  const number = first === undefined ? undefined : Number(first);
  if (Number.isNaN(number) && verb !== "ping") return undefined;
  switch (verb) {
    case "ping":
      return { does: "ping", data: [first, ...words].join(" ").trim() };
    case "wait":
      return number === undefined || number < 0
        ? undefined
        : { does: "wait", milliseconds: number * 1000 };
    case "close":
      return { does: "close", code: number ?? 1000, reason: words.join(" ") };
    case "closed":
      return { does: "expect-close", code: number };
    default:
      return undefined;
  }
}

function messageStep(mark: string, rest: string): Unnumbered | undefined {
  if (mark === ">") return { does: "send", data: rest };
  if (mark === ">@") return rest === "" ? undefined : { does: "send-file", file: rest.trim() };
  if (mark === "<") {
    const matches = expectationOf(rest);
    return matches && { does: "expect", matches };
  }
  const bytes = bytesOfHex(rest);
  if (bytes === undefined) return undefined;
  if (mark === ">x") return { does: "send", data: bytes };
  return { does: "expect", matches: (message) => bytes.equals(asBuffer(message)) };
}

const asBuffer = (message: string | Buffer): Buffer =>
  typeof message === "string" ? Buffer.from(message) : message;

function expectationOf(pattern: string): Expectation | undefined {
  if (pattern === "*") return () => true;
  const [, source, flags = ""] = /^\/(.+)\/([a-z]*)$/s.exec(pattern) ?? [];
  if (source !== undefined) {
    const expression = tryOr(() => new RegExp(source, flags.replaceAll(/[gy]/g, "")));
    return expression && ((message) => expression.test(String(message)));
  }
  const wanted = /^\s*[[{]/.test(pattern) ? tryOr((): unknown => JSON.parse(pattern)) : undefined;
  if (wanted === undefined) return (message) => message === pattern;
  return (message) =>
    message === pattern ||
    has(
      tryOr((): unknown => JSON.parse(String(message))),
      wanted,
    );
}

/** Whether `value` has all members of `wanted`, and lists of the same length. */
function has(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return value === wanted;
  if (typeof value !== "object" || value === null || Array.isArray(value) !== Array.isArray(wanted))
    return false;
  if (Array.isArray(wanted) && (value as unknown[]).length !== wanted.length) return false;
  return Object.entries(wanted).every(
    ([name, member]) =>
      Object.hasOwn(value, name) && has((value as Record<string, unknown>)[name], member),
  );
}

function tryOr<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
