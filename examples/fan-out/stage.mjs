/** Starts what the example is made of: a broker, three processes, and HAProxy before them, all on free ports of this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";

export const NAMES = ["one", "two", "three"];
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const BROKERS = {
  nats: (port, folder) => ["nats-server", "-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder],
  redis: (port, folder) =>
    `redis-server --port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync always --dir ${folder}`.split(
      " ",
    ),
};

/**
 * @param {object} options
 * @param {"nats" | "redis"} [options.broker]
 * @param {number} [options.port] of the pages; a free one where it is left out
 */
export async function startStage({ broker = "nats", port = 0 }) {
  const folder = mkdtempSync(join(tmpdir(), "fan-out-"));
  const [front = 0, brokerPort = 0, ...ports] = await freePorts(2 + NAMES.length);
  const pages = port || front;
  const secret = randomUUID();
  const children = new Map();

  async function start(name, [program, ...args], at, env = {}) {
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (output = `${output}${chunk}`.slice(-4000)));
    const failed = new Promise((_resolve, reject) => {
      child.once("error", (error) => reject(new Error(`${program}: ${error.message}. Install it`)));
      child.once("exit", (code, signal) =>
        reject(new Error(`${name} ended by ${signal ?? code}: ${output}`)),
      );
    });
    failed.catch((error) => children.has(name) && console.error(error.message));
    children.set(name, child);
    await Promise.race([failed, listens(at)]);
  }

  async function kill(name) {
    const child = children.get(name);
    children.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  const startBroker = () => start("broker", BROKERS[broker](brokerPort, folder), brokerPort);
  const startServer = (name) => {
    const at = ports[NAMES.indexOf(name)];
    const args = [file("server.mjs"), name, `${at}`, `${broker}://127.0.0.1:${brokerPort}`];
    return start(name, [process.execPath, ...args], at, { TOPICS_SECRET: secret });
  };
  const stop = async () => {
    for (const name of children.keys()) await kill(name);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await startBroker();
    await Promise.all(NAMES.map(startServer));
    const [one, two, three] = ports.map(String);
    await start("HAProxy", ["haproxy", "-db", "-f", file("haproxy.cfg")], pages, {
      FAN_OUT_PORT: `${pages}`,
      FAN_OUT_ONE: one,
      FAN_OUT_TWO: two,
      FAN_OUT_THREE: three,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${pages}/`,
    /** The ports of the processes, by name: past HAProxy. */
    ports: Object.fromEntries(NAMES.map((name, at) => [name, ports[at]])),
    kill,
    startServer,
    stopBroker: () => kill("broker"),
    startBroker,
    stop,
  };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = [];
  for (const server of servers) {
    if (!server.listening) await once(server, "listening");
    ports.push(server.address().port);
  }
  for (const server of servers) server.close();
  return ports;
}

/** Until something listens there. */
async function listens(port) {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
