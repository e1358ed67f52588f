import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect, upgrade } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { opening, readAll } from "./raw.ts";

type OnUpgrade = (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void;
let server: http.Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function start(onUpgrade: OnUpgrade, secure = false): Promise<string> {
  server = secure ? https.createServer(localhost) : http.createServer();
  server.on("upgrade", onUpgrade).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `${secure ? "wss" : "ws"}://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

describe("upgrade", () => {
  test("opens; protocols and headers are answered", async () => {
    let opened: unknown[] = [];
    const url = await start((request, socket, head) => {
      const ws = upgrade(request, socket, head, {
        protocols: "chat, soup",
        headers: { "X-Server": "s" },
      });
      ws.on("open", () => {
        opened = [ws.readyState, ws.url, ws.protocol, ws.version];
      });
      ws.on("message", (event) => ws.send(event));
    });
    const socket = await connect(url, { protocols: ["soup", "chat"] });
    expect([socket.protocol, socket.headers!["x-server"], opened]).toEqual([
      "soup",
      "s",
      [1, url, "soup", "hybi-13"],
    ]);
    socket.send("echo");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "echo" });
    socket.terminate();
  });

  test.each<[secure: boolean, forwarded: string]>([
    [false, "https"],
    [true, "http"],
  ])(
    "url tells of our own TLS (%s), whatever X-Forwarded-Proto says (%s)",
    async (secure, forwarded) => {
      let seen = "";
      const url = await start((request, socket, head) => {
        seen = upgrade(request, socket, head).url;
      }, secure);
      (
        await connect(url, {
          ca: authority,
          headers: { "X-Forwarded-Proto": forwarded, "X-Forwarded-Host": "elsewhere.example" },
        })
      ).terminate();
      expect(seen).toBe(url);
    },
  );

  test("a late call loses nothing that came in between", async () => {
    const told: unknown[] = [];
    const url = await start((request, socket, head) => {
      setTimeout(() => {
        upgrade(request, socket, head)
          .on("message", ({ data }) => told.push(data))
          .on("close", ({ code }) => told.push(code));
      }, 60);
    });
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(
      Buffer.concat([Buffer.from(opening()), Buffer.from("818100000000", "hex"), Buffer.from("a")]),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    // More than a socket reads ahead, to be sure that nothing is dropped where it stops.
    const big = Buffer.alloc(200_000, "x");
    const header = Buffer.from("81ff0000000000030d4000000000", "hex");
    socket.write(
      Buffer.concat([header, big, Buffer.from("888200000000", "hex"), Buffer.from("0fa0", "hex")]),
    );
    await readAll(socket);
    await vi.waitFor(() => {
      expect(told).toEqual(["a", big.toString(), 4000]);
    });
  });

  test("a late call for a client that has hung up is a socket that closes", async () => {
    const told: unknown[] = [];
    const url = await start((request, socket, head) => {
      socket.on("error", () => {});
      setTimeout(() => {
        upgrade(request, socket, head)
          .on("open", () => told.push("open"))
          .on("close", ({ code }) => told.push(code));
      }, 60);
    });
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(opening());
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await vi.waitFor(() => {
      expect(told.at(-1)).toBe(1006);
    });
  });

  test.each<[name: string, socket: () => Duplex | null | undefined]>([
    ["no socket", () => undefined],
    ["null", () => null],
    ["a destroyed one", () => new PassThrough().destroy()],
  ])("%s gives a closed socket that says so", async (_, socket) => {
    const ws = upgrade({ method: "GET", url: "/", headers: {} }, socket());
    expect([ws.readyState, ws.send("x")]).toEqual([3, false]);
    expect((await once(ws, "close"))[0]).toMatchObject({ code: 1006 });
  });

  test("an opening that is wrong is refused, and told", async () => {
    const told: unknown[] = [];
    const url = await start((request, socket, head) => {
      upgrade(request, socket, head)
        .on("error", ({ message }) => told.push(message))
        .on("close", ({ code }) => told.push(code));
    });
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(opening({ "Sec-WebSocket-Version": "12" }));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 426 /);
    await vi.waitFor(() => {
      expect(told).toEqual(["Unsupported WebSocket version: 12", 1002]);
    });
  });

  test("an option that is not accepted throws before anything is written", async () => {
    const errors: unknown[] = [];
    const url = await start((request, socket, head) => {
      for (const options of [
        { colour: "red" },
        { headers: { Upgrade: "x" } },
        { maxMessageSize: 0.5 },
      ]) {
        try {
          upgrade(request, socket, head, options as never);
        } catch (error) {
          errors.push((error as Error).message);
        }
      }
      socket.end("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    });
    await expect(connect(url)).rejects.toMatchObject({ status: 500 });
    expect(errors).toEqual([
      "Unrecognized option: colour",
      expect.stringMatching(/upgrade/i),
      expect.stringMatching(/^maxMessageSize: /),
    ]);
  });
});
