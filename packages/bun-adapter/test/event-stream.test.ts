import { channel, eventSource } from "@sansocket/bun-adapter";
import { type EventStreamHarness, eventStreamContract } from "@sansocket/core/testing";
import test from "node:test";

declare const Bun: {
  serve(options: { port: number; hostname: string; idleTimeout: number; fetch: (request: Request) => Response }): { port: number; stop(force: boolean): Promise<void> };
};

/** Bun's own server and `fetch`. */
const harness: EventStreamHarness = {
  eventSource, channel, fetch,
  async serve(handler) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: handler });
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  },
};

for (const { name, run } of eventStreamContract) test(`eventSource: ${name}`, { timeout: 60_000 }, () => run(harness));
