import { expect, test } from "vitest";
import { createEventSourcePair, createPair } from "../../../src/testing/network/pair.ts";
import type { EventSource } from "../../../src/shell/sse/server/event-source.ts";

test("a message takes the latency, and its answer as long again", async () => {
  const { client, server, advance, settle, network } = await createPair({ latency: 50 });
  const heard: unknown[] = [];
  server.on("message", ({ data }) => {
    heard.push(`server ${String(data)} ${network.clock.now}`);
    server.send("answer");
  });
  client.on(
    "message",
    ({ data }) => void heard.push(`client ${String(data)} ${network.clock.now}`),
  );
  expect(network.clock.now).toBe(200); // two round trips: the connection, and the opening on it
  client.send("question");
  await advance(49);
  expect(heard).toEqual([]);
  await advance(1);
  expect(heard).toEqual(["server question 250"]);
  await settle();
  expect(heard[1]).toBe("client answer 300");
});

test("closing, told to both with the code and the time it takes", async () => {
  const { client, server, settle, network, link } = await createPair({ latency: 10 });
  const closes: unknown[] = [];
  for (const [name, socket] of Object.entries({ client, server }))
    socket.on(
      "close",
      ({ code, reason, wasClean }) =>
        void closes.push([name, code, reason, wasClean, network.clock.now]),
    );
  client.close(4000, "done");
  await settle();
  expect(closes).toEqual([
    ["client", 4000, "done", true, 60],
    ["server", 4000, "done", true, 70],
  ]);
  expect([link.isGone, network.links]).toEqual([true, []]);
});

test("a link that is lost: both sides are told at once", async () => {
  const { client, server, settle, link } = await createPair({ latency: 10 });
  const seen: unknown[] = [];
  for (const socket of [client, server]) {
    socket.on("error", ({ message }) => void seen.push(message));
    socket.on("close", ({ code }) => void seen.push(code));
  }
  server.on("message", () => void seen.push("never"));
  client.send("lost with it");
  await Promise.resolve();
  link.lose();
  await settle();
  expect(seen).toEqual([
    expect.stringContaining("ECONNRESET"),
    1006,
    expect.stringContaining("ECONNRESET"),
    1006,
  ]);
});

test("a link that says nothing is found out by pings, and by nothing else", async () => {
  const quiet = await createPair();
  quiet.link.silence();
  await quiet.advance(86_400_000);
  expect(quiet.client.readyState).toBe(1);

  const { client, server, link, advance, network } = await createPair({
    client: { pingInterval: 5000, pongTimeout: 2000 },
  });
  const closed: unknown[] = [];
  client.on("close", ({ code }) => void closed.push([code, network.clock.now]));
  await advance(12_000);
  expect([client.readyState, server.readyState]).toEqual([1, 1]);
  link.silence();
  await advance(10_000);
  expect(closed).toEqual([[1006, 17_000]]);
});

test("what waits in a silent link comes when it is mended, in order", async () => {
  const { client, server, link, advance } = await createPair({ latency: 10 });
  const heard: unknown[] = [];
  server.on("message", ({ data }) => void heard.push(data));
  client.send("before");
  await advance(5);
  link.silence();
  client.send("after");
  await advance(1000);
  expect(heard).toEqual([]);
  link.mend();
  link.mend();
  await advance(10);
  expect(heard).toEqual(["before", "after"]);
});

test("a slow link takes its time, and the sender is told to wait", async () => {
  const { client, server, link, advance, settle, network } = await createPair({
    bytesPerSecond: 10_000,
    window: 2000,
  });
  const start = network.clock.now;
  let size = 0;
  let drains = 0;
  server.on("message", ({ data }) => void (size += (data as Buffer).length));
  client.on("drain", () => void drains++);
  client.send(new Uint8Array(100_000));
  await advance(1000);
  expect(client.send(new Uint8Array(0))).toBe(false);
  expect(client.bufferedAmount).toBeGreaterThan(85_000);
  expect(client.bufferedAmount).toBeLessThan(92_000);
  expect([size, drains]).toEqual([0, 0]);
  await settle();
  expect([size, drains, client.bufferedAmount]).toEqual([100_000, 1, 0]);
  expect(network.clock.now - start).toBeCloseTo(10_001, -1);
  expect(link.sent.client).toBeGreaterThan(100_000);
  link.change({ bytesPerSecond: Infinity });
  const { now } = network.clock;
  client.send(new Uint8Array(100_000));
  await settle();
  expect([size, network.clock.now - now]).toEqual([200_000, 0]);
});

test("a receiver that has paused holds up the sender", async () => {
  const { client, server, settle } = await createPair({ window: 10_000 });
  let size = 0;
  server.on("message", ({ data }) => void (size += (data as Buffer).length));
  server.pause();
  for (let at = 0; at < 200; at++) client.send(new Uint8Array(1000));
  await settle();
  expect(size).toBe(0);
  expect(client.bufferedAmount).toBeGreaterThan(100_000);
  server.resume();
  await settle();
  expect([size, client.bufferedAmount]).toEqual([200_000, 0]);
});

test("loops, promises and callbacks of send work as elsewhere", async () => {
  const { client, server, until, settle } = await createPair({ latency: 5 });
  const read = (async () => {
    const all: unknown[] = [];
    for await (const message of server) all.push(message);
    return all;
  })();
  const left = new Promise((resolve) => client.send("one", {}, resolve));
  client.send("two");
  await until(left);
  client.close();
  expect(await until(read)).toEqual(["one", "two"]);
  expect(await until(client.closed)).toMatchObject({ code: 1000 });
  await settle();
  await expect(
    until(new Promise((resolve) => client.send("late", {}, (error) => resolve(error?.name)))),
  ).resolves.toBe("NotSentError");
});

test("options of both sides, and the target", async () => {
  const { client, server } = await createPair({
    target: "/chat?user=ann",
    client: { protocols: ["b", "a"], headers: { "X-A": "1" } },
    server: { protocols: ["a"], path: "/chat" },
  });
  expect([
    client.protocol,
    server.protocol,
    server.request!.target,
    server.request!.headers.get("x-a"),
  ]).toEqual(["a", "a", "/chat?user=ann", "1"]);
  await expect(
    createPair({ server: { websocket: { upgrade: () => ({ status: 401 }) } } }),
  ).rejects.toThrow("401");
  await expect(createPair({ latency: -1 })).rejects.toThrow("latency: expected");
  await expect(createPair({ sever: {} } as object)).rejects.toThrow(
    'createPair: there is no "sever"; is server meant?',
  );
});

test("what a listener throws fails the test that lets time pass", async () => {
  const { client, server, settle } = await createPair();
  server.on("message", () => {
    throw new Error("a mistake");
  });
  client.send("x");
  await expect(settle()).rejects.toThrow("a mistake");
});

test("an event stream and its client, which comes back where it left off", async () => {
  const sources: EventSource[] = [];
  const { client, source, link, advance, settle } = await createEventSourcePair({
    latency: 10,
    onSource: (one) => void sources.push(one),
  });
  const heard: unknown[] = [];
  client.on("message", ({ data }) => void heard.push(data));
  client.on("error", ({ message }) => void heard.push(message));
  source.send("one", { id: "7" });
  await advance(9);
  expect(heard).toEqual([]);
  await settle();
  expect(heard).toEqual(["one"]);
  link.lose();
  await settle();
  expect([source.readyState, client.readyState]).toEqual([3, 0]);
  await advance(60_000);
  expect(sources.map(({ lastEventId }) => lastEventId)).toEqual(["", "7"]);
  sources[1]!.send("two");
  await settle();
  expect(heard).toEqual(["one", expect.stringContaining("broke off"), "two"]);
  client.close();
  await settle();
  expect(sources[1]!.readyState).toBe(3);
});

test("an event stream waits for a slow link", async () => {
  const { source, client, settle } = await createEventSourcePair({
    window: 4000,
    bytesPerSecond: 100_000,
  });
  let size = 0;
  client.on("message", ({ data }) => void (size += data.length));
  let isFull = false;
  for (let at = 0; at < 40; at++) {
    if (!source.send("x".repeat(1000))) isFull = true;
    await Promise.resolve();
  }
  expect(isFull).toBe(true);
  await settle();
  expect(size).toBe(40_000);
});
