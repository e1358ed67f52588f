import { parseArgs } from "node:util";

export const USAGE = `Usage: npm run demo -- [options]
  --port N           serve on port N (otherwise 8080, or the next free port)
  --check            drive the page in Chromium, or the server with the Node client where there is no browser, and exit
  --screenshot FILE  with --check: save a picture of the page
  --help             print this`;

/**
 * Reads the command line.
 * @throws {Error} with a sentence for the person who typed it.
 */
export function readArguments(given) {
  const { values } = parseArgs({
    args: given[0] === "--" ? given.slice(1) : given,
    options: {
      port: { type: "string" },
      check: { type: "boolean", default: false },
      screenshot: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new Error(`--port: expected a whole number from 0 to 65535, got ${values.port}`);
  }
  if (values.screenshot !== undefined && !values.check)
    throw new Error("--screenshot goes with --check");
  return { ...values, port };
}
