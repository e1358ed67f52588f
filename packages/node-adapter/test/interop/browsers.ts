/**
 * Browsers, as clients of our servers: a page of ours echoes, and tells by fetch what it sees. Chromium is given the page's address; Firefox is led there by WebDriver BiDi, which is
 * itself a WebSocket, of ours on this side.
 */
import { once } from "node:events";
import { connect, type WebSocket } from "../../src/index.ts";
import { startServers, type Servers, until } from "./backends.ts";
import { converse, type Opener } from "./conversation.ts";
import { heardAtOnce } from "./events.ts";
import type { Peer, Row } from "./peer.ts";
import { freePort, type Program, start, versionOf } from "./processes.ts";

export interface Browser extends Peer {
  readonly role: "browser";
  run(): Promise<Row[]>;
}

/** Shows one page after the other. */
interface Window {
  show(url: string): Promise<void>;
  readonly program: Program;
}

/** How long a browser may take to show a page, in milliseconds. */
const PATIENCE = 60_000;

async function startChromium(): Promise<Window> {
  const port = await freePort();
  const program = await start(
    (folder) => [
      ...["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"],
      ...["--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...[`--user-data-dir=${folder}/profile`, `--remote-debugging-port=${port}`, "about:blank"],
    ],
    { ports: [port], patience: PATIENCE },
  );
  return {
    program,
    async show(url) {
      await fetch(`http://127.0.0.1:${port}/json/new?${encodeURIComponent(url)}`, {
        method: "PUT",
      });
    },
  };
}

/** A command of WebDriver BiDi, and its answer. */
async function ask(driver: WebSocket, id: number, method: string, params: object): Promise<any> {
  driver.sendJSON({ id, method, params });
  for (;;) {
    const [event] = await once(driver, "message");
    const answer = JSON.parse(String(event));
    if (answer.id !== id) continue;
    if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  }
}

async function startFirefox(): Promise<Window> {
  const port = await freePort();
  const program = await start(
    (folder) => [
      ...["env", `HOME=${folder}`, "firefox-esr", "--headless", "--no-remote"],
      ...["--profile", folder, `--remote-debugging-port=${port}`],
    ],
    { ports: [port], patience: PATIENCE },
  );
  const driver = await connect(`ws://127.0.0.1:${port}/session`);
  let id = 0;
  await ask(driver, ++id, "session.new", {
    capabilities: { alwaysMatch: { acceptInsecureCerts: true } },
  });
  return {
    program,
    async show(url) {
      const { context } = await ask(driver, ++id, "browsingContext.create", { type: "tab" });
      await ask(driver, ++id, "browsingContext.navigate", { context, url, wait: "none" });
    },
  };
}

const isOverHttp2 = (socket: WebSocket): boolean => socket.request?.method === "CONNECT";

/** The conversations with one page each, and one with an event stream. */
async function runBrowser(window: Window, version: string, servers: Servers): Promise<Row> {
  const origin =
    version === "2" ? `https://localhost:${servers.h1}` : `http://localhost:${servers.h1}`;
  let over = "";
  let number = 0;
  const open: Opener = async () => {
    const name = `p${++number}`;
    await window.show(`${origin}/page?n=${name}`);
    const socket = await servers.next();
    over = isOverHttp2(socket) ? "2" : "1.1";
    return {
      socket,
      closeSeen: (milliseconds) =>
        until(() => {
          const code = servers.told.get(name)?.find((what) => what.startsWith("closed "));
          return code === undefined ? undefined : Number(code.slice(7));
        }, milliseconds),
    };
  };
  const cells = await converse(open);
  const name = "stream";
  await window.show(`${origin}/page?events&n=${name}`);
  const events = await heardAtOnce(name, servers, () => servers.told.get(name)?.join(" ") ?? "");
  return {
    http: version,
    cells: { ...cells, ...(over === version ? {} : { opens: `by HTTP/${over}` }), events },
  };
}

const browser = (
  given: Omit<Browser, "role" | "http" | "run" | "version">,
  title: string,
  command: string,
  begin: () => Promise<Window>,
): Browser => ({
  ...given,
  role: "browser",
  http: ["1.1", "2"],
  version: () => versionOf(title, command, "--version"),
  async run() {
    const window = await begin();
    try {
      const rows: Row[] = [];
      for (const version of ["1.1", "2"]) {
        const servers = await startServers({ isEcho: false, isSecure: version === "2" });
        try {
          rows.push(await runBrowser(window, version, servers));
        } finally {
          await servers.stop();
        }
      }
      return rows;
    } finally {
      await window.program.stop();
    }
  },
});

export const browsers: readonly Browser[] = [
  browser(
    {
      name: "chromium",
      install: "apt-get install chromium",
      notes:
        "leaving a page is 1001 over HTTP/1.1, and RST_STREAM with CANCEL over HTTP/2, which shows as 1006",
    },
    "Chromium",
    "chromium",
    startChromium,
  ),
  browser(
    {
      name: "firefox",
      install: "apt-get install firefox-esr",
      notes: "led by WebDriver BiDi, whose server takes our client",
    },
    "Firefox",
    "firefox-esr",
    startFirefox,
  ),
];
