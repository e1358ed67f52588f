/** Processes that are handed a socket, which another one has accepted, and speak WebSocket on it by ours. */
import { join } from "node:path";
import { asServer } from "../foreign.ts";
import type { Peer, Row } from "../peer.ts";
import { root, versionOf } from "../processes.ts";

export interface Worker extends Peer {
  readonly role: "worker";
  run(): Promise<Row[]>;
}

const PROGRAM = join(root, "packages/node-adapter/test/interop/workers/handed.mjs");

const RUNTIMES = {
  node: ["Node", process.execPath],
  deno: ["Deno", join(root, "node_modules/.bin/deno"), "run", "-A"],
  bun: ["Bun", join(root, "node_modules/.bin/bun")],
} as const;

const WAYS = {
  upgrade: "`upgrade` with a plain request object, and the socket of an `upgrade` event",
  connection:
    "the connection of a node:net server with `pauseOnConnect`, given to a node:http server",
  cluster: "`serve` in a worker of node:cluster",
} as const;

function workerOf(runtime: keyof typeof RUNTIMES, way: keyof typeof WAYS): Worker {
  const [title, ...command] = RUNTIMES[runtime];
  return {
    name: `${runtime}-${way}-worker`,
    role: "worker",
    http: ["1.1"],
    install: "npm run setup",
    notes: WAYS[way],
    version: () => versionOf(title, command[0], "--version"),
    run: () => asServer((port) => () => [...command, PROGRAM, runtime, port, way], ["1.1"]),
  };
}

export const workers: readonly Worker[] = [
  workerOf("node", "upgrade"),
  workerOf("node", "connection"),
  workerOf("node", "cluster"),
  workerOf("deno", "upgrade"),
  workerOf("deno", "connection"),
  workerOf("deno", "cluster"),
  // Bun sends the message of an upgraded socket without the socket: findings/bun-loses-upgraded-sockets-sent-to-a-child.sh.
  workerOf("bun", "connection"),
  workerOf("bun", "cluster"),
];
