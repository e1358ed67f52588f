/** `sansocket connect`, run against servers of this process. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { replay } from "@sansocket/core/trace";
import { afterEach, expect, test } from "vitest";
import { listen, serve, type SocketServer } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { buildCommand, eventsIn, sansocket, scratch, start } from "./command.ts";

buildCommand();

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

const echo = {
  message: (socket: any, data: any) => {
    socket.send(data);
  },
};

async function running(server: SocketServer): Promise<string> {
  undo.push(() => server.stop({ force: true }));
  await server.ready;
  return server.url;
}

const echoing = (options: object = {}): Promise<string> =>
  running(listen({ hostname: "127.0.0.1", websocket: echo, ...options }));

test("lines go out, messages come back, and the end of input is the end", async () => {
  const { code, out, err } = await sansocket(["connect", await echoing()], { input: "one\ntwo\n" });
  expect({ code, out, err }).toEqual({ code: 0, out: "one\ntwo\n", err: "" });
});

test.each([
  ["echo hi", "(echo hi; echo more)"],
  ["yes hi", "(yes hi; true)"], // an input without an end
])(
  "%s | sansocket connect URL | head -1 ends with status 0, and no stage complains",
  async (_name, input) => {
    const url = await echoing();
    const command = `set -o pipefail; ${input} 2>/dev/null | "${process.execPath}" "${join(scratch, "cli/main.mjs")}" connect ${url} | head -1`;
    const child = spawn("bash", ["-c", command], { timeout: 10_000 });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    const [code] = await once(child, "close");
    expect({ code, out, err }).toEqual({ code: 0, out: "hi\n", err: "" });
  },
);

test("a reader that leaves ends a stream of messages with status 0", async () => {
  const url = await running(
    listen({
      hostname: "127.0.0.1",
      websocket: {
        open: (socket) => {
          const timer = setInterval(() => socket.send("tick"), 5);
          socket.on("close", () => {
            clearInterval(timer);
          });
        },
      },
    }),
  );
  const child = spawn(process.execPath, [join(scratch, "cli/main.mjs"), "connect", url], {
    timeout: 10_000,
  });
  undo.push(() => child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = await once(child, "close");
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("what happens, as JSON Lines: the opening, messages of both kinds, the close", async () => {
  const url = await running(
    listen({
      hostname: "127.0.0.1",
      protocols: ["chat"],
      websocket: {
        open: (socket) => {
          socket.send("text");
          socket.send(Uint8Array.of(0, 255));
          socket.close(3001, "enough");
        },
      },
    }),
  );
  const { code, out } = await sansocket([
    "connect",
    url,
    "-s",
    "chat",
    "--json",
    "--wait",
    "forever",
  ]);
  expect(code).toBe(4);
  expect(eventsIn(out)).toMatchObject([
    { event: "open", url, protocol: "chat", status: 101 },
    { event: "message", type: "text", data: "text" },
    { event: "message", type: "binary", base64: "AP8=" },
    { event: "close", code: 3001, reason: "enough", wasClean: true, initiator: "peer" },
  ]);
});

test("header fields, cookies, authorization and the origin arrive", async () => {
  let seen: Record<string, string | undefined> = {};
  const url = await running(
    listen({
      hostname: "127.0.0.1",
      origins: "*",
      websocket: {
        upgrade: ({ headers }) => {
          const names = ["x-token", "cookie", "authorization", "origin"];
          seen = Object.fromEntries(names.map((name) => [name, headers.get(name)]));
        },
      },
    }),
  );
  const { code, err } = await sansocket([
    ...["connect", url, "-H", "X-Token: 4:2", "-b", "a=1", "-b", "b=2", "-u", "me:secret"],
    ...["-o", "http://example.com", "--wait", "0"],
  ]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(seen).toEqual({
    "x-token": "4:2",
    cookie: "a=1; b=2",
    authorization: `Basic ${btoa("me:secret")}`,
    origin: "http://example.com",
  });
});

test("TLS: an authority, or any certificate; without, the error says what to do", async () => {
  const url = await running(
    serve({ hostname: "127.0.0.1", tls: localhost, http2: true, websocket: echo }),
  );
  const ca = join(scratch, "ca.pem");
  writeFileSync(ca, authority);
  const [trusting, any, none, http2] = await Promise.all([
    sansocket(["connect", url.replace("127.0.0.1", "localhost"), "--ca", ca, "--wait", "0"], {
      input: "a\n",
    }),
    sansocket(["connect", url, "-k", "--wait", "0"], { input: "b\n" }),
    sansocket(["connect", url]),
    sansocket(["connect", url, "-k", "--http2", "--json", "--wait", "0"], { input: "c\n" }),
  ]);
  expect([trusting!.out, trusting!.err, trusting!.code]).toEqual(["a\n", "", 0]);
  expect([any!.out, any!.code]).toEqual(["b\n", 0]);
  expect(none!.code).toBe(3);
  expect(none!.err).toMatch(/certificate/);
  const [opened, message] = eventsIn(http2!.out);
  expect(opened).toMatchObject({ event: "open", status: 200 });
  expect(message).toMatchObject({ data: "c" });
});

/** An HTTP proxy that counts its tunnels. */
async function proxying(): Promise<{ url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const proxy = http.createServer().on("connect", ({ url = "" }, client: net.Socket) => {
    tunnels.push(url);
    const [host, port] = url.split(":");
    const server = net.connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const one of [client, server]) one.on("error", () => {});
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  undo.push(() => proxy.close());
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, tunnels };
}

test("a proxy by option and by environment; no_proxy and an empty option go directly", async () => {
  const url = await echoing();
  const { url: proxy, tunnels } = await proxying();
  const run = async (args: string[], env: Record<string, string>): Promise<number> => {
    tunnels.length = 0;
    const { out, err } = await sansocket(["connect", url, ...args, "--wait", "0"], {
      input: "through\n",
      env,
    });
    expect(out + err).toBe("through\n");
    return tunnels.length;
  };
  expect(await run(["--proxy", proxy], {})).toBe(1);
  expect(await run([], { http_proxy: proxy })).toBe(1);
  expect(await run([], { all_proxy: proxy, no_proxy: "127.0.0.1" })).toBe(0);
  expect(await run(["--proxy", ""], { ws_proxy: proxy })).toBe(0);
});

test("compression is agreed on, and pings tell their round trips", async () => {
  const url = await echoing({ perMessageDeflate: true });
  const command = start(["connect", url, "-c", "--json", "--ping", "0.02"]);
  await command.says('"event":"pong"');
  command.kill("SIGINT");
  const { code, out } = await command.ended;
  expect(code).toBe(130);
  const events = eventsIn(out);
  expect(events[0].extensions).toContain("permessage-deflate");
  expect(events.find(({ event }) => event === "pong").roundTrip).toBeGreaterThan(0);
  expect(events.at(-1)).toMatchObject({ event: "close", code: 1000, initiator: "local" });
});

test("binary: a file goes out as one message, comes back raw, in hexadecimal, or into a file", async () => {
  const url = await echoing();
  const file = join(scratch, "sent.bin");
  const bytes = Buffer.alloc(300_000, 0xa5);
  writeFileSync(file, bytes);
  const folder = join(scratch, "saved");
  const [raw, saved, hex] = await Promise.all([
    sansocket(["connect", url, "--send", file]),
    sansocket(["connect", url, "--send", file, "--save", folder]),
    sansocket(["connect", url, "--hex"], { input: "48 65 6C 6c 6f\nno hex\n" }),
  ]);
  expect(raw!.bytes.equals(bytes)).toBe(true);
  expect(saved!.out).toBe(`${join(folder, "1.bin")}\n`);
  expect(readFileSync(join(folder, "1.bin")).equals(bytes)).toBe(true);
  expect(hex!.out).toBe(`5 bytes\n00000000  48 65 6c 6c 6f${" ".repeat(35)}Hello\n`);
  expect(hex!.err).toContain("not hexadecimal: no hex");
});

test("--pretty lays JSON out", async () => {
  const { out } = await sansocket([
    "connect",
    await echoing(),
    "-p",
    "-m",
    '{"a":[1]}',
    "-m",
    "{no",
  ]);
  expect(out).toBe('{\n  "a": [\n    1\n  ]\n}\n{no\n');
});

test("--reconnect comes back after a loss, with the line that waited", async () => {
  let connections = 0;
  const url = await echoing({
    websocket: {
      ...echo,
      open: (socket: any) => {
        if (++connections < 3) socket.terminate();
        else socket.send("back");
      },
    },
  });
  const command = start(["connect", url, "--reconnect", "0.01"]);
  await command.says("back");
  command.type("hello\n");
  await command.says("hello");
  command.kill("SIGTERM");
  expect((await command.ended).code).toBe(130);
  expect(connections).toBe(3);
});

test("--record writes a trace that replays", async () => {
  const file = join(scratch, "talk.jsonl");
  await sansocket(["connect", await echoing(), "-m", "recorded", "--record", file]);
  const [result] = replay(readFileSync(file, "utf8"));
  expect(result!.difference).toBeUndefined();
  expect(result!.actions).toBeGreaterThan(5);
});

const WRONG: [args: string[], code: number, sentence: string][] = [
  [["connect"], 2, "the URL is missing"],
  [["connect", "a", "b"], 2, "got also b"],
  [["connect", "x", "--nonsense"], 2, "--nonsense"],
  [["connect", "x", "--ping", "soon"], 2, '--ping: expected a number of at least 0, got "soon"'],
  [["connect", "x", "-H", "no colon"], 2, "'NAME: VALUE'"],
  [["connect", "x", "-H", "Upgrade: h2c"], 2, "the handshake's own"],
  [["connect", "x", "--cert", "/dev/null"], 2, "belong together"],
  [["connect", "x", "--ca", "/nowhere"], 5, "ENOENT"],
  [["connect", "127.0.0.1:1"], 3, "ECONNREFUSED"],
  [["bogus"], 2, "there is no command bogus; there are connect,"],
];

test("what is wrong ends with a code of its own, and a sentence that says why", async () => {
  const ran = await Promise.all(WRONG.map(([args]) => sansocket(args)));
  for (const [index, [, code, sentence]] of WRONG.entries()) {
    const { err, out, code: got } = ran[index]!;
    expect(err).toContain(sentence);
    expect(err).toMatch(/^sansocket: .*\n$/);
    expect([got, out]).toEqual([code, ""]);
  }
});

test("a lost connection ends with 4, and tells why", async () => {
  const url = await running(
    listen({
      hostname: "127.0.0.1",
      websocket: {
        message: (socket) => {
          socket.terminate();
        },
      },
    }),
  );
  const { code, err } = await sansocket(["connect", url, "-m", "go", "--wait", "forever"]);
  expect(code).toBe(4);
  expect(err).toContain("1006");
});
