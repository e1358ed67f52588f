/** The deployments of docs/scaling.md, with the programs around them: systemd, the system's own sharing of a port, and Kubernetes. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { converse, page } from "./peers.ts";
import { commandFor, Program, removeCopies, type Runtime } from "./program.ts";

const timeout = 60_000;
const folder = fileURLToPath(new URL("../scaling/", import.meta.url));
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
const eventually = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: 30_000, interval: 50 });

afterAll(removeCopies);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function run(file: string, args: readonly string[], runtime: Runtime): Program {
  const program = new Program(`scaling/${file}`, { args, runtime, isAllowedAll: true });
  onTestFinished(() => program.kill("SIGKILL"));
  return program;
}

describe("socket activation", () => {
  const isThere = has("systemd-socket-activate", "--version");
  test.skipIf(!isThere).each(["node", "deno"] as const)(
    `by systemd-socket-activate on %s${isThere ? "" : " (left out: there is none)"}`,
    { timeout },
    async (runtime) => {
      const port = await freePort();
      const command = commandFor("scaling/activated.mjs", runtime);
      const names = ["PATH", "HOME"].flatMap((name) => ["-E", name]);
      const args = ["-l", `127.0.0.1:${port}`, ...names, ...command];
      const child = spawn("systemd-socket-activate", args, { stdio: ["ignore", "pipe", "ignore"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      let output = "";
      child.stdout.on("data", (chunk) => (output += String(chunk)));
      // The first client, which causes the start, waits until the server listens.
      const url = `ws://127.0.0.1:${port}/`;
      await eventually(async () => expect(await converse(url)).toEqual(["Hello"]));
      expect(output).toContain(`Activated at ${url}`);
      expect(await page(url.replace("ws", "http"))).toBe("An ordinary page\n");
      // The activator has become the server: SIGTERM stops it.
      child.kill("SIGTERM");
      expect((await once(child, "exit"))[0]).toBe(0);
    },
  );

  test("by a parent that holds the port", { timeout }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"';
    const child = spawn("sh", ["-c", script, ...commandFor("scaling/activated.mjs", "node")], {
      stdio: ["ignore", "pipe", "inherit", fd],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout!, "data");
    server.close();
    expect(await converse(`ws://127.0.0.1:${port}/`)).toEqual(["Hello"]);
  });

  test("on Bun is refused in words: Bun would listen elsewhere", { timeout }, async () => {
    const command = commandFor("scaling/activated.mjs", "bun");
    const script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"';
    const { status, stderr } = spawnSync("sh", ["-c", script, ...command], { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringContaining("fd: Bun does not listen on a")]);
  });

  const canVerify = has("systemd-analyze", "--version");
  test.skipIf(!canVerify)(
    `systemd takes the units${canVerify ? "" : " (left out: there is no systemd-analyze)"}`,
    () => {
      const scratch = mkdtempSync(join(tmpdir(), "units-"));
      onTestFinished(() => rmSync(scratch, { recursive: true }));
      const units = ["chat.socket", "chat.service"].map((name) => join(scratch, name));
      copyFileSync(join(folder, "chat.socket"), units[0]!);
      const service = readFileSync(join(folder, "chat.service"), "utf8");
      writeFileSync(units[1]!, service.replace("/usr/bin/node", process.execPath));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], {
        encoding: "utf8",
      });
      expect([status, stderr.split("\n").filter((line) => line.includes(scratch))]).toEqual([
        0,
        [],
      ]);
    },
  );
});

describe("several processes on one port", () => {
  const hasIt = (runtime: Runtime): boolean => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    return (
      runtime !== "node" ||
      major > 23 ||
      (major === 22 && minor >= 12) ||
      (major === 23 && minor > 0)
    );
  };

  test.each(["node", "deno", "bun"] as const)("%s", { timeout }, async (runtime) => {
    const port = await freePort();
    const programs = [1, 2, 3].map(() => run("reuse-port.mjs", [`${port}`], runtime));
    if (!hasIt(runtime)) {
      const { code, errors } = await programs[0]!.ended;
      expect([code, errors]).toEqual([1, expect.stringMatching(/reusePort: Node .* 23\.1 do/)]);
      return;
    }
    await Promise.all(programs.map((program) => program.printed(/listens at/)));
    const hosts = new Set<string>();
    await eventually(async () => {
      const [greeting] = await converse(`ws://127.0.0.1:${port}/`, { says: undefined });
      hosts.add(greeting!);
      expect(hosts.size).toBe(3);
    });
  });
});

describe("Kubernetes", () => {
  const yaml = readFileSync(join(folder, "kubernetes.yaml"), "utf8");
  const setting = (name: string): string => new RegExp(`${name}: (.*)`).exec(yaml)![1]!;

  test.each(["node", "deno", "bun"] as const)(
    "a process is told to stop, as a kubelet does it: %s",
    { timeout },
    async (runtime) => {
      const program = run("drain.mjs", ["0", "2"], runtime);
      const url = (await program.printed(/(ws:\S+)/)).replace(/0\.0\.0\.0|\[::\]/, "127.0.0.1");
      const probe = (path: string) =>
        fetch(url.replace("ws", "http") + path).then(({ status }) => status);
      const [, ready, live] = /path: \/(ready)[^]*path: \/(live)/.exec(yaml)!;
      expect([await probe(ready!), await probe(live!), await probe("elsewhere")]).toEqual([
        200, 200, 404,
      ]);

      const clients = Array.from({ length: 5 }, () => new WebSocket(url));
      await Promise.all(clients.map((client) => once(client, "open")));
      const ends = clients.map((client) =>
        once(client, "close").then(([code]) => [code as number, performance.now()] as const),
      );
      program.kill("SIGTERM");
      // Not ready, but alive, and with new clients until the load balancer has heard.
      await eventually(async () => expect(await probe(ready!)).toBe(503));
      expect(await probe(live!)).toBe(200);
      expect(await converse(url)).toEqual(["Hello"]);
      const ended = await Promise.all(ends);
      expect(ended.map(([code]) => code)).toEqual([1012, 1012, 1012, 1012, 1012]);
      const times = ended.map(([, at]) => at);
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
      expect((await program.ended).code).toBe(0);
    },
  );

  test("the grace period is longer than the process takes", () => {
    const seconds = Number(/"8080", "(\d+)"/.exec(yaml)![1]);
    expect(Number(setting("terminationGracePeriodSeconds"))).toBeGreaterThan(1.5 * seconds + 5);
  });

  const hasKubectl = has("kubectl", "version", "--client");
  test.skipIf(!hasKubectl)(
    `kubectl reads the file${hasKubectl ? "" : " (left out: there is no kubectl)"}`,
    () => {
      const scratch = mkdtempSync(join(tmpdir(), "kubernetes-"));
      onTestFinished(() => rmSync(scratch, { recursive: true }));
      copyFileSync(join(folder, "kubernetes.yaml"), join(scratch, "kubernetes.yaml"));
      writeFileSync(join(scratch, "kustomization.yaml"), "resources: [kubernetes.yaml]\n");
      const { stdout } = spawnSync("kubectl", ["kustomize", scratch], { encoding: "utf8" });
      expect(stdout.match(/^kind: .*/gm)).toEqual(["kind: Service", "kind: Deployment"]);
    },
  );
});
