import { channel, eventSource } from "@sansocket/bun-adapter";
import { type EventStreamHarness, eventStreamContract } from "@sansocket/core/testing";
import assert from "node:assert/strict";
import test from "node:test";

declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    idleTimeout: number;
    fetch: (request: Request) => Response;
  }): { port: number; stop(force: boolean): Promise<void> };
};

/** Bun's own server and `fetch`. */
const harness: EventStreamHarness = {
  eventSource,
  channel,
  fetch,
  async serve(handler) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: handler });
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  },
};

for (const { name, run } of eventStreamContract)
  test(`eventSource: ${name}`, { timeout: 60_000 }, () => run(harness));

test(
  "eventSource: a ping comes well before `Bun.serve` gives up what is quiet, after ten seconds",
  { timeout: 30_000 },
  async () => {
    const { response, source } = eventSource(new Request("http://host/"), { retry: 1 });
    const reader = response.body!.getReader();
    const from = Date.now();
    for (const expected of ["retry: 1000\r\n\r\n", ":\r\n\r\n"])
      assert.equal(new TextDecoder().decode((await reader.read()).value), expected);
    assert.ok(Date.now() - from < 8000);
    source.close();
  },
);
