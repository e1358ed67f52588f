/** Topics over real brokers, which each test starts on a port of its own: nats-server and redis-server. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { connect as connectNats } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, test, vi } from "vitest";
import { withServer } from "../../../core/testing/server/topics.ts";
import * as adapter from "../../src/index.ts";

const has = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

interface Peer {
  backplane: adapter.Backplane;
  close(): unknown;
}

const quiet = { error: () => {} };

const clients: Record<
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
      return { backplane: adapter.natsBackplane(connection), close: () => connection.close() };
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
        close: () => [publisher.disconnect(), subscriber.disconnect()],
      };
    },
  ],
};

async function startBroker(program: string, port: number, folder: string): Promise<ChildProcess> {
  const options =
    program === "nats-server"
      ? ["-a", "127.0.0.1", "-p", `${port}`]
      : ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const child = spawn(program, options, { cwd: folder, stdio: "ignore" });
  await vi.waitFor(async () => {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  }, 5000);
  return child;
}

async function stopBroker(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

for (const [name, [program, connectTo]] of Object.entries(clients)) {
  // In CI the programs are installed: there, a test fails for want of one.
  const isLeftOut =
    !has(program) && process.env["CI"] !== "true" && !process.env["SANSOCKET_REQUIRE_BROWSER"];
  describe.skipIf(isLeftOut)(
    `${name}${isLeftOut ? ` (left out: there is no ${program})` : ""}`,
    () => {
      test(
        "two processes' topics, while the broker is there, away, and back",
        { timeout: 30_000 },
        async () => {
          const folder = mkdtempSync(joinPath(tmpdir(), "sansocket-broker-"));
          const port = await freePort();
          let broker = await startBroker(program, port, folder);
          const peers = await Promise.all([connectTo(port), connectTo(port)]);
          const heard: boolean[] = [];
          const [near, far] = peers.map(({ backplane }) =>
            adapter.topics({
              backplane,
              presenceInterval: 100,
              onDegraded: (now) => heard.push(now),
            }),
          ) as [adapter.Topics, adapter.Topics];
          try {
            await withServer(adapter, near, (joinNear) =>
              withServer(adapter, far, async (joinFar) => {
                const topic = "room/4.2 ab>?[c]%";
                const here = await joinNear(topic);
                const wide = await joinNear("room/*", "**");
                const there = await joinFar(topic, "room/**");
                await eventually(() =>
                  expect([near.count(topic), far.count(topic)]).toEqual([2, 2]),
                );

                const sent = Array.from({ length: 300 }, (_, at) => `€${at}`);
                for (const text of sent) far.publish(topic, text);
                near.publish("room/a/b", Uint8Array.of(0x41));
                near.publish("elsewhere", "for one");
                await eventually(() => expect(wide.got.length).toBe(302));
                await eventually(() => expect(there.got.length).toBe(301));
                await eventually(() => expect(here.got.length).toBe(300));
                expect(here.got).toEqual(sent);
                expect(wide.got.filter((text) => text.startsWith("€"))).toEqual(sent);
                expect(there.got.filter((text) => text !== "A")).toEqual(sent);

                await stopBroker(broker);
                await eventually(() => expect(heard).toEqual([true, true]));
                near.publish(topic, "alone");
                await eventually(() => expect(here.got.at(-1)).toBe("alone"));
                expect(near.counters.unsent).toBe(1);

                broker = await startBroker(program, port, folder);
                await eventually(() => expect(heard).toEqual([true, true, false, false]));
                await eventually(() => {
                  near.publish(topic, "again");
                  expect(there.got.at(-1)).toBe("again");
                });
                expect(there.got).not.toContain("alone");
              }),
            );
          } finally {
            for (const { close } of peers) await close();
            await stopBroker(broker);
            rmSync(folder, { recursive: true });
          }
        },
      );
    },
  );
}
