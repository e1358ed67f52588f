/** Every example is run, on each runtime that it is for, and does what it says. On Deno it is allowed the network, and to read what it is to read. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import inspector from "node:inspector";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { converse, eventsOf, page, proxy, streams } from "./peers.ts";
import { Program, removeCopies, type RunOptions, type Runtime } from "./program.ts";

const folder = fileURLToPath(new URL("../", import.meta.url));
const [key, cert, ca] = ["localhost-key", "localhost", "ca"].map((name) =>
  fileURLToPath(new URL(`../../packages/core/test/fixtures/tls/${name}.pem`, import.meta.url)),
) as [string, string, string];
const ADDRESS = /(wss?:\/\/\S+)/;
const PAGE = /(http:\S+)/;

afterAll(removeCopies);

/** Runs programs, on one runtime. */
type Run = (file: string, args?: readonly string[], options?: RunOptions) => Program;

/** Runs examples side by side: they mostly wait. */
const testAll = (
  examples: Record<string, (run: Run) => Promise<void>>,
  runtime?: Runtime,
): void => {
  test.concurrent.for(Object.entries(examples))("%s", async ([, example], { onTestFinished }) => {
    const running: Program[] = [];
    onTestFinished(() => running.forEach((program) => program.kill("SIGKILL")));
    await example((file, args = [], options = {}) => {
      const program = new Program(file, { args, runtime, ...options });
      running.push(program);
      return program;
    });
  });
};

/** The lines of a program that has ended well. */
async function linesOf(program: Program): Promise<string[]> {
  const { code, output, errors } = await program.ended;
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return output.trimEnd().split("\n");
}

/** Those that run everywhere, with another adapter by changing one word. */
const everywhere: Record<string, (run: Run) => Promise<void>> = {
  async "client-node.mjs"(run) {
    const server = run("echo-node.mjs", ["0"]);
    expect(await linesOf(run("client-node.mjs", [await server.printed(ADDRESS)]))).toEqual([
      "Received: Hello",
      "Closed: 1000 that is all",
    ]);
  },

  async "first.mjs"(run) {
    expect(await linesOf(run("first.mjs"))).toEqual(["You said: Hello"]);
  },

  async "observing.mjs"(run) {
    expect(await linesOf(run("observing.mjs"))).toEqual([
      "open at 127.0.0.1, protocol chat",
      "sent text: Hello",
      "received text: You said: Hello",
      "sent ping: p",
      "received pong: p",
      "pong after a round trip",
      "sent close",
      "received close",
      "close 1000",
    ]);
  },

  async "observing-streams.mjs"(run) {
    const lines = await linesOf(run("observing-streams.mjs"));
    const of = (side: string) => lines.filter((line) => line.startsWith(side));
    expect(of("server")).toEqual([
      'server open, last id ""',
      'server comment_sent ""',
      "server event_sent message 1: Hello",
      "server close",
      'server open, last id "1"',
      'server comment_sent ""',
      "server event_sent message 2: Hello",
      "server close",
    ]);
    expect(of("client")).toEqual([
      'client open, last id ""',
      'client comment_received ""',
      "client event_received message 1: Hello",
      "client error: The event stream ended",
      'client open, last id "1"',
      'client comment_received ""',
      "client event_received message 2: Hello",
      "client close",
    ]);
  },

  async "client-options.mjs"(run) {
    const server = run("upgrade-http.mjs", ["0"]);
    const through = await proxy("user:secret");
    const url = await server.printed(ADDRESS);
    expect(await linesOf(run("client-options.mjs", [url]))).toEqual(["Welcome to chat, ann"]);
    expect(
      await linesOf(
        run("client-options.mjs", [url, `http://user:secret@127.0.0.1:${through.port}`]),
      ),
    ).toEqual(["Welcome to chat, ann"]);
    expect(through.asked).toEqual([new URL(url).host]);
    const { code, output, errors } = await run("client-options.mjs", [
      url,
      `http://127.0.0.1:${through.port}`,
    ]).ended;
    through.stop();
    expect([code, output]).toEqual([1, ""]);
    expect(errors).toMatch(/407 Proxy Authentication Required/);
  },

  async "upgrade-http.mjs"(run) {
    const url = await run("upgrade-http.mjs", ["0"]).printed(ADDRESS);
    expect(await page(url.replace("ws:", "http:"))).toBe("An ordinary page\n");
    await expect(converse(url.replace("/chat", "/elsewhere"))).rejects.toThrow(
      "Unexpected server response: 404",
    );
    await expect(converse(url.replace("?user=ann", ""))).rejects.toThrow(
      "Unexpected server response: 401",
    );
    expect(await converse(url, { greetings: 1, protocols: ["chess", "chat"] })).toEqual([
      "Welcome to chat, ann",
      "Hello",
    ]);
  },

  async "listen-tls.mjs"(run) {
    const url = await run("listen-tls.mjs", [key, cert, "0"], { reads: [key, cert] }).printed(
      ADDRESS,
    );
    expect(url).toMatch(/^wss:/);
    expect(await converse(url, { ca: readFileSync(ca) })).toEqual(["Nobody else can read this"]);
  },

  async "http2.mjs"(run) {
    const lines = await linesOf(run("http2.mjs", [key, cert, ca], { reads: [key, cert, ca] }));
    expect(lines).toEqual(
      ["one", "two"].map((path) =>
        expect.stringMatching(new RegExp(`^wss://localhost:\\d+/${path} heard Hello$`)),
      ),
    );
  },

  async "http2-upgrade.mjs"(run) {
    expect(await linesOf(run("http2-upgrade.mjs"))).toEqual(["chat: Hello from a stream"]);
  },

  async "compression.mjs"(run) {
    expect(await linesOf(run("compression.mjs"))).toEqual([
      "Agreed on: permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      "1960",
      "53",
    ]);
  },

  async "chat.mjs"(run) {
    const program = run("chat.mjs", ["0"]);
    const url = await program.printed(ADDRESS);
    const first = converse(url, { greetings: 2, says: "anyone?" }); // the welcome, and the notice of the second client
    const second = await converse(url, { greetings: 1, says: undefined });
    expect(second).toEqual(["Welcome. Whoever is here hears you.", "anyone?"]);
    program.kill("SIGTERM");
    expect(await first).toEqual(["Welcome. Whoever is here hears you.", "2 are here"]);
    expect(await linesOf(program)).toHaveLength(1);
  },

  async "loop.mjs"(run) {
    const lines = await linesOf(run("loop.mjs"));
    expect(lines.slice(0, 2)).toEqual(["FROM A LOOP", "FROM A STREAM"]);
    const printed = lines.slice(2).join("").replace(/[\s,]/g, "").replaceAll("'", '"');
    // Bun also prints properties that are not enumerable.
    expect(printed.replace('initiator:"local"cause:undefined', "")).toBe(
      '{code:1000reason:""wasClean:true}',
    );
  },

  async "stream-file.mjs"(run) {
    const large = fileURLToPath(new URL("../../pnpm-lock.yaml", import.meta.url));
    const content = readFileSync(large);
    const expected = `${content.length} bytes, SHA-256 ${createHash("sha256").update(content).digest("hex")}`;
    expect(await linesOf(run("stream-file.mjs", [large], { reads: [large] }))).toEqual([expected]);
  },

  async "extension.mjs"(run) {
    expect(await linesOf(run("extension.mjs"))).toEqual(["x-reverse: stressed"]);
  },

  async "sse-client.mjs"(run) {
    // The server breaks off, is away for a while, and comes back.
    const first = await streams("retry: 20\nid: 1\ndata: Hello\n\ndata: not ended");
    const program = run("sse-client.mjs", [`http://127.0.0.1:${first.port}/`]);
    await program.printed(/message 1: Hello/);
    first.stop();
    await program.printed(/No response came.*; connecting again/);
    const second = await streams("id: 2\nevent: goodbye\ndata: Bye\n\n", first.port);
    const lines = await linesOf(program);
    second.stop();
    expect(lines.filter((line) => !line.startsWith("No response came"))).toEqual([
      "Connected",
      "message 1: Hello",
      expect.stringMatching(/^The event stream broke off: .*; connecting again$/),
      "Connected",
      "goodbye 2: Bye",
    ]);
    expect([...first.asked, ...second.asked]).toEqual(["42 undefined", "42 1"]);
  },

  async "sse-clock.mjs"(run) {
    // Killed, and started again: the reader comes back.
    const clock = run("sse-clock.mjs", ["0", "20"]);
    const url = await clock.printed(PAGE);
    expect(await page(url)).toContain("new EventSource");
    const reader = run("sse-client.mjs", [url]);
    await reader.printed(/tick (\d+): {"seconds":\1,"readers":1}/);
    clock.kill("SIGKILL");
    await reader.printed(/connecting again/);
    run("sse-clock.mjs", [new URL(url).port, "20"]);
    await reader.printed(/connecting again[^]*tick (\d+): {"seconds":\1/);
  },

  async "sse-fetch.mjs"(run) {
    const program = run("sse-fetch.mjs", ["0", "5"]);
    const url = await program.printed(PAGE);
    expect((await page(url)).match(/(?<=data: ).*/g)).toEqual([
      ..."Once upon a time there was a stream".split(" "),
      "done",
    ]);
    get(url, (response) => response.once("data", () => response.destroy())).on("error", () => {});
    await program.printed(/The reader has left/);
  },
};

async function echoes(run: Run, file: string): Promise<void> {
  const url = await run(file, ["0"]).printed(ADDRESS);
  expect(await page(url.replace("ws:", "http:"))).toBe("An ordinary page\n");
  expect(await converse(url)).toEqual(["Hello"]);
}

async function ticks(run: Run, file: string): Promise<void> {
  const url = (await run(file, ["0"]).printed(/(http:\S+:\d+\/)/)).replace(
    /0\.0\.0\.0|\[::\]/,
    "localhost",
  );
  expect(await page(url)).toBe("Ask for text/event-stream\n");
  expect(await eventsOf(url, 2)).toEqual([
    "retry: 5000",
    expect.stringMatching(/^event: tick\nid: (\d+)\ndata: {"second":\1}$/),
  ]);
}

/** Those that are for one runtime, by their names. */
const byName: Record<string, (run: Run) => Promise<void>> = {
  // Under Node 24.7 and later it waits for sockets without a word.
  async "devtools.mjs"(run) {
    const shows = "webSocketCreated" in ((inspector as { Network?: object }).Network ?? {});
    expect(await linesOf(run("devtools.mjs"))).toEqual([
      shows ? "" : "This runtime shows no sockets in DevTools",
    ]);
  },

  "echo-node.mjs": (run) => echoes(run, "echo-node.mjs"),
  "echo-deno.ts": (run) => echoes(run, "echo-deno.ts"),
  "echo-bun.ts": (run) => echoes(run, "echo-bun.ts"),
  "sse-deno.ts": (run) => ticks(run, "sse-deno.ts"),
  "sse-bun.ts": (run) => ticks(run, "sse-bun.ts"),

  async "conn-deno.ts"(run) {
    expect(await linesOf(run("conn-deno.ts"))).toEqual(["Hello"]);
  },

  async "listen-bun.ts"(run) {
    const url = await run("listen-bun.ts", ["0"]).printed(ADDRESS);
    await expect(converse(url.replace("/chat", "/elsewhere"))).rejects.toThrow(
      "Unexpected server response: 404",
    );
    expect(await converse(url)).toEqual(["Hello"]);
  },

  async "core-by-hand.mjs"(run) {
    const lines = await linesOf(run("core-by-hand.mjs"));
    expect(lines).toContain("client: onText You said: Hello");
    for (const name of ["client", "server"]) {
      expect(
        lines
          .filter((line) => line.startsWith(`${name}: onState`))
          .at(-1)
          ?.trim(),
      ).toBe(`${name}: onState closed`);
      expect(lines.filter((line) => line.startsWith(name)).at(-1)).toBe(
        `${name}: onClose 1000 done`,
      );
    }
  },

  async "replace-faye.cjs"(run) {
    const lines = await linesOf(run("replace-faye.cjs", ["0"]));
    expect(lines.slice(0, 2)).toEqual(["client: open echo", "client: message Hello, world!"]);
    // Which end hears first that the transport has ended is chance.
    expect(lines.slice(2).sort()).toEqual(["client: close 1000 done", "server: close 1000 done"]);
  },
};

test("all examples are run here", () => {
  expect(
    readdirSync(folder)
      .filter((file) => /\.[cm]?[jt]s$/.test(file))
      .sort(),
  ).toEqual([...Object.keys(everywhere), ...Object.keys(byName)].sort());
});

test("the server is one program in three runtimes, but for one word", () => {
  const [node, deno, bun] = ["echo-node.mjs", "echo-deno.ts", "echo-bun.ts"].map((file) =>
    readFileSync(folder + file, "utf8"),
  ) as [string, string, string];
  expect([deno, bun]).toEqual([
    node.replace("node-adapter", "deno-adapter"),
    node.replace("node-adapter", "bun-adapter"),
  ]);
});

describe("examples", () => {
  testAll(byName);
});
describe.each(["node", "deno", "bun"] as const)("examples in %s", (runtime) => {
  testAll(everywhere, runtime);
});
