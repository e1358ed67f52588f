import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventSourcePair, createPair } from "@sansocket/core/testing";

test("two sockets, and 50 ms between them", async () => {
  const { client, server, advance, settle } = await createPair({ latency: 50 });
  const heard = [];
  server.on("message", ({ data }) => server.send(`You said: ${data}`));
  client.on("message", ({ data }) => heard.push(data));
  client.send("Hello");
  await advance(99);
  assert.deepEqual(heard, []);
  await settle(); // until nothing is under way
  assert.deepEqual(heard, ["You said: Hello"]);
});

test("a cable that was pulled: only pings find out", async () => {
  const { client, link, advance } = await createPair({ client: { ping: 30 } }); // in seconds
  link.silence();
  await advance(29_000);
  assert.equal(client.readyState, 1);
  await advance(31_000);
  assert.equal((await client.closed).code, 1006);
});

test("a slow link: who sends more than it carries is told to wait", async () => {
  const { client, server, until, network } = await createPair({ bytesPerSecond: 1_000_000 });
  let size = 0;
  server.on("message", ({ data }) => (size += data.length));
  const start = network.clock.now;
  while (client.send(new Uint8Array(10_000))) await network.advance(1);
  assert.ok(client.bufferedAmount > 16_384);
  await until(new Promise((resolve) => client.once("drain", resolve)));
  assert.equal(client.bufferedAmount, 0);
  await network.settle();
  assert.ok(network.clock.now - start >= size / 1000);
});

test("an event stream goes on where it broke off", async () => {
  const sources = [];
  const { client, link, advance, settle } = await createEventSourcePair({
    onSource: (source) => sources.push(source),
  });
  const heard = [];
  client.on("message", ({ data }) => heard.push(data));
  sources[0].send("one", { id: "1" });
  await settle();
  link.lose();
  await advance(60_000);
  assert.equal(sources[1].lastEventId, "1");
  sources[1].send("two", { id: "2" });
  await settle();
  assert.deepEqual(heard, ["one", "two"]);
});
