/** permessage-deflate (RFC 7692) with a browser: each combination of parameters that a server can ask of it. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve, type SocketServer, WebSocket } from "../../src/index.ts";
import { browser, launch } from "./browser.ts";

const { executable, required, HOW } = browser;
const BITS = [undefined, 8, 9, 12, 15] as const;
const combinations = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
].flatMap(([serverNoContextTakeover, clientNoContextTakeover]) =>
  BITS.map(
    (serverMaxWindowBits) =>
      [serverNoContextTakeover!, clientNoContextTakeover!, serverMaxWindowBits] as const,
  ),
);

test.skipIf(executable !== undefined)(`a browser is at hand, or is not required (${HOW})`, () => {
  expect(required, HOW).toBe(false);
});

describe.skipIf(executable === undefined)(
  `Chromium, our server, compressed${executable === undefined ? ` (skipped: ${HOW})` : ""}`,
  () => {
    let page: Page;
    let close: () => Promise<void>;
    let home: SocketServer;
    let latest: WebSocket;

    beforeAll(async () => {
      home = serve({
        hostname: "127.0.0.1",
        fetch: () =>
          new Response("<!doctype html><title>peer</title>", {
            headers: { "content-type": "text/html" },
          }),
        websocket: {},
      });
      await home.ready;
      ({ page, close } = await launch());
      await page.goto(`http://127.0.0.1:${home.port}/`);
    }, 60_000);
    afterAll(async () => {
      await close?.();
      await home.stop({ force: true });
    }, 30_000);

    /** Sends messages of many kinds, twice over, and tells whether all came back. */
    const echoed = (url: string): Promise<{ extensions: string; same: boolean[] }> =>
      page.evaluate(
        (target) =>
          new Promise<{ extensions: string; same: boolean[] }>((resolve, reject) => {
            const socket = new globalThis.WebSocket(target);
            const text = (size: number): string =>
              "the quick brown fox. é€😀 ".repeat(Math.ceil(size / 26));
            const bytes = (size: number, period: number): Uint8Array<ArrayBuffer> => {
              const data = new Uint8Array(size);
              for (let at = 0, state = 7; at < size; at++)
                data[at] =
                  at < period
                    ? (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24
                    : data[at - period]!;
              return data;
            };
            const messages = [
              "",
              "a",
              text(100),
              bytes(300, 200),
              text(2000),
              bytes(5000, 1000),
              bytes(70_000, 30_000),
              new Uint8Array(0),
              bytes(400_000, 3000),
            ].flatMap((message) => [message, message]);
            const same: boolean[] = [];
            socket.binaryType = "arraybuffer";
            socket.onopen = () => {
              for (const message of messages) socket.send(message);
            };
            socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
              const sent = messages[same.length]!;
              const view = typeof data === "string" ? data : new Uint8Array(data);
              same.push(
                typeof sent === "string"
                  ? sent === view
                  : sent.length === view.length && sent.every((octet, at) => octet === view[at]),
              );
              if (same.length < messages.length) return;
              resolve({ extensions: socket.extensions, same });
              socket.close();
            };
            socket.onclose = ({ code, reason }) => {
              reject(new Error(`closed: ${code} ${reason}`));
            };
          }),
        url,
      );

    test.each(combinations)(
      "server_no_context_takeover %s, client_no_context_takeover %s, server_max_window_bits %s",
      async (serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits) => {
        for (const clientMaxWindowBits of BITS) {
          const server = serve({
            hostname: "127.0.0.1",
            origins: "*",
            perMessageDeflate: {
              serverNoContextTakeover,
              clientNoContextTakeover,
              serverMaxWindowBits,
              clientMaxWindowBits,
              threshold: 0,
            },
            websocket: {
              open: (socket) => {
                latest = socket;
              },
              message: (socket, data) => {
                socket.send(data);
              },
            },
          });
          await server.ready;
          try {
            const { extensions, same } = await echoed(server.url);
            expect(same, `client_max_window_bits ${clientMaxWindowBits}`).toEqual(
              same.map(() => true),
            );
            expect(extensions.split("; ").sort()).toEqual(latest.extensions.split("; ").sort());
            expect(extensions.split("; ").sort()).toEqual(
              [
                "permessage-deflate",
                ...(serverNoContextTakeover ? ["server_no_context_takeover"] : []),
                ...(clientNoContextTakeover ? ["client_no_context_takeover"] : []),
                ...(serverMaxWindowBits === undefined || serverMaxWindowBits === 15
                  ? []
                  : [`server_max_window_bits=${serverMaxWindowBits}`]),
                ...(clientMaxWindowBits === undefined || clientMaxWindowBits === 15
                  ? []
                  : [`client_max_window_bits=${clientMaxWindowBits}`]),
              ].sort(),
            );
          } finally {
            await server.stop({ force: true });
          }
        }
      },
    );

    test("both sides do compress", async () => {
      const server = http.createServer();
      const bytes = { in: 0, out: 0 };
      server.on("upgrade", (request, socket, head) => {
        const observer = {
          onBytes: (direction: "in" | "out", chunk: Uint8Array) => {
            bytes[direction] += chunk.length;
          },
        };
        const ws = new WebSocket(request, socket, head, null, {
          perMessageDeflate: true,
          observer,
        });
        ws.on("message", (event) => {
          ws.send(event);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const size = await page.evaluate(
        (target) =>
          new Promise<number>((resolve) => {
            const socket = new globalThis.WebSocket(target);
            socket.onopen = () => {
              socket.send("x".repeat(1_000_000));
            };
            socket.onmessage = ({ data }: MessageEvent<string>) => {
              resolve(data.length);
              socket.close();
            };
          }),
        `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      );
      server.close();
      expect([size, bytes.in < 3000, bytes.out < 3000]).toEqual([1_000_000, true, true]);
    });
  },
);
