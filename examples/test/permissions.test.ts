/** The permissions that README names for Deno and Node are enough, and fewer are not. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, test } from "vitest";

const examples = fileURLToPath(new URL("../", import.meta.url));
const deno = fileURLToPath(new URL("../../node_modules/deno/deno", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "sansocket-permissions-"));
const path = join(scratch, "chat.sock");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Serves, connects, and says what it heard, or why not. */
const conversation = (listening: object, url = "server.url"): string => `
  import { connect, listen } from "@sansocket/deno-adapter";
  const server = listen({ ...${JSON.stringify(listening)}, perMessageDeflate: true, websocket: { open: (socket) => socket.send("heard") } });
  try {
    await server.ready;
    const socket = await connect(${url}, { perMessageDeflate: true });
    for await (const message of socket) { console.log(message); socket.close(); }
  } catch (error) { console.log(error.message); }
  await server.stop();
`;

/** Serves a page, and reads it. */
const page = `
  import { serve } from "@sansocket/deno-adapter";
  const server = serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("a page"), websocket: {} });
  await server.ready;
  console.log(await (await fetch(server.url.replace("ws:", "http:"))).text());
  await server.stop();
`;

/** Runs a program from its text, as if it stood among the examples. */
const run = (flags: readonly string[], program: string): Promise<string> =>
  outputOf(deno, ["run", "--no-prompt", ...flags, "-"], program);

function outputOf(command: string, flags: readonly string[], program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, flags, {
      cwd: examples,
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 15_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.once("error", reject).once("close", () => resolve(output.trim()));
    child.stdin.end(program);
  });
}

const local = { hostname: "127.0.0.1", port: 0 };
const everywhere = { port: 0 };
const unix = { unix: path };

describe.concurrent("on Deno", () => {
  test.for<[name: string, flags: string[], program: string, heard: RegExp]>([
    ["the network is enough", ["--allow-net"], conversation(everywhere), /^heard$/],
    [
      "one address, for a server that is on it",
      ["--allow-net=127.0.0.1"],
      conversation(local),
      /^heard$/,
    ],
    ["a server of pages", ["--allow-net=127.0.0.1"], page, /^a page$/],
    [
      "a server of pages from the sources, as JSR has them",
      ["--conditions=source", "--allow-net", "--allow-env=FORCE_COLOR,NO_COLOR,TERM"],
      page,
      /^a page$/,
    ],
    [
      "all addresses by name",
      ["--allow-net=[::],0.0.0.0,localhost"],
      conversation(everywhere),
      /^heard$/,
    ],
    [
      "one address is not enough for a server on all",
      ["--allow-net=127.0.0.1"],
      conversation(everywhere),
      /^Cannot listen on port 0: Requires net access to "\[::\]:0", run again with the --allow-net flag$/,
    ],
    [
      "another host is not in reach",
      ["--allow-net=127.0.0.1"],
      conversation(local, '"ws://127.0.0.2:1/"'),
      /Requires net access to "127\.0\.0\.2:1", run again with the --allow-net flag/,
    ],
    ["nothing is not enough", [], conversation(everywhere), /Requires net access/],
    [
      "another address is not enough for a server on one",
      ["--conditions=source", "--allow-net=127.0.0.2"],
      conversation(local),
      /^Cannot listen on 127\.0\.0\.1:0: Requires net access to "127\.0\.0\.1:0", run again with the --allow-net flag$/,
    ],
    [
      "a Unix socket",
      ["--allow-net", `--allow-read=${path}`, `--allow-write=${path}`],
      conversation(unix, `"ws+unix:${path}:/"`),
      /^heard$/,
    ],
  ])("%s", async ([, flags, program, heard], { expect }) => {
    expect(await run(flags, program)).toMatch(heard);
  });
});

/** Node's permission model, by whatever name this one has it; the network is in it since Node 25. */
const { allowedNodeEnvironmentFlags: known } = process;
const permission = known.has("--permission") ? "--permission" : "--experimental-permission";
const hasNet = known.has("--allow-net");
const DENIED = "Node's permission model forbids it (--permission): give --allow-net too";

/** Listens in every way, and connects in every way, each where nobody answers: what each says. */
const everyWay = `
  import { connect, listen, serve } from "@sansocket/node-adapter";
  import { WebSocketServer } from "@sansocket/node-adapter/ws";
  const told = [];
  const tell = (error) => told.push(error.code);
  for (const by of [serve, listen])
    for (const place of [{ hostname: "127.0.0.1" }, {}, { hostname: "localhost" }, { unix: "/nowhere/a.sock" }])
      await by({ ...place, websocket: {} }).ready.catch(tell);
  await serve({ hostname: "127.0.0.1", http2: true, websocket: {} }).ready.catch(tell);
  await new Promise((resolve) => new WebSocketServer({ port: 0, host: "127.0.0.1" }).on("error", resolve)).then(tell);
  for (const [url, options] of [["ws://127.0.0.1:9/"], ["ws://localhost:9/"], ["wss://127.0.0.1:9/"], ["ws+unix:/nowhere/b.sock:/"], ["ws://127.0.0.1:9/", { http2: true }]])
    await connect(url, options).catch(tell);
  console.log(told.length, ...new Set(told));
`;

describe.concurrent("on Node", () => {
  const inNode = (flags: readonly string[], program: string): Promise<string> =>
    outputOf(
      process.execPath,
      [permission, "--allow-fs-read=*", "--no-warnings", ...flags, "--input-type=module", "-"],
      program.replaceAll("deno-adapter", "node-adapter"),
    );
  const withNet = hasNet ? ["--allow-net"] : [];

  test("the network is enough, and before Node 25 given", async ({ expect }) => {
    expect(await inNode(withNet, conversation(local))).toBe("heard");
  });
  test.skipIf(!hasNet)("without it, listening says so (Node 25 and later)", async ({ expect }) => {
    expect(await inNode([], conversation(local))).toBe(`Cannot listen on 127.0.0.1:0: ${DENIED}`);
  });
  test.skipIf(!hasNet)(
    "no way to listen or to connect ends the process (Node 25 and later)",
    async ({ expect }) => {
      expect(await inNode([], everyWay)).toBe("15 ERR_ACCESS_DENIED");
    },
  );
});
