/** The topics of sockets, event streams and servers, and the treatment of slow subscribers. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import type net from "node:net";
import type { Topics, TopicsOptions, WebSocket } from "../../src/shell/index.ts";
import { eventually } from "../../src/testing/assertion.ts";
import type { Case } from "../harness/harnesses.ts";
import type { TopicsAdapter } from "./topics.ts";

const until = (isSo: () => boolean, what = "what was published"): Promise<void> =>
  eventually(isSo, what);

type Handlers = Parameters<TopicsAdapter["serve"]>[0]["websocket"];

interface Scene {
  readonly server: ReturnType<TopicsAdapter["serve"]>;
  /** The server's ends, in the order they opened. */
  readonly sockets: WebSocket[];
  /** Connects a client, and tells what it has got. */
  join(): Promise<{ client: WebSocket; got: string[] }>;
}

async function withServer(
  { serve, connect }: TopicsAdapter,
  { handlers = {}, ...options }: { handlers?: Handlers; topics?: Topics } & Record<string, unknown>,
  use: (scene: Scene) => Promise<void>,
): Promise<void> {
  const sockets: WebSocket[] = [];
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    ...options,
    websocket: { ...handlers, open: (socket) => void sockets.push(socket) },
  });
  await server.ready;
  try {
    await use({
      server,
      sockets,
      async join() {
        const { length } = sockets;
        const client = await connect(`ws://127.0.0.1:${server.port}/`);
        const got: string[] = [];
        client.on("message", (event) => got.push(String(event.data)));
        await until(() => sockets.length > length);
        return { client, got };
      },
    });
  } finally {
    await server.stop({ force: true });
  }
}

/** Three of these are more than the buffers of two sockets take (10 MiB on Linux), and less than `maxBufferedBytes`. */
const LARGE = "x".repeat(4_500_000);

/** Runs `use` with a subscriber that does not read, so that a part of `LARGE` waits. */
async function withSlow(
  adapter: TopicsAdapter,
  options: TopicsOptions,
  use: (topics: Topics, slow: WebSocket, client: WebSocket, got: string[]) => Promise<void>,
): Promise<void> {
  const topics = adapter.topics(options);
  await withServer(adapter, { topics }, async ({ sockets, join }) => {
    const { client, got } = await join();
    client.pause();
    const slow = sockets[0]!;
    slow.subscribe("price/1");
    slow.subscribe("price/2");
    // The kernel takes some megabytes, and how many differs.
    for (let sent = 0; sent < 3; sent++) slow.send(LARGE);
    await use(topics, slow, client, got);
  });
}

const messages = (got: readonly string[]): string[] => got.filter((text) => text.length < 100);

export const subscriptionCases: readonly Case<TopicsAdapter>[] = [
  {
    name: "a socket subscribes, its server publishes, and both tell what there is",
    async run(adapter) {
      await withServer(adapter, {}, async ({ server, sockets, join }) => {
        const [one, two] = [await join(), await join()];
        const [first, second] = sockets as [WebSocket, WebSocket];
        assert.deepEqual([first.subscribe("room/1"), first.subscribe("room/1")], [true, false]);
        second.subscribe("room/*");
        first.subscribe("hall");
        assert.deepEqual([first.topics, second.topics], [["room/1", "hall"], ["room/*"]]);
        const room = server.topic("room/1");
        assert.deepEqual([room.size, room.count(), room.name], [1, 1, "room/1"]);
        assert.equal(server.publish("room/1", "all"), 2);
        assert.equal(server.publish("room/1", "but one", { except: first, compress: false }), 1);
        assert.equal(room.publish("by topic", { except: [second] }), 1);
        assert.equal(first.unsubscribe("room/1"), true);
        assert.equal(first.unsubscribe("room/1"), false);
        server.publish("room/1", "the rest");
        await until(() => one.got.length === 2 && two.got.length === 3);
        assert.deepEqual(one.got, ["all", "by topic"]);
        assert.deepEqual(two.got, ["all", "but one", "the rest"]);
        one.client.close();
        await until(() => server.topic("hall").size === 0);
        assert.equal(first.subscribe("hall"), false);
        assert.deepEqual(first.topics, []);
      });
    },
  },
  {
    name: "websocket.subscribe may refuse, at every door, and what it throws is the caller's",
    async run(adapter) {
      const asked: string[] = [];
      const handlers: Handlers = {
        subscribe(socket, topic) {
          asked.push(`${topic} ${socket.readyState}`);
          if (topic === "broken") throw new Error("who knows");
          return topic !== "secret";
        },
      };
      await withServer(adapter, { handlers }, async ({ server, sockets, join }) => {
        await join();
        const socket = sockets[0]!;
        assert.deepEqual([socket.subscribe("secret"), socket.subscribe("open")], [false, true]);
        assert.equal(server.topics.subscribe(socket, "secret"), false);
        assert.throws(() => socket.subscribe("broken"), /who knows/);
        assert.deepEqual(socket.topics, ["open"]);
        assert.deepEqual(asked, ["secret 1", "open 1", "secret 1", "broken 1"]);
      });
    },
  },
  {
    name: "a socket of upgrade() subscribes where its options say; one that belongs nowhere says so",
    async run({ upgrade, connect, topics }) {
      const rooms = topics();
      const sockets: WebSocket[] = [];
      const writes: number[] = [];
      const server = http.createServer().on("upgrade", (request, socket, head) => {
        const observer = {
          onBytes: (way: string, bytes: Uint8Array) => {
            if (way === "out") writes.push(bytes.length);
          },
        };
        sockets.push(upgrade(request, socket, head, { topics: rooms, observer }));
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      try {
        const { port } = server.address() as net.AddressInfo;
        const client = await connect(`ws://127.0.0.1:${port}/`);
        const got: string[] = [];
        client.on("message", ({ data }) => got.push(String(data)));
        sockets[0]!.subscribe("a");
        sockets[0]!.subscribe("b");
        writes.length = 0;
        for (let at = 0; at < 10; at++) rooms.publish(at % 2 === 0 ? "a" : "b", `${at}`);
        await until(() => got.length === 10);
        assert.deepEqual([got.join(""), writes], ["0123456789", [30]]);
        assert.throws(() => client.subscribe("a"), /option topics/);
        assert.deepEqual(client.topics, []);
        client.terminate();
        await until(() => rooms.size("a") === 0);
      } finally {
        server.close();
      }
    },
  },
  {
    name: "event streams subscribe to the same topics",
    async run({ EventSource, topics }) {
      const rooms = topics();
      const sources: InstanceType<typeof EventSource>[] = [];
      const server = http.createServer((request, response) => {
        sources.push(new EventSource(request, response, { topics: rooms, retry: 0, ping: 0 }));
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      try {
        const { port } = server.address() as net.AddressInfo;
        let body = "";
        const request = http.get({ port, host: "127.0.0.1" }, (response) => {
          response.setEncoding("utf8").on("data", (text: string) => (body += text));
          response.on("error", () => {});
        });
        request.on("error", () => {});
        await until(() => sources.length === 1);
        const source = sources[0]!;
        assert.deepEqual([source.subscribe("news"), source.subscribe("**")], [true, true]);
        assert.deepEqual([source.topics, rooms.size("news")], [["news", "**"], 1]);
        assert.equal(rooms.publish("news", "two\nlines"), 1);
        assert.equal(rooms.publish("news", "not for it", { except: source }), 0);
        assert.equal(rooms.publish("other", new TextEncoder().encode("€")), 1);
        source.unsubscribe("**");
        assert.equal(rooms.publish("other", "nor this"), 0);
        rooms.publish("news", "last");
        const lines = ["data: two\ndata: lines\r\n", "data: €\r\n", "data: last\r\n", ""];
        await until(() => body.endsWith(lines.join("\r\n")));
        source.close();
        await until(() => rooms.size("news") === 0);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  },
  {
    name: "slow subscribers: drop leaves them without",
    async run(adapter) {
      const rules = { "price/*": { slow: "drop", slowBytes: 100_000 } } as const;
      await withSlow(adapter, { rules }, async (topics, slow, client, got) => {
        slow.subscribe("news");
        assert.equal(topics.publish("price/1", "lost"), 0);
        assert.equal(topics.publish("news", "kept"), 1);
        assert.equal(topics.counters.dropped, 1);
        client.resume();
        await until(() => slow.bufferedAmount === 0 && messages(got).length === 1);
        assert.equal(topics.publish("price/1", "seen"), 1);
        await until(() => messages(got).length === 2);
        assert.deepEqual(messages(got), ["kept", "seen"]);
      });
    },
  },
  {
    name: "slow subscribers: latest gets the newest of each topic once it has caught up",
    async run(adapter) {
      await withSlow(
        adapter,
        { slow: "latest", slowBytes: 100_000 },
        async (topics, _, client, got) => {
          for (const text of ["1", "2", "3"]) {
            assert.equal(topics.publish("price/1", `a${text}`), 1);
            topics.publish("price/2", `b${text}`);
          }
          assert.equal(topics.counters.replaced, 4);
          client.resume();
          await until(() => messages(got).length === 2);
          topics.publish("price/1", "a4");
          await until(() => messages(got).length === 3);
          assert.deepEqual(messages(got), ["a3", "b3", "a4"]);
        },
      );
    },
  },
  {
    name: "slow subscribers: close says 1013",
    async run(adapter) {
      await withSlow(
        adapter,
        { slow: "close", slowBytes: 100_000 },
        async (topics, slow, client) => {
          let code = 0;
          client.on("close", (event) => (code = event.code));
          assert.equal(topics.publish("price/1", "too much"), 0);
          assert.deepEqual([topics.counters.closed, slow.readyState], [1, 2]);
          client.resume();
          await until(() => code !== 0, "the close frame");
          assert.equal(code, 1013);
        },
      );
    },
  },
  {
    name: "rules that are none say what is accepted",
    run({ topics, serve }) {
      assert.throws(() => topics({ slow: "skip" as never }), /"drop", "latest" or "close"/);
      assert.throws(() => topics({ slowBytes: 0 }), /slowBytes is a whole number/);
      assert.throws(
        () => topics({ rules: { a: { slo: "drop" } as never } }),
        /rules\["a"\]: there is no "slo"; is slow meant/,
      );
      assert.throws(() => topics({ rules: { "a*": {} } }), /stands alone/);
      assert.throws(() => topics({ rules: { a: null as never } }), /expected a rule/);
      assert.throws(
        () => serve({ port: 0, websocket: {}, topics: {} as never }),
        /topics: expected the result of topics\(\), got object/,
      );
      return Promise.resolve();
    },
  },
];
