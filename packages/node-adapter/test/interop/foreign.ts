/**
 * Servers and clients of others: programs in `peers/LANGUAGE/`, one file each, whose first lines say what they are. All of
 * them do the same: they echo, close with 4002 on the message "close me", and print "closed CODE" when a connection ends.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/index.ts";
import { startServers } from "./backends.ts";
import { converse, type Opener } from "./conversation.ts";
import type { Peer, Row } from "./peer.ts";
import { freePort, type Program, printed, root, start } from "./processes.ts";

const PEERS = "packages/node-adapter/test/interop/peers";

export interface Foreign extends Peer {
  readonly role: "server" | "client";
  run(): Promise<Row[]>;
}

/** How long a program may take to be compiled and to listen, in milliseconds. */
const PATIENCE = 400_000;

/** `# name: tornado`, whatever begins a comment. The first line that is none ends them. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^(?:#|\/\/|--|%+|;+|\(\*) ?(\w+): (.*?)(?: \*\))?$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name, value!);
    else if (!/^(?:#!|<\?)/.test(line)) break;
  }
  return fields;
}

function peerOf(path: string): Foreign {
  const fields = fieldsOf(readFileSync(path, "utf8"));
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new Error(`${path}: its first lines do not say its ${name}`);
    return value;
  };
  const role = field("role") as "server" | "client";
  const http = field("http").split(", ");
  const command = (argument: string) => (folder: string) => [
    "sh",
    "-c",
    field("run")
      .replaceAll("ROOT", root)
      .replaceAll("FILE", path)
      .replaceAll("FOLDER", folder)
      .replaceAll("ARGUMENT", argument),
  ];
  return {
    name: field("name"),
    role,
    http,
    install: field("install"),
    notes: fields.get("notes") ?? "",
    version: () => {
      // The words of a program that fails have versions of other things in them.
      const said = printed("sh", "-c", `(${field("version")}) && printf "\nthere\n"`) ?? "";
      const version = /\d+(?:\.\d+)+(?:[-+.]\w+)*/.exec(said)?.[0];
      return version === undefined || !/^there$/m.test(said)
        ? undefined
        : `${field("title")} ${version}`;
    },
    run: () => (role === "server" ? asServer(command, http) : asClient(command, http)),
  };
}

const codeIn = async (program: Program, milliseconds: number): Promise<number | undefined> => {
  const said = await program.line(/^closed (\d+)/, milliseconds);
  return said === undefined ? undefined : Number(said[1]);
};

type Command = (argument: string) => (folder: string) => string[];

/** Starts a server of another program and talks to it as a client. */
export async function asServer(command: Command, versions: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const http of versions) {
    const port = await freePort();
    const program = await start(command(String(port)), { ports: [port], patience: PATIENCE });
    try {
      const open: Opener = async (deflate) => ({
        socket: await connect(`ws://127.0.0.1:${port}/`, {
          perMessageDeflate: deflate,
          http2: http === "2",
        }),
        closeSeen: (milliseconds) => codeIn(program, milliseconds),
      });
      rows.push({ http, cells: await converse(open) });
    } finally {
      await program.stop();
    }
  }
  return rows;
}

async function asClient(command: Command, versions: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const http of versions) rows.push(await asClientBy(command, http));
  return rows;
}

/** Over HTTP/2 with TLS: the program finds the authority's certificate where NODE_EXTRA_CA_CERTS says. */
async function asClientBy(command: Command, http: string): Promise<Row> {
  const isSecure = http === "2";
  const servers = await startServers({ isEcho: false, isSecure });
  const url = isSecure ? `wss://localhost:${servers.h1}/` : `ws://127.0.0.1:${servers.h1}/`;
  const programs: Program[] = [];
  let fellBack = false;
  try {
    // It offers compression or does not; so the question is what it makes of a server that would.
    const open: Opener = async () => {
      const program = await start(command(url), {});
      programs.push(program);
      const socket = await Promise.race([
        servers.next(),
        program.ended.then(() => {
          throw new Error(`it ended: ${program.lines.slice(-3).join(" / ")}`);
        }),
        new Promise<never>((_, reject) => {
          setTimeout(() => {
            reject(new Error(`it does not connect: ${program.lines.slice(-3).join(" / ")}`));
          }, PATIENCE).unref();
        }),
      ]);
      fellBack ||= isSecure && socket.request?.method !== "CONNECT";
      return { socket, closeSeen: (milliseconds) => codeIn(program, milliseconds) };
    };
    const cells = await converse(open);
    return { http, cells: fellBack ? { ...cells, opens: "by HTTP/1.1" } : cells };
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    await servers.stop();
  }
}

/** All there are. */
export function foreigners(): Foreign[] {
  return readdirSync(join(root, PEERS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(root, PEERS, name)).map((file) => peerOf(join(root, PEERS, name, file))),
    );
}
