/** The arguments of one subcommand: one table to read them by and to print as help. */
import { parseArgs } from "node:util";
import { CommandError, EXIT, EXIT_WORDS, messageOf } from "./exit.ts";

/** One option, `--name` or `-s`. */
export interface OptionSpec {
  readonly help: string;
  readonly short?: string;
  /** The placeholder for its value in the help; a flag has none. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** The short help names it, and no more: it is for few, and a screen has 24 lines. */
  readonly rare?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The description of a subcommand. */
export interface Usage<Table extends OptionTable = OptionTable> {
  readonly name: string;
  /** Such as `URL`, or `FILE…`. */
  readonly operands: string;
  readonly summary: string;
  readonly options: Table;
  /** Lines behind the options. */
  readonly notes?: readonly string[];
  /** The exit codes it has, beside those of all. */
  readonly exits: readonly number[];
}

const HELP: OptionSpec = { short: "h", help: "print this" };

/** The given options, by name. */
export class Given<Table extends OptionTable = OptionTable> {
  readonly operands: readonly string[];
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>, operands: readonly string[]) {
    this.values = values;
    this.operands = operands;
  }

  flag(name: keyof Table & string): boolean {
    return this.values[name] === true;
  }

  text(name: keyof Table & string): string | undefined {
    return this.values[name] as string | undefined;
  }

  list(name: keyof Table & string): readonly string[] {
    return (this.values[name] as string[] | undefined) ?? [];
  }

  /** @throws {CommandError} for text that is no number of at least `least`. */
  number(name: keyof Table & string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (number >= least && Number.isFinite(number)) return number;
    throw new CommandError(
      EXIT.usage,
      `--${name}: expected a number of at least ${least}, got ${JSON.stringify(text)}`,
    );
  }

  /** As {@link number}, in milliseconds where seconds were given. */
  milliseconds(name: keyof Table & string): number | undefined {
    const seconds = this.number(name);
    return seconds === undefined ? undefined : Math.round(seconds * 1000);
  }

  /** The one operand. @throws {CommandError} where there is none, or more. */
  operand(what: string): string {
    const [only, another] = this.operands;
    if (only === undefined) throw new CommandError(EXIT.usage, `${what} is missing`);
    if (another !== undefined)
      throw new CommandError(EXIT.usage, `expected ${what} alone, got also ${another}`);
    return only;
  }
}

/**
 * Reads the arguments of a subcommand; `undefined` for `--help`.
 * @throws {CommandError} for an option that is unknown or lacks its value
 */
export function readArguments<Table extends OptionTable>(
  usage: Usage<Table>,
  args: readonly string[],
): Given<Table> | undefined {
  const all: OptionTable = { ...usage.options, help: HELP };
  const options = Object.fromEntries(
    Object.entries(all).map(([name, { short, value, multiple }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        ...(short !== undefined && { short }),
        ...(multiple === true && { multiple }),
      },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    return values["help"] === true ? undefined : new Given<Table>(values, positionals);
  } catch (error) {
    const [sentence] = messageOf(error).split(". To specify");
    throw new CommandError(EXIT.usage, `${sentence}; see sansocket ${usage.name} --help`);
  }
}

/** Returns the help of a subcommand, of at most 80 columns: on a screen of 24 lines, or all of it. */
export function helpOf(usage: Usage, { isFull = false } = {}): string {
  const all = Object.entries<OptionSpec>({ ...usage.options, help: HELP });
  const rare = isFull ? [] : all.filter(([, { rare }]) => rare === true).map(([name]) => name);
  const shown = all.filter(([name]) => !rare.includes(name));
  const rows = shown.map(([name, { short, value, help }]): [string, string] => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const exits = [EXIT.done, ...usage.exits, EXIT.usage].sort((a, b) => a - b);
  return [
    `Usage: sansocket ${usage.name} [options] ${usage.operands}`,
    usage.summary,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    ...(rare.length === 0
      ? []
      : [wrapped(`And: --${rare.join(" --")}; see sansocket help ${usage.name}`)]),
    ...(usage.notes === undefined ? [] : ["", ...usage.notes]),
    "",
    wrapped(`Exit codes: ${exits.map((code) => `${code} ${EXIT_WORDS[code]}`).join("; ")}`),
    "",
  ].join("\n");
}

const wrapped = (text: string): string => text.replaceAll(/(.{1,78})(?:\s+|$)/g, "$1\n").trimEnd();
