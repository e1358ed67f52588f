/** Brokers that tests start on ports of their own: nats-server with JetStream, and redis-server. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { connect as connectNats } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { vi } from "vitest";
import * as adapter from "../../src/index.ts";

const has = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

/** Starts a broker that keeps what it keeps in `folder`. */
export async function startBroker(
  program: string,
  port: number,
  folder: string,
): Promise<ChildProcess> {
  const options =
    program === "nats-server"
      ? ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder]
      : [
          "--port",
          `${port}`,
          "--bind",
          "127.0.0.1",
          "--save",
          "",
          "--appendonly",
          "yes",
          "--appendfsync",
          "always",
          "--dir",
          folder,
        ];
  const child = spawn(program, options, { cwd: folder, stdio: "ignore" });
  await vi.waitFor(async () => {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  }, 5000);
  return child;
}

/** Kills it. */
export async function stopBroker(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Whether a test is left out for want of a program. In CI it is installed: there, the test fails. */
export const isLeftOutWithout = (program: string): boolean =>
  !has(program) && process.env["CI"] !== "true" && !process.env["SANSOCKET_REQUIRE_BROWSER"];

/** The connections of one process to a broker. */
interface Peer {
  backplane: adapter.Backplane;
  store: adapter.TopicStore;
  close(): unknown;
}

const quiet = { error: () => {} };

/** By name: the program, and what connects to it. */
export const clients: Record<
  string,
  readonly [program: string, connect: (port: number) => Promise<Peer>]
> = {
  "nats-server by @nats-io/transport-node": [
    "nats-server",
    async (port) => {
      const connection = await connectNats({
        servers: `127.0.0.1:${port}`,
        reconnectTimeWait: 50,
        maxReconnectAttempts: -1,
      });
      return {
        backplane: adapter.natsBackplane(connection),
        store: adapter.natsHistory(connection),
        close: () => connection.close(),
      };
    },
  ],
  "redis-server by node-redis": [
    "redis-server",
    async (port) => {
      const options = { url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 50 } };
      const [publisher, subscriber] = [createClient(options), createClient(options)];
      for (const client of [publisher, subscriber]) client.on("error", quiet.error);
      await Promise.all([publisher.connect(), subscriber.connect()]);
      return {
        backplane: adapter.redisBackplane({ publisher, subscriber }),
        store: adapter.redisHistory({ publisher, subscriber }),
        close: () => [publisher.destroy(), subscriber.destroy()],
      };
    },
  ],
  "redis-server by ioredis": [
    "redis-server",
    async (port) => {
      const make = () => new Redis(port, "127.0.0.1", { retryStrategy: () => 50 });
      const [publisher, subscriber] = [make(), make()];
      for (const client of [publisher, subscriber]) client.on("error", quiet.error);
      await Promise.all([once(publisher, "ready"), once(subscriber, "ready")]);
      return {
        backplane: adapter.redisBackplane({ publisher, subscriber }),
        store: adapter.redisHistory({ publisher, subscriber }),
        close: () => [publisher.disconnect(), subscriber.disconnect()],
      };
    },
  ],
};
