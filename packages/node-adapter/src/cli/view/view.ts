/** `sansocket view FILE`. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { readFileSync } from "node:fs";
import type { Command } from "../command.ts";
import type { OptionTable } from "../console/arguments.ts";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import { lintFile } from "../lint/lint.ts";
import { GrowingTrace } from "./follow.ts";
import { pageOf, type Source } from "./page.ts";

const OPTIONS = {
  keylog: {
    short: "k",
    value: "FILE",
    multiple: true,
    help: "a key log of TLS (SSLKEYLOGFILE)",
  },
  follow: { short: "f", help: "go on with a trace while it is being written" },
  port: { value: "PORT", help: "where to serve the page (any that is free)" },
  "no-open": { help: "print the page's address, and open no browser" },
  json: { help: "print the address as JSON" },
} as const satisfies OptionTable;

export const viewCommand: Command<typeof OPTIONS> = {
  usage: {
    name: "view",
    operands: "FILE",
    summary: "Shows who said what, when, and what is wrong with it, as a page in the browser.",
    options: OPTIONS,
    notes: [
      "FILE is what sansocket lint reads. The page is served to this machine alone, at",
      "an address that cannot be guessed, until the command is interrupted.",
    ],
    exits: [EXIT.noConnection, EXIT.unreadable],
  },
  run: async (given, terminal) => {
    const file = given.operand("the file");
    const keyLog = given.list("keylog").map(readKeys).join("\n");
    const secret = randomBytes(16).toString("hex");
    const growing = given.flag("follow") ? new GrowingTrace(file) : undefined;
    const page = pageOf(growing ?? sourceOf(file, keyLog), "'none'");
    const server = http.createServer((request, response) => {
      const [, given, path = ""] = (request.url ?? "/").split("?")[0]!.split("/");
      if (given === secret) page(request, response, path);
      else response.writeHead(404, { "Content-Type": "text/plain" }).end();
    });
    server.listen(given.number("port") ?? 0, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      throw new CommandError(EXIT.noConnection, messageOf(error));
    }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}/`;
    if (terminal.json) terminal.event({ event: "listening", url });
    else terminal.line(`Showing ${file} at ${url}`);
    if (terminal.isWatched && !given.flag("no-open")) openBrowser(url);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    growing?.close();
    server.closeAllConnections();
    server.close();
    return EXIT.done;
  },
};

function sourceOf(file: string, keyLog: string): Source {
  const report = lintFile(file, keyLog);
  return { name: basename(file), report: () => report };
}

function readKeys(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `--keylog: ${messageOf(error)}`);
  }
}

/** How each system opens an address. */
const OPENERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens the address in the person's browser. Where that fails, the address is on the screen. */
function openBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  spawn(command, [...args, url], { detached: true, stdio: "ignore" })
    .on("error", () => {})
    .unref();
}
