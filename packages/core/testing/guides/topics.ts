/** Sentences of the guide to topics. A suite that every adapter runs. */
import assert from "node:assert/strict";
import type { WebSocket } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { beside, type GuideAdapter, type Sentence, type Served } from "./sentence.ts";

interface Room {
  readonly server: Served;
  /** The server's socket. */
  readonly near: WebSocket;
  /** The messages that its client has got, in order. */
  readonly got: unknown[];
  readonly client: WebSocket;
}

/** Runs `use` with a socket at a server of `serve`. */
const withSocket = (
  adapter: GuideAdapter,
  options: Partial<Parameters<GuideAdapter["serve"]>[0]>,
  use: (room: Room) => Promise<void>,
): Promise<void> =>
  beside(adapter, "serve", options, async (server) => {
    const client = await adapter.connect(server.url, { perMessageDeflate: true });
    const got: unknown[] = [];
    client.on("message", ({ data }) => void got.push(data));
    await eventually(() => server.clients.size === 1, "the socket");
    await use({ server, near: [...server.clients][0]!, got, client });
  });

const subscriptions: readonly Sentence[] = [
  {
    name: "topics: subscribe() returns false for what is subscribed or refused, and for a closed socket; topics lists the rest",
    run: (adapter) => {
      const websocket = { subscribe: (_: unknown, topic: string) => topic !== "secret" };
      return withSocket(adapter, { websocket }, async ({ near, server }) => {
        assert.deepEqual(
          ["a", "a", "secret", "b/*"].map((topic) => near.subscribe(topic)),
          [true, false, false, true],
        );
        assert.deepEqual([...near.topics], ["a", "b/*"]);
        assert.equal(near.unsubscribe("a"), true);
        assert.equal(near.unsubscribe("a"), false);
        near.terminate();
        await within(near.closed, "the close");
        assert.equal(near.subscribe("a"), false);
        assert.equal(server.topic("b/*").size, 0);
      });
    },
  },
  {
    name: "topics: * stands for one segment, ** at the end for one or more; each message comes once",
    run: (adapter) =>
      withSocket(adapter, {}, async ({ near, server, got }) => {
        for (const topic of ["a/*", "a/b", "a/**", "*/b"]) near.subscribe(topic);
        const counts = ["a", "a/b", "a/b/c", "x/b", "x/y", "a/c"].map((topic) =>
          server.publish(topic, topic),
        );
        assert.deepEqual(counts, [0, 1, 1, 1, 0, 1]);
        await eventually(() => got.length >= 4, "the messages");
        await pass(20);
        assert.deepEqual(got, ["a/b", "a/b/c", "x/b", "a/c"]);
      }),
  },
  {
    name: "topics: publish() leaves out except, compresses where agreed, and tells how many got it; size counts exact subscriptions",
    run: (adapter) =>
      withSocket(adapter, { perMessageDeflate: true }, async ({ near, server, got }) => {
        near.subscribe("room/42");
        near.subscribe("room/*");
        assert.equal(server.publish("room/42", "nobody", { except: near }), 0);
        for (const compress of [true, false])
          assert.equal(server.publish("room/42", "x".repeat(5000), { compress }), 1);
        assert.equal(server.topic("room/42").publish(Buffer.from("bytes")), 1);
        assert.deepEqual([server.topic("room/42").size, server.topic("room/*").size], [1, 1]);
        assert.equal(server.topic("room/42").count(), 1);
        await eventually(() => got.length === 3, "the messages");
        assert.deepEqual(got.map(String), ["x".repeat(5000), "x".repeat(5000), "bytes"]);
      }),
  },
  {
    name: "topics: a name has at most 255 characters, no control characters, no empty segment and no $ at its beginning",
    run: (adapter) =>
      withSocket(adapter, {}, async ({ near, server }) => {
        const wrong = ["x".repeat(256), "a\nb", "a\u007fb", "", "/a", "a/", "a//b", "$a"];
        for (const topic of wrong) {
          assert.throws(() => near.subscribe(topic), { name: "UsageError" }, topic);
          assert.throws(() => server.publish(topic, "x"), { name: "UsageError" }, topic);
        }
        for (const topic of ["x".repeat(255), "é/水", "a$"])
          assert.ok(near.subscribe(topic), topic);
        assert.throws(() => server.publish("a/*", "x"), { name: "UsageError" });
        assert.throws(() => near.subscribe("a/**/b"), { name: "UsageError" });
      }),
  },
];

const shared: readonly Sentence[] = [
  {
    name: "topics: servers, streams and sockets share them; close() ends all subscriptions, and sockets stay open",
    run: async (adapter) => {
      const rooms = adapter.topics();
      await withSocket(adapter, { topics: rooms }, ({ near, server, got }) =>
        withSocket(adapter, { topics: rooms }, async (other) => {
          const { source, response } = adapter.eventSource(
            { url: "http://a/", headers: new Headers() },
            { topics: rooms },
          );
          source.subscribe("room/42");
          for (const socket of [near, other.near]) socket.subscribe("room/42");
          assert.deepEqual([rooms.size("room/42"), rooms.of(near).length], [3, 1]);
          assert.equal(server.publish("room/42", "hello"), 3);
          await eventually(() => got.length > 0 && other.got.length > 0, "both messages");
          rooms.unsubscribeAll(other.near);
          assert.equal(rooms.publish("room/42", "again"), 2);
          rooms.close();
          assert.deepEqual([rooms.size("room/42"), near.readyState], [0, near.OPEN]);
          source.close();
          assert.match(await response.text(), /data: hello\r?\n\r?\ndata: again/);
        }),
      );
    },
  },
  {
    name: "topics: the first rule that covers a topic counts, and counters tell why messages were not sent",
    run: async (adapter) => {
      const rooms = adapter.topics({
        slow: "close",
        rules: {
          "price/old": { slow: "drop", slowBytes: 1 },
          "price/*": { slow: "latest", slowBytes: 1 },
        },
      });
      await withSocket(adapter, { topics: rooms }, async ({ near, client, got }) => {
        for (const topic of ["price/old", "price/new"]) near.subscribe(topic);
        client.pause();
        near.send(new Uint8Array(12_000_000));
        await pass(20);
        assert.ok(near.bufferedAmount > 1, "nothing waits");
        for (const text of ["1", "2", "3"])
          for (const topic of ["price/old", "price/new"]) rooms.publish(topic, `${topic} ${text}`);
        assert.deepEqual([rooms.counters.dropped, rooms.counters.replaced], [3, 2]);
        client.resume();
        await eventually(() => got.length === 2, "the newest");
        await pass(20);
        assert.deepEqual(got.slice(1), ["price/new 3"]);
      });
    },
  },
  {
    name: "topics: nobody resumes a pattern by a cursor, and cursor() is the present one of a topic",
    run: async (adapter) => {
      const rooms = adapter.topics({ history: { size: 10 } });
      await withSocket(adapter, { topics: rooms }, async ({ near, got }) => {
        rooms.publish("a", "one");
        const after = await rooms.cursor("a");
        rooms.publish("a", "two");
        rooms.publish("a", "three");
        let told: unknown;
        rooms.subscribe(near, "a", {
          after,
          resumed: (result) => {
            told = result.complete;
          },
        });
        await eventually(() => got.length === 2, "what it missed");
        assert.deepEqual([told, got], [true, ["two", "three"]]);
        assert.throws(() => rooms.subscribe(near, "b/*", { after }), { name: "UsageError" });
      });
    },
  },
];

export const topicSentences: readonly Sentence[] = [...subscriptions, ...shared];
