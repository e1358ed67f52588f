import { expect, test } from "vitest";
import { createNetwork } from "../../../src/testing/network/network.ts";

test("a client that comes back, through ten losses in more than a minute that takes no time", async () => {
  const network = createNetwork({ latency: 20 });
  const heard: unknown[] = [];
  const server = network.serve({ websocket: { message: (_, data) => void heard.push(data) } });
  await server.ready;
  const client = new network.ReconnectingClient(server.url);
  const events: unknown[] = [];
  client.on("open", (isFirst) => void events.push(isFirst ? "first" : "again"));
  client.on("waiting", (_, { code }) => void events.push(code));
  await network.advance(80);
  for (let loss = 1; loss <= 10; loss++) {
    network.lose();
    await network.settle();
    client.send(`message ${loss}`); // it waits for the next connection
    await network.advance(7000);
  }
  expect(events).toEqual(["first", ...Array.from({ length: 10 }, () => [1006, "again"]).flat()]);
  expect(heard).toEqual(Array.from({ length: 10 }, (_, at) => `message ${at + 1}`));
  expect(network.clock.now).toBe(70_080);
  client.close();
  await network.until(server.stop());
  expect(network.links).toEqual([]);
});

test("failures are counted anew once a connection has lasted, on the network's clock", async () => {
  const network = createNetwork();
  const server = network.serve({ websocket: {} });
  await server.ready;
  const client = new network.ReconnectingClient(server.url, {
    reconnect: { attempts: 1, minDelay: 1, maxDelay: 1, stableAfter: 5000 },
  });
  let isOver = false;
  client.on("close", () => (isOver = true));
  for (const [lasts, over] of [
    [5000, false],
    [5000, false],

    [4000, true],
  ] as const) {
    await network.advance(lasts);
    network.lose();
    await network.advance(1);
    expect([lasts, isOver]).toEqual([lasts, over]);
  }
});

test("a retry that throws is reported, and ends the client", async () => {
  const network = createNetwork();
  const server = network.serve({ websocket: {} });
  await server.ready;
  const client = new network.ReconnectingClient(server.url, {
    reconnect: {
      retry: () => {
        throw new Error("no decision");
      },
    },
  });
  const closes: number[] = [];
  client.on("close", ({ code }) => void closes.push(code));
  await network.advance(10);
  network.lose();
  await expect(network.settle()).rejects.toThrow("no decision");
  expect([closes, client.readyState]).toEqual([[1006], 3]);
});

test("delays are the same each time, by the seed", async () => {
  const delays = async (seed: number): Promise<number[]> => {
    const network = createNetwork({ seed });
    const client = new network.ReconnectingClient("ws://localhost:1/", {
      reconnect: { attempts: 5 },
    });
    const all: number[] = [];
    client.on("waiting", (delay) => void all.push(delay));
    await network.advance(100_000);
    return all;
  };
  const first = await delays(1);
  expect(first).toHaveLength(5);
  expect(await delays(1)).toEqual(first);
  expect(await delays(2)).not.toEqual(first);
});

test("a network that is down, a port where nobody listens, and one that is taken", async () => {
  const network = createNetwork({ latency: 5 });
  const server = network.listen({ port: 8080, websocket: {} });
  await server.ready;
  const failure = (url: string): Promise<unknown> =>
    network.until(
      network.connect(url).then(
        () => "open",
        (error: { code: string }) => error.code,
      ),
    );
  expect(await failure("ws://localhost:8081/")).toBe("ECONNREFUSED");
  expect(await failure("wss://localhost:8080/")).toBe("ECONNRESET");
  expect(await failure("ws://localhost:8080/")).toBe("open");
  network.down();
  expect(await failure("ws://localhost:8080/")).toBe("ENETUNREACH");
  network.up();
  expect(await failure("ws://localhost:8080/")).toBe("open");
  await expect(network.listen({ port: 8080, websocket: {} }).ready).rejects.toThrow(
    "Port 8080 is taken",
  );
  await network.until(server.stop({ force: true }));
  expect(await failure("ws://localhost:8080/")).toBe("ECONNREFUSED");
});

test("wss: goes to a server with a certificate, which nobody reads", async () => {
  const network = createNetwork();
  const pem = "-----BEGIN CERTIFICATE-----";
  const server = network.serve({ tls: { key: pem, cert: pem }, websocket: {} });
  await server.ready;
  expect(server.url).toMatch(/^wss:/);
  expect((await network.until(network.connect(server.url))).readyState).toBe(1);
});

test("the constructor as browsers have it, and an opening that takes too long", async () => {
  const network = createNetwork({ latency: 30_000 });
  const server = network.serve({ websocket: {} });
  await server.ready;
  const socket = new network.WebSocket(server.url);
  const seen: unknown[] = [];
  socket.onerror = ({ message }) => void seen.push(message);
  socket.onclose = ({ code }) => void seen.push(code);
  await network.advance(10_000);
  expect(seen).toEqual([expect.stringMatching(/took longer than 10000 ms/), 1006]);
  network.change({ latency: 1 });
  const other = new network.WebSocket(server.url);
  await network.advance(4);
  expect(other.readyState).toBe(1);
  await network.advance(60_000);
  expect(server.clients.size).toBe(1);
});

test("whoever gives up while connecting leaves nothing behind", async () => {
  const network = createNetwork({ latency: 10 });
  const server = network.serve({ websocket: {} });
  await server.ready;
  for (const after of [0, 10, 15, 20, 35]) {
    const socket = new network.Client(server.url);
    await network.advance(after);
    socket.terminate();
    await network.advance(100);
    expect([after, network.links.length, server.clients.size]).toEqual([after, 0, 0]);
  }
});

test("publish and subscribe", async () => {
  const network = createNetwork({ latency: 5 });
  const server = network.serve({ websocket: { open: (socket) => socket.subscribe("news") } });
  await server.ready;
  const sockets = await network.until(
    Promise.all([1, 2, 3].map(() => network.connect(server.url))),
  );
  const heard: unknown[] = [];
  for (const socket of sockets) socket.on("message", ({ data }) => void heard.push(data));
  await network.settle();
  server.publish("news", "hello");
  await network.settle();
  expect(heard).toEqual(["hello", "hello", "hello"]);
});

test("fetch: answers, errors, bodies that wait, and signals", async () => {
  const network = createNetwork({ latency: 10, window: 1000 });
  let sent = 0;
  let cancelled = false;
  const server = network.serve({
    websocket: {},
    error: (error) => new Response(String(error), { status: 500 }),
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/fails") throw new Error("a mistake");
      if (pathname === "/none") return new Response(null, { status: 204 });
      if (pathname === "/echo")
        return new Response(await request.text(), { headers: { "x-a": "1" } });
      return new Response(
        new ReadableStream<Uint8Array>(
          {
            pull: (controller) => {
              controller.enqueue(new Uint8Array(1000));
              sent += 1000;
            },
            cancel: () => {
              cancelled = true;
            },
          },
          { highWaterMark: 0 },
        ),
      );
    },
  });
  await server.ready;
  const at = (path: string): string => server.url.replace("ws:", "http:") + path;
  const { now } = network.clock;
  const answer = await network.until(
    network.fetch(at("echo"), { method: "POST", body: "x".repeat(5000) }),
  );
  expect(network.clock.now - now).toBe(40);
  expect([
    answer.status,
    answer.headers.get("x-a"),
    (await network.until(answer.text())).length,
  ]).toEqual([200, "1", 5000]);
  expect((await network.until(network.fetch(at("none")))).body).toBe(null);
  expect((await network.until(network.fetch(at("fails")))).status).toBe(500);
  const endless = await network.until(network.fetch(at("endless")));
  await network.advance(10_000);
  expect(sent).toBeLessThan(10_000); // it waits for who does not read
  await endless.body!.cancel();
  await network.settle();
  expect(cancelled).toBe(true);
  await expect(network.until(network.fetch("http://localhost:9/"))).rejects.toMatchObject({
    message: "fetch failed",
    cause: { code: "ECONNREFUSED" },
  });
  const controller = new AbortController();
  const given = network.fetch(at("endless"), { signal: controller.signal });
  controller.abort();
  await expect(network.until(given)).rejects.toMatchObject({ name: "AbortError" });
  const broken = await network.until(network.fetch(at("endless")));
  network.lose();
  await expect(network.until(broken.text())).rejects.toMatchObject({ message: "terminated" });
  await network.settle();
  expect(network.links).toEqual([]);
});

test.each<
  [what: string, use: (network: ReturnType<typeof createNetwork>) => unknown, says: string]
>([
  [
    "HTTP/2",
    (network) => new network.Client("ws://localhost:1/", [], { http2: true }),
    "it has no HTTP/2, no proxies",
  ],
  [
    "a proxy",
    (network) =>
      new network.Client("ws://localhost:1/", [], { proxy: { origin: "http://localhost:2" } }),
    "it has no HTTP/2, no proxies",
  ],
  [
    "a Unix socket",
    (network) => network.serve({ unix: "/x", websocket: {} }),
    "unix: the network of a test has ports only",
  ],
  [
    "a misspelt option",
    () => createNetwork({ sead: 1 } as object),
    'createNetwork: there is no "sead"; is seed meant?',
  ],
  [
    "a seed that is none",
    () => createNetwork({ seed: "x" as unknown as number }),
    "seed: expected a whole number, got x",
  ],
])("%s is refused in words", (_, use, says) => {
  expect(() => use(createNetwork())).toThrow(says);
});
