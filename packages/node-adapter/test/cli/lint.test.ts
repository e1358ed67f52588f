/** `sansocket lint`, of what real peers said: tapped here, by tcpdump where it may capture, and by Chromium where there is one. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { packetsOf, pcap, pcapng, type Said } from "../../../core/testing/captures.ts";
import { connect, createTraceRing, listen, upgrade, type WebSocket } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { browser } from "../peers/browser.ts";
import { buildCommand, eventsIn, sansocket, scratch } from "./command.ts";

buildCommand();

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

const options = {
  perMessageDeflate: {
    threshold: 0,
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
  },
};

/** A proxy in front of `port` that writes down what passes. */
async function tap(port: number): Promise<{ port: number; said: Said[] }> {
  const said: Said[] = [
    { side: "client", flags: "S" },
    { side: "server", flags: "SA" },
  ];
  const proxy = net.createServer((client) => {
    const server = net.connect(port, "127.0.0.1");
    const pass = (side: Said["side"], from: net.Socket, to: net.Socket): void => {
      from.on("data", (data) => {
        for (let at = 0; at < data.length; at += 1400)
          said.push({ side, data: data.subarray(at, at + 1400) });
        to.write(data);
      });
      from.on("end", () => {
        said.push({ side, flags: "F" });
        to.end();
      });
      from.on("error", () => {});
    };
    pass("client", client, server);
    pass("server", server, client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  undo.push(() => proxy.close());
  return { port: (proxy.address() as AddressInfo).port, said };
}

/** Echoes, over TLS of some version or over HTTP/2, and keeps the key log. */
async function echoing(
  kind: "TLSv1.2" | "TLSv1.3" | "HTTP/2",
): Promise<{ port: number; keys: () => string }> {
  const keys: Buffer[] = [];
  const server =
    kind === "HTTP/2"
      ? http2
          .createSecureServer({ ...localhost, settings: { enableConnectProtocol: true } })
          .on("stream", (stream, headers) => {
            echo(upgrade(stream, headers, options));
          })
      : https
          .createServer({ ...localhost, maxVersion: kind })
          .on("upgrade", (request, socket, head) => {
            echo(upgrade(request, socket, head, options));
          });
  server.on("keylog", (line: Buffer) => keys.push(line));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    keys: () => Buffer.concat(keys).toString(),
  };
}

const echo = (socket: WebSocket): void => {
  socket.on("message", (event) => socket.send(event));
};

const TEXTS = ["hello hello hello", "hello hello hello again", "x".repeat(5000)];

/** Has texts echoed, sends one in pieces, and closes. */
async function converse(socket: WebSocket): Promise<void> {
  let count = 0;
  const echoed = new Promise<void>((resolve) => {
    socket.on("message", () => {
      if (++count === 4) resolve();
    });
  });
  for (const text of TEXTS) socket.send(text);
  await socket.sendStream(["one ", "two ", ""]);
  await echoed;
  socket.close(1000);
  await socket.closed;
}

const file = (name: string, data: Uint8Array | string): string => {
  const path = join(scratch, name);
  writeFileSync(path, data);
  return path;
};

/** The texts that each side sent, as the command reads them. */
function textsIn(out: string): Record<string, string[]> {
  const texts: Record<string, string[]> = { client: [], server: [] };
  for (const { event, side, text } of eventsIn(out))
    if (event === "message" && text !== undefined) texts[side]!.push(text);
  return texts;
}

const ALL = [...TEXTS, "one two "];

describe.each(["TLSv1.2", "TLSv1.3", "HTTP/2"] as const)("%s by a key log", (kind) => {
  test("is read to the last message, from a file beside it or from within; without, it says so", async () => {
    const server = await echoing(kind);
    const { port, said } = await tap(server.port);
    const socket = await connect(`wss://localhost:${port}/`, {
      ca: authority,
      http2: kind === "HTTP/2",
      net: { host: "127.0.0.1" },
      ...options,
    });
    await converse(socket);
    const packets = packetsOf(said);
    const capture = file(`${kind.slice(0, 3)}.pcap`, pcap(packets, { link: "sll2" }));
    const keys = file(`${kind.slice(0, 3)}.keys`, server.keys());
    const inside = file(
      `${kind.slice(0, 3)}.pcapng`,
      pcapng(packets, ["ethernet", "raw"], { secrets: server.keys() }),
    );
    const [beside, within, without] = await Promise.all([
      sansocket(["lint", capture, "--keylog", keys, "--json", "-m"]),
      sansocket(["lint", inside, "--json", "-m"]),
      sansocket(["lint", capture]),
    ]);
    for (const { code, out, err } of [beside!, within!]) {
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(textsIn(out)).toEqual({ client: ALL, server: ALL });
      expect(eventsIn(out).filter(({ event }) => event === "finding")).toEqual([]);
      const [one] = eventsIn(out).filter(({ event }) => event === "conversation");
      expect(one.http).toBe(kind === "HTTP/2" ? "2" : "1.1");
    }
    expect(without!.out).toContain("TLS without keys: give the key log");
    expect(without!.out).toContain("0 violations, 0 warnings, 1 note");
    expect(without!.code).toBe(0);
  });
});

test("a segment of TLS that was lost costs its record, and what is behind is read", async () => {
  const server = await echoing("TLSv1.3");
  const { port, said } = await tap(server.port);
  const socket = await connect(`wss://localhost:${port}/`, {
    ca: authority,
    net: { host: "127.0.0.1" },
  });
  const size = said.length;
  void socket.sendStream([Buffer.alloc(60_000, 1)], { binary: true });
  await once(socket, "message");
  socket.send("after");
  await once(socket, "message");
  socket.close(1000);
  await socket.closed;
  const packets = packetsOf(said);
  // Inside a record of nothing but payload: the frame's header is in the first.
  const sent = said.flatMap(({ side, data }, at) =>
    at > size && side === "client" && data?.length === 1400 ? [at] : [],
  );
  expect(sent.length).toBeGreaterThan(30);
  const lost = sent[20]!;
  packets.splice(lost, 1);
  const { code, out } = await sansocket([
    ...["lint", file("lost.pcap", pcap(packets)), "--json", "-m"],
    ...["--keylog", file("lost.keys", server.keys())],
  ]);
  expect(code).toBe(0);
  expect(textsIn(out)).toEqual({ client: ["after"], server: ["after"] });
  expect(out).toContain("the capture lacks a segment");
});

test("a trace of either side, and its violations by line", async () => {
  const record = createTraceRing();
  const server = listen({ hostname: "127.0.0.1", record, ...options, websocket: { open: echo } });
  await server.ready;
  await converse(await connect(server.url, { record, ...options }));
  const raw = net.connect(server.port, "127.0.0.1");
  raw.write(
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  raw.write(Buffer.from("810161", "hex"));
  raw.resume();
  await once(raw, "close");
  await server.stop();
  const trace = file("trace.jsonl", Buffer.concat(record.pieces()));
  const [text, json] = await Promise.all([
    sansocket(["lint", trace]),
    sansocket(["lint", trace, "--json", "-m"]),
  ]);
  expect(text!.code).toBe(1);
  expect(text!.out).toContain("3 WebSockets");
  expect(text!.out).toMatch(
    /line \d+: violation by the client, byte 0 of its stream: .* \(mask-required, RFC 6455 §5\.1\)/,
  );
  const codes = eventsIn(json!.out).flatMap(({ event, code }) =>
    event === "finding" ? [code] : [],
  );
  expect(codes).toEqual(["early-data", "mask-required", "close-not-answered"]);
  expect(textsIn(json!.out).client).toEqual(expect.arrayContaining([...ALL, ...ALL]));
  const { place } = eventsIn(json!.out).find(({ code }) => code === "mask-required");
  expect(readFileSync(trace, "utf8").split("\n")[place - 1]).toContain("810161");
});

test("what is no such file ends with 5", async () => {
  const [text, missing, folder] = await Promise.all([
    sansocket(["lint", file("no.txt", "hello")]),
    sansocket(["lint", "/nowhere"]),
    sansocket(["lint", scratch]),
  ]);
  expect([text!.code, missing!.code, folder!.code]).toEqual([5, 5, 5]);
  expect(folder!.err).toContain(`${scratch}: this is a folder; name its files`);
  expect(text!.err).toContain("no trace, no capture (pcap, pcapng), no HAR and no NetLog");
});

const TCPDUMP = "tcpdump";
/** Whether it is there, and may capture. */
const tcpdump =
  spawnSync(TCPDUMP, ["-i", "lo", "-c", "0", "--immediate-mode", "-w", "/dev/null", "port", "1"], {
    timeout: 500,
    killSignal: "SIGINT",
  }).status === 0;

describe.skipIf(browser.executable === undefined && !browser.required)(
  browser.executable === undefined ? browser.HOW : "Chromium against ws",
  () => {
    test("its HAR, its NetLog with and without bytes, and a capture of tcpdump agree", async () => {
      const server = new WebSocketServer({
        port: 0,
        host: "127.0.0.1",
        perMessageDeflate: { threshold: 0 },
      });
      await once(server, "listening");
      undo.push(() => {
        for (const client of server.clients) client.terminate();
        server.close();
      });
      server.on("connection", (socket) => {
        socket.on("message", (data, isBinary) => {
          socket.send(data, { binary: isBinary });
        });
      });
      const { port } = server.address() as AddressInfo;
      const folder = join(scratch, "chromium");
      mkdirSync(folder);
      const capture = join(folder, "lo.pcap");
      const dump = tcpdump
        ? spawn(TCPDUMP, ["-i", "lo", "-U", "--immediate-mode", "-w", capture, "port", `${port}`])
        : undefined;
      if (dump !== undefined) await once(dump.stderr, "data");
      const netLog = join(folder, "net.json");
      await talkInChromium(folder, netLog, `ws://127.0.0.1:${port}/chat`);
      if (dump !== undefined) {
        // Eight messages and two close frames are in it, or something is wrong.
        for (let tries = 0; tries < 50 && readFileSync(capture).length < 1500; tries++)
          await wait(50);
        dump.kill("SIGINT");
        await once(dump, "close");
      }
      const har = join(folder, "page.har");
      const bare = file(
        "bare.json",
        readFileSync(netLog, "utf8").replaceAll(/"bytes":"[^"]*"/g, '"nothing":0'),
      );
      const [fromHar, fromNetLog, fromBare, fromCapture] = await Promise.all([
        sansocket(["lint", har, "--json", "-m"]),
        sansocket(["lint", netLog, "--json", "-m"]),
        sansocket(["lint", bare, "--json"]),
        existsSync(capture) ? sansocket(["lint", capture, "--json", "-m"]) : undefined,
      ]);
      const said = ["hello", "x".repeat(300)];
      for (const ran of [fromHar, fromNetLog, fromCapture]) {
        if (ran === undefined) continue;
        expect(ran.err).toBe("");
        expect(ran.code).toBe(0);
        expect(textsIn(ran.out)).toEqual({ client: said, server: said });
      }
      const formats = [fromHar, fromNetLog, fromBare].map((ran) => eventsIn(ran!.out)[0].format);
      expect(formats).toEqual(["har", "netlog", "netlog"]);
      const [, one] = eventsIn(fromBare!.out);
      expect([fromBare!.code, one.frames]).toEqual([0, 8]);
    }, 30_000);
  },
);

async function talkInChromium(folder: string, netLog: string, url: string): Promise<void> {
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: browser.executable!,
    headless: true,
    recordHar: { path: join(folder, "page.har"), content: "embed" },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--log-net-log=${netLog}`,
      "--net-log-capture-mode=Everything",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.evaluate(
    (to) =>
      new Promise<void>((resolve) => {
        const socket = new globalThis.WebSocket(to);
        let count = 0;
        socket.onopen = () => {
          socket.send("hello");
          socket.send(Uint8Array.of(1, 2, 255));
          socket.send("x".repeat(300));
        };
        socket.onmessage = () => {
          if (++count === 3) socket.close(1000, "bye");
        };
        socket.onclose = () => {
          resolve();
        };
      }),
    url,
  );
  await context.close();
}
