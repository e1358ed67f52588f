/** One program in three runtimes, with another adapter by changing one word; then every client of theirs with every server of theirs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = readFileSync(`${root}packages/core/testing/harness/endpoint.mjs`, "utf8");
const certificates = `${root}packages/core/test/fixtures/tls`;
const scratch = mkdtempSync(join(tmpdir(), "sansocket-"));

/** Deno is allowed what the README says: the network, and to read the certificates. */
const commands = {
  node: [process.execPath],
  bun: [`${root}node_modules/.bin/bun`],
  deno: [
    `${root}node_modules/.bin/deno`,
    "run",
    "--no-prompt",
    "--allow-net",
    `--allow-read=${certificates}`,
  ],
} as const;
type Runtime = keyof typeof commands;
const runtimes = Object.keys(commands) as Runtime[];

class Endpoint {
  urls: Readonly<Record<string, string>> = {};
  readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = "";

  constructor(command: readonly string[], file: string) {
    this.child = spawn(command[0]!, [...command.slice(1), file, certificates], {
      env: { ...process.env, NO_COLOR: "1" },
    });
    this.child.stderr!.on("data", (data) => {
      this.errors += String(data);
    });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async next(): Promise<any> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`it ended: ${this.errors}`);
    return JSON.parse(value as string);
  }

  async ask(question: object): Promise<any> {
    this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    return this.next();
  }
}

const endpoints = {} as Record<Runtime, Endpoint>;

beforeAll(async () => {
  await Promise.all(
    runtimes.map(async (runtime) => {
      const outfile = join(scratch, `${runtime}.mjs`);
      const contents = program.replace("node-adapter", `${runtime}-adapter`);
      await build({
        stdin: { contents, resolveDir: `${root}packages/${runtime}-adapter` },
        outfile,
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        conditions: ["source"],
        external: ["undici"],
        logLevel: "error",
      });
      const endpoint = (endpoints[runtime] = new Endpoint(commands[runtime], outfile));
      endpoint.urls = ((await endpoint.next()) as { urls: Record<string, string> }).urls;
    }),
  );
}, 60_000);
afterAll(() => {
  for (const { child } of Object.values(endpoints)) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

const ways = ["listen", "listen with TLS", "serve", "serve with TLS", "upgrade"];
const plain = ways.filter((way) => !way.endsWith("TLS"));
const conversation = [
  "echo",
  "welcome",
  "grüß dich 😀",
  "70000 bytes, as sent",
  3001,
  "done",
  true,
];
const cells = (
  clients: readonly Runtime[],
  ways: readonly string[],
): [Runtime, Runtime, string][] =>
  clients.flatMap((client) =>
    runtimes.flatMap((server) =>
      ways.map((way): [Runtime, Runtime, string] => [client, server, way]),
    ),
  );

describe("every client with every server", () => {
  test.each(cells(runtimes, ways))("%s → %s, %s", async (client, server, way) => {
    expect(await endpoints[client].ask({ url: endpoints[server].urls[way] })).toEqual(conversation);
  });
});

describe("the runtime's own client with every server", () => {
  test.each(cells(["bun", "deno"], plain))("%s → %s, %s", async (client, server, way) => {
    expect(await endpoints[client].ask({ url: endpoints[server].urls[way], by: "native" })).toEqual(
      conversation,
    );
  });
});

test.each(runtimes)("%s: fetch answers what is no WebSocket", async (runtime) => {
  expect(
    await endpoints[runtime].ask({
      page: `${endpoints.bun.urls["serve"]!.replace(/^ws/, "http")}page`,
    }),
  ).toBe("POST /page body");
  expect(
    await endpoints[runtime].ask({
      page: `${endpoints.deno.urls["serve"]!.replace(/^ws/, "http")}page`,
    }),
  ).toBe("POST /page body");
});

test.each(runtimes)("%s: stops, and the process ends by itself", async (runtime) => {
  const { child } = endpoints[runtime];
  const exited = once(child, "exit");
  expect(await endpoints[runtime].ask({})).toBe("stopped");
  child.stdin!.end();
  expect(await exited).toEqual([0, null]);
});
