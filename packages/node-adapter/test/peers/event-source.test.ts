/** Event streams read by clients that nobody here wrote: Chromium's, npm `eventsource`, undici's. Each meets a server that goes away and comes back. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { EventSource as NpmEventSource } from "eventsource";
import { chromium } from "playwright-core";
import { EventSource as UndiciEventSource } from "undici";
import { describe, expect, test } from "vitest";
import { channel, EventSource } from "../../src/index.ts";
import { pause } from "../event-source.served.ts";

/** A server with a channel whose history outlives it, as a store would. Its page runs the browser's client. */
class Clock {
  port = 0;
  readonly seen: string[] = [];
  private readonly room = channel({ history: { size: 100 } });
  private server: http.Server | undefined;

  /** Starts, or starts again at the port it had. */
  async start(): Promise<void> {
    const server = this.server = http.createServer((request, response) => {
      if (!EventSource.isEventSource(request)) return void response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
      this.seen.push(String(request.headers["last-event-id"] ?? ""));
      this.room.add(new EventSource(request, response, { retry: 0.05 }));
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** Goes away without a word to its clients. */
  async kill(): Promise<void> {
    await new Promise((resolve) => {
      this.server!.close(resolve);
      this.server!.closeAllConnections();
    });
  }

  tick(id: number): void {
    this.room.send(`tick ${id}\nü`, { event: "tick", id });
  }

  /** Waits for as many readers. */
  async readers(count: number): Promise<void> {
    for (let left = 400; this.room.size !== count && left > 0; left--) await pause(10);
    expect(this.room.size).toBe(count);
  }
}

const PAGE = `<!doctype html><link rel="icon" href="data:,"><script>
  const ticks = [], source = new EventSource("/events");
  source.addEventListener("tick", ({ data, lastEventId }) => ticks.push([data, lastEventId]));
</script>`;

/** What a client must have seen: two events, two that it missed while the server was away, and one more. */
const EVERYTHING = [1, 2, 3, 4, 5].map((id) => [`tick ${id}\nü`, String(id)]);

async function story(clock: Clock, ticks: () => unknown[] | Promise<unknown[]>): Promise<void> {
  await clock.readers(1);
  clock.tick(1);
  clock.tick(2);
  for (let left = 200; (await ticks()).length < 2 && left > 0; left--) await pause(10);
  await clock.kill();
  clock.tick(3);
  clock.tick(4);
  await clock.start();
  await clock.readers(1);
  clock.tick(5);
  for (let left = 200; (await ticks()).length < 5 && left > 0; left--) await pause(10);
  expect(await ticks()).toEqual(EVERYTHING);
  expect(clock.seen).toEqual(["", "2"]);
}

describe("a server that is killed and comes back", () => {
  test.each<[string, new (url: string, options?: any) => any, object]>([
    ["npm eventsource", NpmEventSource, {}],
    ["undici", UndiciEventSource, { node: { reconnectionTime: 50 } }],
  ])("%s", async (_, Client, options) => {
    const clock = new Clock(), ticks: unknown[] = [];
    await clock.start();
    const client = new Client(`http://127.0.0.1:${clock.port}/events`, options);
    client.addEventListener("tick", ({ data, lastEventId }: any) => ticks.push([data, lastEventId]));
    client.addEventListener("error", () => {});
    try {
      await story(clock, () => ticks);
    } finally {
      client.close();
      await clock.kill();
    }
  });

  const executablePath = browser(), required = process.env["SANSOCKET_REQUIRE_BROWSER"] === "1";
  test.skipIf(executablePath === undefined && !required)("Chromium", { timeout: 60_000 }, async () => {
    if (executablePath === undefined) throw new Error("no Chromium: install one (`apt-get install chromium`), or name one in CHROMIUM_PATH");
    const clock = new Clock(), launched = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
    try {
      await clock.start();
      const page = await launched.newPage();
      await page.goto(`http://127.0.0.1:${clock.port}/`);
      await story(clock, () => page.evaluate("ticks") as Promise<unknown[]>);
      await page.close();
      await clock.readers(0);
    } finally {
      await launched.close();
      await clock.kill();
    }
  });
});

/** A Chromium: what `CHROMIUM_PATH` names, or one on the PATH. */
function browser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const places = (process.env["PATH"] ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env["CHROMIUM_PATH"] ?? "", ...places].filter(Boolean).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
