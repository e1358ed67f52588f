/** Real proxies: Debian's squid and tinyproxy where they are installed, npm's proxy-chain always. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Server as ProxyChain } from "proxy-chain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authority, certificate } from "../../../core/testing/harness/raw-streams.ts";
import { connect, type ConnectError, serve } from "../../src/index.ts";

/** A proxy that asks for user and password. */
interface Running {
  readonly port: number;
  /** The port where it speaks TLS, if it does. */
  readonly tlsPort?: number;
  stop(): unknown;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const socket = net.connect(port, "127.0.0.1");
    const ok = await new Promise<boolean>((resolve) => {
      socket
        .once("connect", () => {
          resolve(true);
        })
        .once("error", () => {
          resolve(false);
        });
    });
    socket.destroy();
    if (ok) return;
    if (attempt > 200) throw new Error(`nothing came up on port ${port}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

/** Runs a program with its files in a folder of its own, which any user may read. */
async function run(
  files: Record<string, string>,
  command: (folder: string) => [program: string, ...args: string[]],
  ports: readonly number[],
  owner?: [uid: number, gid: number],
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "sansocket-proxy-"));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text.replaceAll("FOLDER", folder), { mode: 0o644 });
  if (owner !== undefined) chownSync(folder, ...owner);
  const [program, ...args] = command(folder);
  const child: ChildProcess = spawn(program, args, { stdio: "ignore" });
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.all(ports.map(reachable)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return stop;
}

const have = (program: string): boolean => spawnSync(program, ["-v"]).error === undefined;
const isRoot = userInfo().uid === 0;

async function startSquid(): Promise<Running> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const id = isRoot
    ? (["-u", "-g"].map((flag) =>
        Number(spawnSync("id", [flag, "proxy"], { encoding: "utf8" }).stdout),
      ) as [number, number])
    : undefined;
  const files = {
    passwords: "user:$1$sans$r04E0v3.WyVWqHz0u9jTP1\n", // "pass", as crypt(3) has it
    "cert.pem": certificate.cert,
    "key.pem": certificate.key,
    conf: [
      `http_port 127.0.0.1:${port}`,
      `https_port 127.0.0.1:${tlsPort} tls-cert=FOLDER/cert.pem tls-key=FOLDER/key.pem`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth FOLDER/passwords`,
      "acl known proxy_auth REQUIRED",
      "http_access allow known",
      "http_access deny all",
      "cache deny all",
      "cache_log /dev/null",
      "access_log none",
      "pid_filename none",
      "netdb_filename none",
      "coredump_dir FOLDER",
      "shutdown_lifetime 0 seconds",
      "",
    ].join("\n"),
  };
  const stop = await run(
    files,
    (folder) => ["squid", "-N", "-f", join(folder, "conf")],
    [port, tlsPort],
    id,
  );
  return { port, tlsPort, stop };
}

async function startTinyproxy(): Promise<Running> {
  const port = await freePort();
  const files = {
    conf: [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Timeout 60",
      "BasicAuth user pass",
      "LogLevel Critical",
      "",
    ].join("\n"),
  };
  return {
    port,
    stop: await run(files, (folder) => ["tinyproxy", "-d", "-c", join(folder, "conf")], [port]),
  };
}

async function startProxyChain(): Promise<Running> {
  const port = await freePort();
  const proxy = new ProxyChain({
    port,
    host: "127.0.0.1",
    prepareRequestFunction: ({ username, password }) => ({
      requestAuthentication: username !== "user" || password !== "pass",
      failMsg: "who are you?",
    }),
  });
  await proxy.listen();
  return { port, stop: () => proxy.close(true) };
}

const proxies: [name: string, installed: boolean, start: () => Promise<Running>][] = [
  ["squid", have("squid"), startSquid],
  ["tinyproxy", have("tinyproxy"), startTinyproxy],
  ["proxy-chain", true, startProxyChain],
];

describe.each(proxies)("%s", (name, installed, start) => {
  const missing = installed ? "" : ` (skipped: no ${name}; \`apt-get install ${name}\`)`;
  describe.skipIf(!installed)(`as it is${missing}`, () => {
    let proxy: Running;
    let servers: { url: string; stop(options: { force: boolean }): Promise<void> }[];

    beforeAll(async () => {
      proxy = await start();
      servers = [undefined, certificate].map((tls) =>
        serve({
          hostname: "127.0.0.1",
          ...(tls === undefined ? {} : { tls }),
          websocket: {
            message: (socket, data) => {
              socket.send(data);
            },
          },
        }),
      );
      for (const server of servers) await (server as ReturnType<typeof serve>).ready;
    }, 60_000);
    afterAll(async () => {
      await Promise.all((servers ?? []).map((server) => server.stop({ force: true })));
      await proxy?.stop();
    });

    async function echo(url: string, origin: string): Promise<void> {
      const socket = await connect(url, {
        ca: authority,
        proxy: { origin, tls: { ca: authority } },
      });
      const large = "ä".repeat(500_000);
      const told: unknown[] = [];
      socket.on("message", ({ data }) => {
        told.push(data);
      });
      socket.send("small");
      socket.send(large);
      while (told.length < 2) await once(socket, "message");
      expect(told[0] === "small" && told[1] === large).toBe(true);
      socket.close(1000);
      expect((await once(socket, "close"))[0]).toMatchObject({ code: 1000, wasClean: true });
    }

    test.each([
      ["ws:", 0],
      ["wss:", 1],
    ])("%s through it, with user and password", (_, at) =>
      echo(servers[at]!.url, `http://user:pass@127.0.0.1:${proxy.port}`),
    );

    // The others do not speak TLS themselves.
    if (name === "squid")
      test.each([
        ["ws:", 0],
        ["wss:", 1],
      ])("%s through it, over TLS", (_, at) =>
        echo(servers[at]!.url, `https://user:pass@localhost:${proxy.tlsPort}`),
      );

    test.each([
      ["without a password", ""],
      ["with a wrong one", "user:no@"],
    ])("%s it refuses, and says so", async (_, user) => {
      const error = (await connect(servers[0]!.url, {
        proxy: { origin: `http://${user}127.0.0.1:${proxy.port}` },
      }).catch((reason: unknown) => reason)) as ConnectError;
      const status = name === "tinyproxy" && user !== "" ? 401 : 407; // as tinyproxy has it
      expect([error.code, error.status, error.headers?.["proxy-authenticate"]]).toEqual([
        "proxy-refused",
        status,
        status === 407 ? expect.stringMatching(/^Basic/i) : undefined,
      ]);
      expect(error.message).toMatch(
        /^Can't establish a connection to the server at ws:\S+: The proxy refused to connect to 127\.0\.0\.1:\d+: 40[17] /,
      );
      expect(error.body!.length).toBeGreaterThan(0);
    });

    test("a server that it cannot reach", async () => {
      const error = (await connect(`ws://127.0.0.1:${await freePort()}`, {
        proxy: { origin: `http://user:pass@127.0.0.1:${proxy.port}` },
      }).catch((reason: unknown) => reason)) as ConnectError;
      // proxy-chain hangs up without an answer.
      expect([error.code, error.status === undefined ? "none" : error.status >= 500]).toEqual([
        "proxy-refused",
        name === "proxy-chain" ? "none" : true,
      ]);
    });
  });
});
