import { channel, eventSource } from "@sansocket/deno-adapter";
import { type EventStreamHarness, eventStreamContract } from "@sansocket/core/testing";
import test from "node:test";

declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(): void },
    handler: (request: Request) => Response,
  ): { addr: { port: number }; shutdown(): Promise<void> };
};

/** Deno's own server and `fetch`. */
const harness: EventStreamHarness = {
  eventSource,
  channel,
  fetch,
  async serve(handler) {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
    return { url: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
  },
};

for (const { name, run } of eventStreamContract)
  test(`eventSource: ${name}`, { timeout: 60_000 }, () => run(harness));
