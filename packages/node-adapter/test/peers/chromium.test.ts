import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SocketServer, serve, type WebSocket as ServerSocket } from "../../src/index.ts";

/** The objects that the page keeps for the tests between calls. */
interface PageState {
  socket: globalThis.WebSocket;
}

const executable = findBrowser();
const required = process.env["SANSOCKET_REQUIRE_BROWSER"] === "1";
const HOW = "no Chromium: install one (`apt-get install chromium`), or name one in CHROMIUM_PATH";

function findBrowser(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].flatMap(
    (name) => folders.map((folder) => join(folder, name)),
  );
  return [...(named ? [named] : []), ...found].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

test.skipIf(executable !== undefined)(`a browser is at hand, or is not required (${HOW})`, () => {
  expect(required, HOW).toBe(false);
});

describe.skipIf(executable === undefined)(
  `Chromium, our server${executable === undefined ? ` (skipped: ${HOW})` : ""}`,
  () => {
    let server: SocketServer;
    let context: BrowserContext;
    let page: Page;
    let latest: ServerSocket;
    let profile: string;
    const closes: (readonly [code: number, reason: string])[] = [];

    beforeAll(async () => {
      server = serve({
        hostname: "127.0.0.1",
        protocols: ["chat", "superchat"],
        fetch: () =>
          new Response("<!doctype html><title>peer</title>", {
            headers: { "content-type": "text/html" },
          }),
        websocket: {
          open: (socket) => {
            latest = socket;
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
      profile = mkdtempSync(join(tmpdir(), "sansocket-chromium-"));
      context = await chromium.launchPersistentContext(profile, {
        executablePath: executable!,
        headless: true,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
      page = context.pages()[0] ?? (await context.newPage());
      await page.goto(`http://127.0.0.1:${server.port}/`);
    }, 60_000);

    afterAll(async () => {
      await context?.close();
      await server.stop({ force: true });
      rmSync(profile, { recursive: true, force: true });
    }, 30_000);

    /** Opens a socket in the page and keeps it there. */
    const open = (protocols: string[] = []): Promise<string> =>
      page.evaluate(
        ([url, offered]) =>
          new Promise<string>((resolve, reject) => {
            const socket = new WebSocket(url, offered);
            socket.binaryType = "arraybuffer";
            (window as unknown as PageState).socket = socket;
            socket.onopen = () => {
              resolve(socket.protocol);
            };
            socket.onerror = () => {
              reject(new Error("it did not open"));
            };
          }),
        [server.url, protocols] as const,
      );

    test.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
      "text and binary of %i bytes come back",
      async (size) => {
        await open();
        const same = await page.evaluate(async (length) => {
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
          socket.close();
          return [
            back.length === length && back.every((octet, at) => octet === bytes[at]),
            words === text,
          ];
        }, size);
        expect(same).toEqual([true, true]);
      },
    );

    test("sixteen messages of a mebibyte, all in flight, come back in order", async () => {
      await open();
      const marks = await page.evaluate(
        () =>
          new Promise<number[]>((resolve) => {
            const { socket } = window as unknown as PageState;
            const heard: number[] = [];
            socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
              heard.push(new Uint8Array(data)[0]! + data.byteLength);
              if (heard.length === 16) resolve(heard);
            };
            for (let at = 0; at < 16; at++) socket.send(new Uint8Array(1_048_576).fill(at));
          }),
      );
      expect(marks).toEqual(Array.from({ length: 16 }, (_, at) => 1_048_576 + at));
    });

    test("the subprotocol is agreed on", async () => {
      expect(await open(["unknown", "superchat", "chat"])).toBe("superchat");
      expect(latest.protocol).toBe("superchat");
    });

    test.each([
      [1000, "done"],
      [3000, ""],
      [4999, "é".repeat(61)],
    ] as const)("its close %i is answered in good order", async (code, reason) => {
      await open();
      closes.length = 0;
      const told = await page.evaluate(
        ([number, why]) =>
          new Promise((resolve) => {
            const { socket } = window as unknown as PageState;
            socket.onclose = ({ code, wasClean }) => {
              resolve([code, wasClean]);
            };
            socket.close(number, why);
          }),
        [code, reason] as const,
      );
      expect(told).toEqual([code, true]);
      await expect.poll(() => closes).toEqual([[code, reason]]);
    });

    test("its close without a code is heard as 1005", async () => {
      await open();
      closes.length = 0;
      await page.evaluate(() => {
        (window as unknown as PageState).socket.close();
      });
      await expect.poll(() => closes).toEqual([[1005, ""]]);
    });

    test("our close is heard in good order", async () => {
      await open();
      const told = page.evaluate(
        () =>
          new Promise((resolve) => {
            (window as unknown as PageState).socket.onclose = ({ code, reason, wasClean }) => {
              resolve([code, reason, wasClean]);
            };
          }),
      );
      await page.evaluate(() => 0); // the listener is in place
      latest.close(3333, "enough");
      expect(await told).toEqual([3333, "enough", true]);
    });

    test("our ping is answered", async () => {
      await open();
      await new Promise<void>((resolve) => {
        latest.ping("?", resolve);
      });
    });

    test("a page that is left closes with 1001", async () => {
      await open();
      closes.length = 0;
      await page.goto("about:blank");
      await expect.poll(() => closes.length).toBeGreaterThan(0);
      expect(closes).toEqual(closes.map(() => [1001, ""]));
    });
  },
);
