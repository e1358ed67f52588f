/** Chromium opens WebSockets by extended CONNECT (RFC 8441) where the page came by HTTP/2 from a server that allows it. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  broadcast,
  type SocketServer,
  serve,
  type WebSocket as ServerSocket,
} from "../../src/index.ts";
import { localhost } from "../fixtures/certificates.ts";
import { browser, launch } from "./browser.ts";

/** The objects that the page keeps for the tests between calls. */
interface PageState {
  socket: globalThis.WebSocket;
}

interface Served {
  readonly server: SocketServer;
  /** How each opening came. */
  readonly openings: string[];
  readonly closes: (readonly [code: number, reason: string])[];
  latest: ServerSocket | undefined;
}

async function start(http2: boolean): Promise<Served> {
  const openings: string[] = [];
  const closes: [number, string][] = [];
  const server = serve({
    hostname: "127.0.0.1",
    tls: localhost,
    http2,
    perMessageDeflate: true,
    protocols: ["chat", "superchat"],
    fetch: () =>
      new Response("<!doctype html><title>peer</title>", {
        headers: { "content-type": "text/html" },
      }),
    websocket: {
      upgrade: (request) => {
        const key = request.headers.get("sec-websocket-key") === undefined ? "no key" : "key";
        openings.push(
          `HTTP/${request.httpVersion} ${request.method} ${request.protocol ?? "-"} ${key} ${request.headers.get("origin") === `https://${request.headers.get("host")}`}`,
        );
      },
      open: (socket) => {
        served.latest = socket;
      },
      message: (socket, data) => {
        socket.send(data);
      },
      close: (_, code, reason) => {
        closes.push([code, reason]);
      },
    },
  });
  await server.ready;
  const served: Served = { server, openings, closes, latest: undefined };
  return served;
}

describe.skipIf(browser.executable === undefined)(
  `Chromium over HTTP/2${browser.executable === undefined ? ` (skipped: ${browser.HOW})` : ""}`,
  () => {
    let page: Page;
    let leave: () => Promise<void>;
    const servers: SocketServer[] = [];

    beforeAll(async () => {
      ({ page, close: leave } = await launch(true));
    }, 60_000);
    afterAll(async () => {
      await leave?.();
      for (const server of servers) await server.stop({ force: true });
    }, 30_000);

    async function visit(http2: boolean): Promise<Served> {
      const served = await start(http2);
      servers.push(served.server);
      await page.goto(served.server.url.replace("wss", "https"));
      return served;
    }

    /** Opens a socket in the page and keeps it there. */
    const open = (url: string, protocols: string[] = []): Promise<string[]> =>
      page.evaluate(
        ([place, offered]) =>
          new Promise<string[]>((resolve, reject) => {
            const socket = new WebSocket(place, offered);
            socket.binaryType = "arraybuffer";
            (window as unknown as PageState).socket = socket;
            socket.onopen = () => {
              resolve([socket.protocol, socket.extensions]);
            };
            socket.onerror = () => {
              reject(new Error("it did not open"));
            };
          }),
        [url, protocols] as const,
      );

    const echoed = (size: number): Promise<boolean[]> =>
      page.evaluate(async (length) => {
        const { socket } = window as unknown as PageState;
        const asked = (message: string | Uint8Array<ArrayBuffer>): Promise<unknown> =>
          new Promise((resolve) => {
            socket.onmessage = ({ data }) => {
              resolve(data);
            };
            socket.send(message);
          });
        const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
        const text = "é".repeat(length >> 1);
        const back = new Uint8Array((await asked(bytes)) as ArrayBuffer);
        const words = await asked(text);
        return [
          back.length === length && back.every((octet, at) => octet === bytes[at]),
          words === text,
        ];
      }, size);

    test("opens by extended CONNECT, with a subprotocol and permessage-deflate, and all sizes come back", async () => {
      const { server, openings, closes, latest } = await visit(true);
      expect(latest).toBeUndefined();
      expect(await open(server.url, ["unknown", "superchat"])).toEqual([
        "superchat",
        expect.stringContaining("permessage-deflate"),
      ]);
      expect(openings).toEqual(["HTTP/2.0 CONNECT websocket no key true"]);
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
        expect(await echoed(size)).toEqual([true, true]);
      const told = await page.evaluate(
        () =>
          new Promise((resolve) => {
            const { socket } = window as unknown as PageState;
            socket.onclose = ({ code, reason, wasClean }) => {
              resolve([code, reason, wasClean]);
            };
            socket.close(3001, "done");
          }),
      );
      expect(told).toEqual([3001, "done", true]);
      await expect.poll(() => closes).toEqual([[3001, "done"]]);
    });

    test("our close is heard in good order, and our ping is answered", async () => {
      const served = await visit(true);
      await open(served.server.url);
      await new Promise<void>((resolve) => {
        served.latest!.ping("?", resolve);
      });
      const told = page.evaluate(
        () =>
          new Promise((resolve) => {
            (window as unknown as PageState).socket.onclose = ({ code, reason, wasClean }) => {
              resolve([code, reason, wasClean]);
            };
          }),
      );
      await page.evaluate(() => 0); // the listener is in place
      served.latest!.close(3333, "enough");
      expect(await told).toEqual([3333, "enough", true]);
    });

    test("sixteen messages of a mebibyte, all in flight, come back in order, while another socket of the session talks", async () => {
      const { server } = await visit(true);
      await open(server.url);
      const marks = await page.evaluate(
        (url) =>
          new Promise<number[]>((resolve) => {
            const { socket } = window as unknown as PageState;
            const heard: number[] = [];
            const other = new WebSocket(url);
            let answers = 0;
            other.onopen = () => {
              other.send("x");
            };
            other.onmessage = () => {
              if (++answers < 50) other.send("x");
            };
            socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
              heard.push(new Uint8Array(data)[0]! + data.byteLength);
              if (heard.length === 16) resolve(heard);
            };
            for (let at = 0; at < 16; at++) socket.send(new Uint8Array(1_048_576).fill(at));
          }),
        server.url,
      );
      expect(marks).toEqual(Array.from({ length: 16 }, (_, at) => 1_048_576 + at));
    });

    test("a terminated socket is heard as lost, and so is a page that is left: Chromium resets its streams before a close frame has gone", async () => {
      const served = await visit(true);
      await open(served.server.url);
      const told = page.evaluate(
        () =>
          new Promise((resolve) => {
            (window as unknown as PageState).socket.onclose = ({ code, wasClean }) => {
              resolve([code, wasClean]);
            };
          }),
      );
      await page.evaluate(() => 0);
      served.latest!.terminate();
      expect(await told).toEqual([1006, false]);
      await open(served.server.url);
      await page.goto("about:blank");
      await expect.poll(() => served.closes.length).toBe(2);
      expect([1001, 1006]).toContain(served.closes[1]![0]); // 1001 by HTTP/1.1
    });

    test("HTTP/2 and HTTP/1.1 on one port: each Chromium by what it speaks, and both hear each other", async () => {
      const { server, openings } = await visit(true);
      const other = await launch(true, "--disable-http2");
      try {
        await open(server.url);
        await other.page.goto(server.url.replace("wss", "https"));
        const echo = await other.page.evaluate(
          (url) =>
            new Promise((resolve, reject) => {
              const socket = new WebSocket(url);
              socket.onopen = () => {
                socket.send("by HTTP/1.1");
              };
              socket.onmessage = ({ data }) => {
                resolve(data);
              };
              socket.onerror = () => {
                reject(new Error("it did not open"));
              };
            }),
          server.url,
        );
        expect([echo, openings]).toEqual([
          "by HTTP/1.1",
          ["HTTP/2.0 CONNECT websocket no key true", "HTTP/1.1 GET - key true"],
        ]);
        const heard = page.evaluate(
          () =>
            new Promise((resolve) => {
              (window as unknown as PageState).socket.onmessage = ({ data }) => {
                resolve(data);
              };
            }),
        );
        await page.evaluate(() => 0); // the listener is in place
        expect(broadcast(server.clients, "to both")).toBe(2);
        expect(await heard).toBe("to both");
      } finally {
        await other.close();
      }
    }, 60_000);

    test("with the option off it comes by HTTP/1.1, on the same kind of port", async () => {
      const { server, openings } = await visit(false);
      await open(server.url);
      expect(openings).toEqual(["HTTP/1.1 GET - key true"]);
      expect(await echoed(1000)).toEqual([true, true]);
    });
  },
);
