/** Real HTTP proxies in front of a server, where they are installed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A proxy that can be started before a server on `port`. */
export interface Proxy {
  readonly name: string;
  readonly installed: boolean;
  /** Returns its port. */
  start(port: number): Promise<{ port: number; stop(): Promise<void> }>;
}

const runs = (command: string, argument: string): boolean =>
  spawnSync(command, [argument]).status === 0;

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilListening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (child.exitCode !== null) throw new Error(`the proxy has ended: ${log()}`);
    const socket = net.connect(port, "127.0.0.1");
    const isUp = await new Promise<boolean>((resolve) => {
      socket
        .once("connect", () => {
          resolve(true);
        })
        .once("error", () => {
          resolve(false);
        });
    });
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the proxy does not listen: ${log()}`);
}

function proxy(
  name: string,
  installed: boolean,
  command: (file: string, folder: string) => [string, ...string[]],
  config: (port: number, server: number, folder: string) => string,
): Proxy {
  return {
    name,
    installed,
    async start(server) {
      const folder = mkdtempSync(join(tmpdir(), "proxy-"));
      const file = join(folder, "config");
      const port = await freePort();
      writeFileSync(file, config(port, server, folder));
      const [program, ...rest] = command(file, folder);
      const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
      let log = "";
      child.stdout.on("data", (chunk) => {
        log += String(chunk);
      });
      child.stderr.on("data", (chunk) => {
        log += String(chunk);
      });
      const stop = async (): Promise<void> => {
        if (child.exitCode === null) {
          child.kill("SIGTERM");
          await once(child, "exit");
        }
        rmSync(folder, { recursive: true, force: true });
      };
      try {
        await untilListening(port, child, () => log);
      } catch (error) {
        await stop();
        throw error;
      }
      return { port, stop };
    },
  };
}

const hasHaproxy = runs("haproxy", "-v");
const hasNginx = runs("nginx", "-v");

const haproxyConfig =
  (mode: "http" | "tcp") =>
  (port: number, server: number): string => `
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 10s
  timeout server 10s
  timeout tunnel 20s
frontend in
  bind 127.0.0.1:${port}
  default_backend out
backend out
  server one 127.0.0.1:${server}
`;
const haproxyCommand = (file: string): [string, ...string[]] => ["haproxy", "-db", "-f", file];

export const haproxy = proxy("HAProxy", hasHaproxy, haproxyCommand, haproxyConfig("http"));
export const haproxyTcp = proxy(
  "HAProxy, carrying TCP",
  hasHaproxy,
  haproxyCommand,
  haproxyConfig("tcp"),
);
export const nginx = proxy(
  "nginx",
  hasNginx,
  (file, folder) => [
    "nginx",
    "-e",
    join(folder, "error.log"),
    "-p",
    folder,
    "-c",
    file,
    "-g",
    "daemon off;",
  ],
  (port, server, folder) => `
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${server};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }
  }
}
`,
);
