/** Sockets by topic, with real sockets and a broker made of function calls. A suite that every adapter runs. */
import assert from "node:assert/strict";
import type { Backplane, Topics, TopicsOptions } from "../../src/shell/index.ts";
import { matches } from "../../src/topics/name.ts";
import { eventually } from "../../src/testing/assertion.ts";
import type { Case } from "../harness/harnesses.ts";
import type { DoorsAdapter } from "../server/doors.ts";

/** The names of an adapter that this suite needs. */
export interface TopicsAdapter extends DoorsAdapter {
  topics(options?: TopicsOptions): Topics;
}

const until = (isSo: () => boolean): Promise<void> => eventually(isSo, "what was published");

/** A broker in the process, which delivers all twice, to its sender too. */
class Broker {
  readonly listeners = new Set<readonly [string, (topic: string, bytes: Uint8Array) => void]>();
  readonly watchers = new Set<(isConnected: boolean) => void>();

  connect(): Backplane {
    return {
      publish: (topic, bytes) => {
        for (const [pattern, listener] of this.listeners) {
          for (let time = 0; time < 2; time++) if (matches(pattern, topic)) listener(topic, bytes);
        }
      },
      subscribe: (pattern, listener) => {
        const entry = [pattern, listener] as const;
        this.listeners.add(entry);
        return () => void this.listeners.delete(entry);
      },
      watch: (listener) => {
        this.watchers.add(listener);
        return () => void this.watchers.delete(listener);
      },
    };
  }

  get patterns(): string[] {
    return [...this.listeners].map(([pattern]) => pattern).filter((one) => !one.startsWith("$"));
  }
}

/** Runs `use` with a server whose sockets subscribe to what their URL's query names, and a function that connects one. */
export async function withServer(
  { serve, connect }: Pick<TopicsAdapter, "serve" | "connect">,
  topics: Topics,
  use: (join: (...names: string[]) => Promise<{ got: string[]; close(): void }>) => Promise<void>,
): Promise<void> {
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("none"),
    websocket: {
      open(socket) {
        const { searchParams } = new URL(socket.url);
        for (const name of searchParams.getAll("topic")) topics.subscribe(socket, name);
        socket.send("ready");
      },
      message(socket, data) {
        topics.publish("chat/all", data, { except: socket });
      },
    },
  });
  await server.ready;
  try {
    await use(async (...names) => {
      const query = names.map((name) => `topic=${encodeURIComponent(name)}`).join("&");
      const socket = await connect(`ws://127.0.0.1:${server.port}/?${query}`);
      const got: string[] = [];
      socket.on("message", (event) => got.push(String(event.data)));
      await until(() => got.length > 0);
      got.length = 0;
      return { got, close: () => socket.close() };
    });
  } finally {
    topics.close();
    await server.stop({ force: true });
  }
}

export const topicCases: readonly Case<TopicsAdapter>[] = [
  {
    name: "a topic's subscribers get each message once, in order, and nobody else does",
    async run(adapter) {
      const topics = adapter.topics();
      await withServer(adapter, topics, async (join) => {
        const one = await join("room/1");
        const both = await join("room/1", "room/*", "**");
        const other = await join("room/2");
        const none = await join();
        assert.equal(topics.publish("room/1", "a"), 2);
        assert.equal(topics.publish("room/1", "b"), 2);
        assert.equal(topics.publish("hall", "c"), 1);
        assert.equal(topics.publish("room/2", "d"), 2);
        await until(() => both.got.length === 4 && other.got.length === 1);
        await until(() => one.got.length === 2);
        assert.deepEqual(
          [one.got, both.got],
          [
            ["a", "b"],
            ["a", "b", "c", "d"],
          ],
        );
        assert.deepEqual([other.got, none.got], [["d"], []]);
      });
    },
  },
  {
    name: "a subscription ends with its socket, and by unsubscribe",
    async run(adapter) {
      const topics = adapter.topics();
      await withServer(adapter, topics, async (join) => {
        const one = await join("room/1", "room/2");
        await join("room/1");
        assert.deepEqual([topics.size("room/1"), topics.size("room/2")], [2, 1]);
        one.close();
        await until(() => topics.size("room/1") === 1);
        assert.deepEqual([topics.size("room/2"), topics.publish("room/2", "x")], [0, 0]);
      });
      assert.equal(topics.size("room/1"), 0);
    },
  },
  {
    name: "except leaves the sender out, and bytes stay bytes",
    async run(adapter) {
      const topics = adapter.topics();
      await withServer(adapter, topics, async (join) => {
        const here = await join("chat/all");
        const there = await join("chat/all");
        assert.equal(topics.publish("chat/all", Uint8Array.of(65, 66)), 2);
        await until(() => here.got.length + there.got.length === 2);
        assert.deepEqual([here.got, there.got], [["AB"], ["AB"]]);
      });
    },
  },
  {
    name: "a broker carries what its processes want, each message once whatever it doubles",
    async run(adapter) {
      const broker = new Broker();
      const near = adapter.topics({ backplane: broker.connect(), presenceInterval: 100 });
      const far = adapter.topics({ backplane: broker.connect(), presenceInterval: 100 });
      await withServer(adapter, near, (joinNear) =>
        withServer(adapter, far, async (joinFar) => {
          const here = await joinNear("room/1");
          const there = await joinFar("room/1", "room/*");
          assert.deepEqual(broker.patterns.sort(), ["room/*", "room/1", "room/1"]);
          for (let at = 0; at < 50; at++) near.publish("room/1", `€${at}`);
          far.publish("room/1", "back");
          await until(() => here.got.length === 51 && there.got.length === 51);
          const expected = Array.from({ length: 50 }, (_, at) => `€${at}`);
          assert.deepEqual(here.got, [...expected, "back"]);
          assert.deepEqual(there.got, [...expected, "back"]);
          await until(() => near.count("room/1") === 2 && far.count("room/1") === 2);
          there.close();
          await until(() => broker.patterns.length === 1 && near.count("room/1") === 1);
        }),
      );
      assert.equal(broker.listeners.size, 0);
    },
  },
  {
    name: "a lost broker is said once, local delivery goes on, and what was not sent is counted",
    async run(adapter) {
      const broker = new Broker();
      const heard: boolean[] = [];
      const topics = adapter.topics({
        backplane: broker.connect(),
        onDegraded: (isDegraded) => heard.push(isDegraded),
      });
      await withServer(adapter, topics, async (join) => {
        const one = await join("a");
        for (const say of broker.watchers) for (const now of [false, false]) say(now);
        topics.publish("a", "1");
        assert.deepEqual([topics.degraded, topics.counters.unsent], [true, 1]);
        for (const say of broker.watchers) say(true);
        topics.publish("a", "2");
        await until(() => one.got.length === 2);
        assert.deepEqual(
          [heard, topics.degraded, topics.counters.unsent],
          [[true, false], false, 1],
        );
      });
    },
  },
  {
    name: "wrong use says what is accepted",
    run({ topics }) {
      assert.throws(
        () => topics({ backplan: {} } as never),
        /there is no "backplan"; is backplane/,
      );
      assert.throws(() => topics({ presenceInterval: 1 }), /100 to 60000 milliseconds, got 1/);
      assert.throws(() => topics().subscribe("room" as never, "room"), /expected a WebSocket/);
      assert.throws(() => topics().publish("room/*", "x"), /wildcard/);
      assert.throws(() => topics().publish("room", undefined), TypeError);
      return Promise.resolve();
    },
  },
];
