/** Finds the subcommand, and ends with its exit code. */
import { helpOf, readArguments } from "./console/arguments.ts";
import { CommandError, EXIT, messageOf } from "./console/exit.ts";
import { SCRIPT_HELP } from "./script/script.ts";
import { Terminal } from "./console/terminal.ts";
import type { Command } from "./command.ts";

/** The subcommands; the module of each is loaded when it is called. */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> =
  {
    connect: [
      "talk to a WebSocket server: by hand, in a pipe, or by a script",
      async () => (await import("./talk/connect.ts")).connectCommand,
    ],
    listen: [
      "a WebSocket server, to talk to whoever connects",
      async () => (await import("./talk/listen.ts")).listenCommand,
    ],
    events: [
      "read server-sent events",
      async () => (await import("./talk/events.ts")).eventsCommand,
    ],
    replay: [
      "feed traces to fresh machines, and compare",
      async () => (await import("./traces/replay.ts")).replayCommand,
    ],
    explain: [
      "tell why recorded connections closed",
      async () => (await import("./traces/explain.ts")).explainCommand,
    ],
    lint: [
      "list what breaks the RFCs in a capture, a HAR, a NetLog or a trace",
      async () => (await import("./lint/lint.ts")).lintCommand,
    ],
    view: [
      "show what lint reads as a page in the browser",
      async () => (await import("./view/view.ts")).viewCommand,
    ],
  };

const OVERVIEW = `Usage: sansocket COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, [summary]]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

sansocket COMMAND --help tells the options and the exit codes of each, and
sansocket help COMMAND those, too, that few need.
sansocket --version tells the version.
`;

/** Runs the command line `args`, and returns the exit code. Never rejects. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const said = await about(args);
    if (said === undefined) return await runCommand(args[0]!, args.slice(1));
    process.stdout.write(said);
    return args.length === 0 ? EXIT.usage : EXIT.done;
  } catch (error) {
    // Any error but a CommandError is a bug of this command: its stack helps.
    const text =
      error instanceof CommandError || !(error instanceof Error)
        ? messageOf(error)
        : (error.stack ?? error.message);
    process.stderr.write(`sansocket: ${text}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

/** Handles `--help` and `--version` of the whole command; `undefined` where a subcommand is named. */
async function about([name, topic]: readonly string[]): Promise<string | undefined> {
  if (name === "--version") return `${await version()}\n`;
  if (name === "help" && topic === "script") return `${SCRIPT_HELP.join("\n")}\n`;
  if (name === "help" && topic !== undefined)
    return helpOf((await commandBy(topic)).usage, { isFull: true });
  const isHelp = name === undefined || name === "--help" || name === "-h" || name === "help";
  return isHelp ? OVERVIEW : undefined;
}

/** Loads a subcommand. @throws {CommandError} for a name that none has */
async function commandBy(name: string): Promise<Command> {
  if (!Object.hasOwn(COMMANDS, name))
    throw new CommandError(
      EXIT.usage,
      `there is no command ${name}; there are ${Object.keys(COMMANDS).join(", ")}`,
    );
  return await COMMANDS[name]![1]();
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const command = await commandBy(name);
  const given = readArguments(command.usage, args);
  if (given === undefined) {
    process.stdout.write(helpOf(command.usage));
    return EXIT.done;
  }
  const has = (option: string): boolean => option in command.usage.options && given.flag(option);
  return await command.run(given, new Terminal({ json: has("json"), quiet: has("quiet") }));
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  // Beside the built command, and beside its source.
  for (const place of ["../package.json", "../../package.json"]) {
    const text = await readFile(new URL(place, import.meta.url), "utf8").catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version;
  }
  return "unknown";
}
