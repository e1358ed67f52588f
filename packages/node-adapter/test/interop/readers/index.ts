/** Readers of event streams, as others make them: programs beside this file that print each event as JSON, and a stream of ours that they read. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { eventSource, serve } from "../../../src/index.ts";
import { closesWithin, type EventStream, until } from "../backends.ts";
import { attempt } from "../conversation.ts";
import type { Cells, Peer, Row } from "../peer.ts";
import { printed, type Program, root, start } from "../processes.ts";

export interface Reader extends Peer {
  readonly role: "reader";
  run(): Promise<Row[]>;
}

const FOLDER = join(root, "packages/node-adapter/test/interop/readers");

/** Time for an installation from npm, and for a program to be compiled. */
const PATIENCE = 120_000;
const SOON = 5000;

interface Heard {
  readonly type: string;
  readonly data: string;
  readonly id: string | null;
}

/** The stream's data that parsers differ about: an empty first line, spaces that belong to it, a colon, other ends of lines. */
const LINES = "\n  indented: wörld €\n\n: no comment\u2028\u0085\n";
const LARGE = "0123456789".repeat(10_000);

/** A server of one event stream, and the streams that it has given, with the ids that their readers came back with. */
async function streamOfOurs(): Promise<{
  url: string;
  streams: { source: EventStream; lastId: string | null }[];
  stop(): Promise<void>;
}> {
  const streams: { source: EventStream; lastId: string | null }[] = [];
  const server = serve({
    hostname: "127.0.0.1",
    fetch(request) {
      const { response, source } = eventSource(request, { retry: 0.2 });
      streams.push({ source, lastId: request.headers.get("Last-Event-ID") });
      source.send("first");
      return response;
    },
    websocket: {},
  });
  await server.ready;
  return {
    url: `http://127.0.0.1:${server.port}/`,
    streams,
    stop: () => server.stop({ force: true }),
  };
}

/** Waits for an event that `isIt` knows, among those from `from` on. */
async function heard(
  program: Program,
  from: number,
  isIt: (event: Heard) => boolean,
): Promise<void> {
  const events = (): Heard[] =>
    program.lines
      .slice(from)
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Heard);
  const found = await until(() => (events().some(isIt) ? true : undefined), SOON);
  if (found === undefined) throw new Error(events().length > 0 ? "another event" : "nothing heard");
}

async function read(command: (folder: string, url: string) => string): Promise<Row[]> {
  const ours = await streamOfOurs();
  const program = await start((folder) => ["sh", "-c", command(folder, ours.url)], {});
  const says = (send: (source: EventStream) => void, isIt: (event: Heard) => boolean) =>
    attempt(async () => {
      const from = program.lines.length;
      send(ours.streams.at(-1)!.source);
      await heard(program, from, isIt);
      return undefined;
    });
  try {
    await until(() => (ours.streams.length > 0 ? true : undefined), PATIENCE);
    if (ours.streams.length === 0) throw new Error(program.lines.slice(-3).join(" / "));
    const words: Partial<Cells> = {
      opens: await attempt(() =>
        heard(program, 0, ({ data }) => data === "first").then(() => undefined),
      ),
      text: await says(
        (source) => source.send(LINES),
        ({ data }) => data === LINES,
      ),
      binary: await says(
        (source) => source.send(LARGE),
        ({ data }) => data === LARGE,
      ),
      named: await says(
        (source) => source.send("a", { event: "news", id: "7" }),
        ({ type, data, id }) => type === "news" && data === "a" && id === "7",
      ),
    };
    const [first] = ours.streams;
    first!.source.close();
    await until(() => (ours.streams.length > 1 ? true : undefined), 8000);
    const again = ours.streams[1];
    const returns = again === undefined ? "no" : again.lastId === "7" ? "yes" : "without the id";
    const { source } = again ?? first!;
    await program.stop();
    const gone =
      again === undefined || (await closesWithin(source, SOON)) ? "notices" : "unnoticed";
    const cells = {
      ping: "–",
      deflate: "–",
      ours: "–",
      theirs: "–",
      events: "–",
      ...words,
    } as Cells;
    return [{ http: "1.1", cells: { ...cells, returns, gone: again === undefined ? "–" : gone } }];
  } finally {
    await program.stop();
    await ours.stop();
  }
}

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly install: string;
  readonly notes?: string;
  /** Prints its version. */
  readonly asks: string;
  readonly file: string;
  /** The command, with FILE, a copy of the program in a folder of its own, and URL. */
  readonly run: string;
}

function readerOf({ name, title, install, notes = "", asks, file, run }: Kind): Reader {
  return {
    name: `${name}-reader`,
    role: "reader",
    http: ["1.1"],
    install,
    notes,
    version: () => {
      const version = /\d+(?:\.\d+)+(?:[-+~.]\w+)*/.exec(
        printed("sh", "-c", `${asks} 2>&1`) ?? "",
      )?.[0];
      return version === undefined ? undefined : `${title} ${version}`;
    },
    run: () =>
      read((folder, url) => {
        copyFileSync(join(FOLDER, file), join(folder, file));
        return run.replaceAll("FILE", file).replaceAll("URL", url);
      }),
  };
}

const ofNpm = (name: string, version: string, file: string, notes = ""): Reader =>
  readerOf({
    name: name.replace(/^@|\//g, "-").replace(/^-/, ""),
    title: name,
    install: "npm",
    notes,
    asks: `npm --version >/dev/null && echo ${version}`,
    file,
    run: `echo '{}' > package.json && npm install --silent --no-audit --no-fund ${name}@${version} && exec node FILE URL ${name}`,
  });

const ofPython = (name: string, notes = ""): Reader =>
  readerOf({
    name,
    title: `Python's ${name}`,
    install: `apt-get install python3-${name}`,
    notes: `its lines, put together by hand${notes}`,
    asks: `/usr/bin/python3 -c "import ${name}; print(${name}.__version__)"`,
    file: "lines.py",
    run: `exec /usr/bin/python3 FILE URL ${name}`,
  });

export const readers: readonly Reader[] = [
  readerOf({
    name: "deno",
    title: "Deno's own EventSource",
    install: "npm run setup",
    asks: `${root}/node_modules/.bin/deno --version`,
    file: "browserlike.mjs",
    run: `exec ${root}/node_modules/.bin/deno run -A FILE URL own`,
  }),
  readerOf({
    name: "node26",
    title: "Node 26's own EventSource",
    install: "npm",
    notes: "behind `--experimental-eventsource`",
    asks: "npx -y node@26 --version",
    file: "browserlike.mjs",
    run: "exec npx -y node@26 --experimental-eventsource FILE URL own",
  }),
  ofNpm("eventsource", "4.1.1", "browserlike.mjs"),
  ofNpm("launchdarkly-eventsource", "2.2.0", "browserlike.mjs"),
  ofNpm("undici", "7.30.2", "browserlike.mjs"),
  ofNpm("eventsource-client", "1.2.0", "others.mjs"),
  ofNpm("eventsource-parser", "3.0.6", "others.mjs", "a parser alone, on the body of `fetch`"),
  ofNpm(
    "@microsoft/fetch-event-source",
    "2.0.1",
    "others.mjs",
    "loses an empty first line; comes back where `onclose` throws",
  ),
  readerOf({
    name: "donovanhide",
    title: "Go donovanhide/eventsource",
    install: "apt-get install golang-go golang-github-donovanhide-eventsource-dev",
    notes:
      "comes back only where the application reads `Errors` too; takes a `retry` alone for an event without data",
    asks: "dpkg-query -f '${Version}' -W golang-github-donovanhide-eventsource-dev",
    file: "donovanhide.go",
    run: "GO111MODULE=off GOPATH=/usr/share/gocode go build -o reader FILE && exec ./reader URL",
  }),
  ofPython("requests", "; those of `decode_unicode` end at U+2028 and U+0085, too"),
  ofPython("httpx"),
  ofPython("aiohttp"),
];
