import { type EventStreamHarness, eventStreamContract } from "@sansocket/core/testing";
import { get } from "node:http";
import { describe, expect, test } from "vitest";
import { channel, EventSource, eventSource, serve } from "../../src/index.ts";
import { once, pause } from "./event-source.served.ts";

describe("eventSource, behind serve", () => {
  test("streams, with the headers of the Response, and is told when the reader leaves", async () => {
    const sources: EventSource[] = [];
    await using server = serve({
      port: 0,
      hostname: "127.0.0.1",
      websocket: {},
      fetch(request) {
        const { response, source } = eventSource(request, { headers: { "X-A": 1 } });
        sources.push(source);
        source.send("a", { id: 1 });
        return response;
      },
    });
    await server.ready;
    const request = get(`http://127.0.0.1:${server.port}/path`);
    const response = await once(request, "response");
    request.on("error", () => {});
    expect([response.headers["content-type"], response.headers["x-a"]]).toEqual([
      "text/event-stream",
      "1",
    ]);
    response.setEncoding("utf8");
    expect(await once(response, "data")).toBe("retry: 5000\r\n\r\nid: 1\r\ndata: a\r\n\r\n");
    expect([sources[0] instanceof EventSource, sources[0]!.readyState]).toEqual([true, 1]);
    const next = once(response, "data");
    sources[0]!.send("b");
    expect(await next).toBe("data: b\r\n\r\n");
    const closed = once(sources[0]!, "close");
    request.destroy();
    await closed;
    expect(sources[0]!.readyState).toBe(3);
  });
});

test("channel: many readers, one encoding", async () => {
  const room = channel();
  const texts: Promise<string>[] = [];
  for (let at = 0; at < 3; at++) {
    const { response, source } = eventSource(new Request("http://host/"), { retry: 0 });
    room.add(source);
    texts.push(response.text());
  }
  room.send("a", { id: 1 });
  await pause(0);
  room.close();
  expect(await Promise.all(texts)).toEqual(Array(3).fill(":\r\n\r\nid: 1\r\ndata: a\r\n\r\n"));
});

/** Node's `serve`, and Node's `fetch`. */
const harness: EventStreamHarness = {
  eventSource,
  channel,
  fetch,
  async serve(handler) {
    const server = serve({ port: 0, hostname: "127.0.0.1", websocket: {}, fetch: handler });
    await server.ready;
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop({ force: true }) };
  },
};

describe("the suite", () => {
  test.each(eventStreamContract)("$name", ({ run }) => run(harness));
});
