/** `examples/frameworks`: each framework's own routes and middleware decide who gets a socket. Heavier ones are run by `npm run test:frameworks`. */
import { once } from "node:events";
import { afterAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { converse, page } from "./peers.ts";
import { Program, removeCopies, type Runtime } from "./program.ts";

const timeout = 60_000;
const running: Program[] = [];
const clients: WebSocket[] = [];
afterAll(() => {
  for (const program of running) program.kill("SIGKILL");
  for (const client of clients) client.terminate();
  removeCopies();
});

/** Starts one, and says where it is. */
async function start(name: string, runtime: Runtime = "node"): Promise<[string, Program]> {
  const program = new Program(`frameworks/${name}.mjs`, {
    args: ["0"],
    runtime,
    isAllowedAll: true,
  });
  running.push(program);
  return [await program.printed(/(ws:\S+)/), program];
}

async function chats(url: string): Promise<void> {
  const protocols = ["chess", "chat"];
  expect(await converse(url, { greetings: 1, protocols })).toEqual(["Welcome, ann", "Hello"]);
  expect(await page(url.replace(/^ws(.*)chat.*/, "http$1"))).toBe("An ordinary page\n");
  await expect(converse(url.replace("?name=ann", ""))).rejects.toThrow("response: 401");
  await expect(converse(url.replace("/chat", "/elsewhere"))).rejects.toThrow("response: 404");
  const elsewhere = new WebSocket(url, { origin: "https://elsewhere.example" });
  expect(String(await once(elsewhere, "error").then(([error]) => error as Error))).toContain("403");
}

const UNASKED: Record<string, RegExp> = {
  express: /^Speak WebSocket here\n$/,
  koa: /^Speak WebSocket here$/,
  fastify: /^Speak WebSocket here\n$/,
  h3: /^WebSocket upgrade is required\.$/,
};

describe("frameworks on node", () => {
  test.concurrent.each(Object.entries(UNASKED))("%s", { timeout }, async (name, answer) => {
    const [url] = await start(name);
    await chats(url);
    expect(await page(url.replace("ws", "http"))).toMatch(answer);
  });

  test("fastify closes its sockets when it stops", { timeout }, async () => {
    const [url, program] = await start("fastify");
    const socket = new WebSocket(url);
    await once(socket, "message");
    program.kill("SIGTERM");
    expect((await once(socket, "close"))[0]).toBe(4001);
    expect((await program.ended).code).toBe(0);
  });

  test("vite, whose own WebSocket goes on", { timeout }, async () => {
    const [url] = await start("vite");
    await chats(url);
    const page = await fetch(url.replace("ws", "http").replace(/chat.*/, "@vite/client"));
    const token = /wsToken = "([^"]+)"/.exec(await page.text())?.[1];
    const own = new WebSocket(`${url.replace(/chat.*/, "")}?token=${token}`, "vite-hmr");
    clients.push(own);
    expect(JSON.parse(String((await once(own, "message"))[0]))).toEqual({ type: "connected" });
  });
});

test.concurrent.each(["node", "deno", "bun"] as const)(
  "hono on %s",
  { timeout },
  async (runtime) => {
    const [url] = await start("hono", runtime);
    await chats(url);
    expect(await page(url.replace("ws", "http"))).toBe("Speak WebSocket here\n");
  },
);
