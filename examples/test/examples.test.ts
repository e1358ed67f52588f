/** Every example is run, and does what it says. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Program } from "./program.ts";

const folder = fileURLToPath(new URL("../", import.meta.url));
const certificates = fileURLToPath(new URL("../../packages/node-adapter/test/fixtures/", import.meta.url));

const running: Program[] = [];
function run(...given: ConstructorParameters<typeof Program>): Program {
  const program = new Program(...given);
  running.push(program);
  return program;
}
afterEach(() => running.splice(0).forEach((program) => program.kill()));

/** Connects with a client that is not ours, says "Hello" after the server's greeting, and closes after the next message. */
function converse(url: string, { greetings = 0, protocols = [], ca }: { greetings?: number; protocols?: string[]; ca?: Buffer } = {}): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const messages: string[] = [];
    const socket = new WebSocket(url, protocols, { ca });
    const speak = (): void => { if (messages.length === greetings) socket.send("Hello"); };
    socket.on("open", speak);
    socket.on("message", (data) => {
      messages.push(String(data));
      if (messages.length > greetings) socket.close(1000, "done");
      else speak();
    });
    socket.on("close", () => resolve(messages));
    socket.on("error", reject);
  });
}

function page(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => { body += text; }).on("end", () => resolve(body));
    }).on("error", reject);
  });
}

const ADDRESS = /(wss?:\/\/\S+)/;

/** The lines of a program that has ended well. */
async function linesOf(program: Program): Promise<string[]> {
  const { code, output, errors } = await program.ended;
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return output.trimEnd().split("\n");
}

const tests: Record<string, () => Promise<void>> = {
  async "core-by-hand.mjs"() {
    const lines = await linesOf(run("core-by-hand.mjs"));
    expect(lines).toContain("client: onText You said: Hello");
    for (const name of ["client", "server"]) {
      expect(lines.filter((line) => line.startsWith(`${name}: onState`)).at(-1)?.trim()).toBe(`${name}: onState closed`);
      expect(lines.filter((line) => line.startsWith(name)).at(-1)).toBe(`${name}: onClose 1000 done`);
    }
  },

  async "echo-node.mjs"() {
    const program = run("echo-node.mjs", ["--once"]);
    expect(await converse(await program.printed(ADDRESS))).toEqual(["Hello"]);
    expect(await linesOf(program)).toHaveLength(1);
  },

  async "client-node.mjs"() {
    const server = run("echo-node.mjs", ["--once"]);
    const client = run("client-node.mjs", [await server.printed(ADDRESS)]);
    expect(await linesOf(client)).toEqual(["Received: Hello", "Closed: 1000 that is all"]);
    await linesOf(server);
  },

  async "upgrade-http.mjs"() {
    const program = run("upgrade-http.mjs", ["--once"]);
    const url = await program.printed(ADDRESS);
    expect(await page(url.replace("ws:", "http:"))).toBe("An ordinary page\n");
    await expect(converse(url.replace("/chat", "/elsewhere"))).rejects.toThrow("socket hang up");
    expect(await converse(url, { greetings: 1, protocols: ["chess", "chat"] })).toEqual(["Welcome to chat", "Hello"]);
    expect(await linesOf(program)).toHaveLength(1);
  },

  async "stream-file.mjs"() {
    const large = fileURLToPath(new URL("../../pnpm-lock.yaml", import.meta.url)), content = readFileSync(large);
    const expected = `${content.length} bytes, SHA-256 ${createHash("sha256").update(content).digest("hex")}`;
    expect(await linesOf(run("stream-file.mjs", [large]))).toEqual([expected]);
  },

  async "listen-tls.mjs"() {
    const program = run("listen-tls.mjs", ["--once"], { TLS_KEY: `${certificates}localhost-key.pem`, TLS_CERT: `${certificates}localhost.pem` });
    const url = await program.printed(ADDRESS);
    expect(url).toMatch(/^wss:/);
    expect(await converse(url, { ca: readFileSync(`${certificates}authority.pem`) })).toEqual(["Nobody else can read this"]);
    expect(await linesOf(program)).toHaveLength(1);
  },

  async "sse-client.mjs"() {
    // The server breaks off, is away for a while, and comes back.
    const asked: unknown[] = [];
    const serve = (text: string, port = 0) => new Promise<{ port: number; stop: () => void }>((resolve) => {
      const server = createServer(({ headers }, response) => {
        asked.push(`${headers["x-token"]} ${headers["last-event-id"]}`);
        response.writeHead(200, { "Content-Type": "text/event-stream" }).write(text);
      });
      server.listen(port, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, stop: () => { server.closeAllConnections(); server.close(); } }));
    });
    const first = await serve("retry: 20\nid: 1\ndata: Hello\n\ndata: not ended");
    const program = run("sse-client.mjs", [`http://127.0.0.1:${first.port}/`]);
    await program.printed(/message 1: Hello/);
    first.stop();
    await program.printed(/No response came.*; connecting again/);
    const second = await serve("id: 2\nevent: goodbye\ndata: Bye\n\n", first.port);
    const lines = await linesOf(program);
    second.stop();
    expect(lines.filter((line) => !line.startsWith("No response came"))).toEqual([
      "Connected", "message 1: Hello", expect.stringMatching(/^The event stream broke off: .*; connecting again$/), "Connected", "goodbye 2: Bye",
    ]);
    expect(asked).toEqual(["42 undefined", "42 1"]);
  },

  async "sse-clock.mjs"() {
    // Killed, and started again: the reader comes back.
    const clock = run("sse-clock.mjs", [], { TICK: "20" }), url = await clock.printed(/(http:\S+)/);
    expect(await page(url)).toContain("new EventSource");
    const reader = run("sse-client.mjs", [url]);
    await reader.printed(/tick (\d+): {"seconds":\1,"readers":1}/);
    clock.kill("SIGKILL");
    await reader.printed(/connecting again/);
    run("sse-clock.mjs", [], { TICK: "20", PORT: new URL(url).port });
    await reader.printed(/connecting again[^]*tick (\d+): {"seconds":\1/);
  },

  async "sse-fetch.mjs"() {
    const program = run("sse-fetch.mjs", [], { TICK: "5" }), url = await program.printed(/(http:\S+)/);
    const words = await new Promise<string[]>((resolve) => {
      get(url, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; }).on("end", () => resolve([...text.matchAll(/data: (.*)/g)].map(([, word]) => word!)));
      });
    });
    expect(words).toEqual([..."Once upon a time there was a stream".split(" "), "done"]);
    get(url, (response) => response.once("data", () => response.destroy())).on("error", () => {});
    await program.printed(/The reader has left/);
  },

  async "replace-faye.cjs"() {
    const lines = await linesOf(run("replace-faye.cjs"));
    expect(lines.slice(0, 2)).toEqual(["client: open echo", "client: message Hello, world!"]);
    // Which end hears first that the transport has ended is chance.
    expect(lines.slice(2).sort()).toEqual(["client: close 1000 done", "server: close 1000 done"]);
  },
};

describe("examples", () => {
  test("are all run here", () => {
    expect(readdirSync(folder).filter((file) => /\.[cm]?[jt]s$/.test(file)).sort()).toEqual(Object.keys(tests).sort());
  });
  test.each(Object.entries(tests))("%s", (_, example) => example());
});
