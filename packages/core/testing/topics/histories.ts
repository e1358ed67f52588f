/** Topics with a history: a client that reconnects gets the missed messages, once and in order, or an event of the loss. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import type net from "node:net";
import type {
  Resumed,
  StoredMessage,
  Topics,
  TopicsOptions,
  TopicStore,
  WebSocket,
} from "../../src/shell/index.ts";
import { comparePositions, NOWHERE } from "../../src/topics/position.ts";
import { eventually } from "../../src/testing/assertion.ts";
import { matches } from "../../src/topics/name.ts";
import { TOPICS_PROTOCOL } from "../../src/topics/wire.ts";
import type { Case } from "../harness/harnesses.ts";
import type { TopicsAdapter } from "./topics.ts";

const until = (isSo: () => boolean, what = "what was published"): Promise<void> =>
  eventually(isSo, what);

const SECRET = "a secret of the tests";

/** A store in the process. It may lose what it sends live, and be away. */
class Store {
  readonly listeners = new Set<
    readonly [string, (topic: string, message: StoredMessage) => void]
  >();
  readonly kept = new Map<string, StoredMessage[]>();
  readonly watchers = new Set<(isConnected: boolean) => void>();
  isAway = false;
  isMute = false;
  most = Infinity;

  private readonly reach = async (): Promise<void> => {
    await Promise.resolve();
    if (this.isAway) throw new Error("the store is away");
  };

  say(isConnected: boolean): void {
    this.isAway = !isConnected;
    for (const watcher of this.watchers) watcher(isConnected);
  }

  connect(): TopicStore {
    return {
      append: async (topic, value) => {
        await this.reach();
        const all = this.kept.get(topic) ?? [];
        this.kept.set(topic, all);
        const previous = all.at(-1)?.position;
        const number = previous === undefined ? 1 : Number(previous.split("-")[1]) + 1;
        const message = { position: `7-${number}`, previous, value };
        all.push(message);
        if (all.length > this.most) all.shift();
        for (const [pattern, listener] of this.listeners)
          if (!this.isMute && matches(pattern, topic)) listener(topic, message);
      },
      subscribe: (pattern, listener) => {
        const entry = [pattern, listener] as const;
        this.listeners.add(entry);
        return () => void this.listeners.delete(entry);
      },
      since: async (topic, position) => {
        await this.reach();
        const all = this.kept.get(topic) ?? [];
        const [first] = all;
        if (first !== undefined && comparePositions(first.previous ?? NOWHERE, position) > 0)
          return undefined;
        return all.filter((one) => comparePositions(one.position, position) > 0);
      },
      end: async (topic) => {
        await this.reach();
        return this.kept.get(topic)?.at(-1)?.position ?? NOWHERE;
      },
      watch: (listener) => {
        this.watchers.add(listener);
        return () => void this.watchers.delete(listener);
      },
    };
  }
}

/** A client of the subprotocol: the lines it got, and what it saw last of each topic. */
export interface Speaker {
  readonly socket: WebSocket;
  /** As `word topic payload`. */
  readonly got: string[];
  readonly cursors: Map<string, string>;
  say(line: string): void;
}

/** A server whose sockets subscribe by the subprotocol, and whose event streams do to what their path names. */
export async function withServer(
  { serve, connect, EventSource }: TopicsAdapter,
  topics: Topics,
  use: (join: () => Promise<Speaker>, port: number) => Promise<void>,
): Promise<void> {
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    protocols: [TOPICS_PROTOCOL],
    topics,
    websocket: {
      subscribe: (_, topic) => topic !== "secret",
      message: (socket, data) => socket.send(`echo ${String(data)}`),
    },
  });
  const streams = http.createServer((request, response) => {
    const source = new EventSource(request, response, { topics, retry: 0, ping: 0 });
    source.subscribe(request.url!.slice(1));
  });
  await Promise.all([
    server.ready,
    new Promise<void>((resolve) => {
      streams.listen(0, "127.0.0.1", resolve);
    }),
  ]);
  try {
    await use(
      async () => {
        const socket = await connect(`ws://127.0.0.1:${server.port}/`, {
          protocols: [TOPICS_PROTOCOL],
        });
        const got: string[] = [];
        const cursors = new Map<string, string>();
        socket.on("message", ({ data }) => {
          const [head = "", payload] = String(data).split("\n");
          const [word, cursor = "", ...rest] = head.split(" ");
          const topic = rest.join(" ");
          if (cursor !== "-") cursors.set(topic, cursor);
          got.push([word, topic, payload].filter((part) => part !== "").join(" "));
        });
        return { socket, got, cursors, say: (line: string) => socket.send(line) };
      },
      (streams.address() as net.AddressInfo).port,
    );
  } finally {
    topics.close();
    streams.close();
    streams.closeAllConnections();
    await server.stop({ force: true });
  }
}

/** Reads an event stream until `isEnough`, and leaves it. */
async function readStream(
  port: number,
  path: string,
  lastEventId: string | undefined,
  isEnough: (text: string) => boolean,
): Promise<string> {
  let text = "";
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const request = http.get({ port, host: "127.0.0.1", path: `/${path}`, headers }, (response) => {
    response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    response.on("error", () => {});
  });
  request.on("error", () => {});
  try {
    await until(() => isEnough(text), `an event stream's end, got ${text}`);
  } finally {
    request.destroy();
  }
  return text;
}

const lastId = (text: string): string => [...text.matchAll(/^id: (.*)\r$/gm)].at(-1)![1]!;
const dataOf = (text: string): string[] =>
  [...text.matchAll(/^data: (.*)\r$/gm)].map(([, data]) => data!);

const history = { size: 5, seconds: 60 };

export const historyCases: readonly Case<TopicsAdapter>[] = [
  {
    name: "an event stream resumes by Last-Event-ID, also one that had seen nothing, or starts anew",
    async run(adapter) {
      const topics = adapter.topics({ history });
      await withServer(adapter, topics, async (_, port) => {
        const none = await readStream(port, "news", undefined, (text) => text.endsWith("\r\n\r\n"));
        assert.deepEqual(dataOf(none), []);
        for (const text of ["1", "2", "3"]) topics.publish("news", text);
        const all = await readStream(port, "news", lastId(none), (text) =>
          text.includes("3\r\n\r\n"),
        );
        assert.deepEqual(dataOf(all), ["1", "2", "3"]);
        topics.publish("news", "4");
        const more = await readStream(port, "news", lastId(all), (text) => /4\r\n\r\n/.test(text));
        assert.deepEqual(dataOf(more), ["4"]);
        for (const text of ["5", "6", "7", "8", "9"]) topics.publish("news", text);
        const anew = await readStream(port, "news", lastId(all), (text) =>
          text.endsWith("\r\n\r\n"),
        );
        assert.match(anew, /^event: reset\r\nid: \d+-9\.[\w-]+\r\ndata: news\r\n\r\n$/);
        const forged = await readStream(port, "news", "1-1.AAAA", (text) => text.includes("reset"));
        assert.deepEqual(dataOf(forged), ["news"]);
      });
    },
  },
  {
    name: "the subprotocol: subscribe, resume, refuse, unsubscribe; the application's own messages",
    async run(adapter) {
      const topics = adapter.topics({ rules: { "room/**": { history } } });
      await withServer(adapter, topics, async (join) => {
        const one = await join();
        for (const topic of ["room/1", "secret", "plain", "room/*", "a//b"])
          one.say(`subscribe - ${topic}\n`);
        one.say("data - -\nhi");
        await until(() => one.got.length === 6);
        assert.deepEqual(one.got.splice(0), [
          "subscribed room/1",
          "refused secret",
          "subscribed plain",
          "subscribed room/*",
          "refused a//b",
          "data - echo hi",
        ]);
        topics.publish("room/1", "a");
        topics.publish("plain", Uint8Array.of(66));
        await until(() => one.got.length === 2);
        assert.deepEqual(one.got, ["message room/1 a", "message plain B"]);
        const cursor = one.cursors.get("room/1")!;
        one.say("unsubscribe - room/1\n");
        one.say("unsubscribe - room/*\n");
        await until(() => topics.size("room/1") === 0 && topics.size("room/*") === 0);
        topics.publish("room/1", "b");
        one.say(`subscribe ${cursor} room/1\n`);
        await until(() => one.got.length === 4);
        topics.publish("room/1", "c");
        await until(() => one.got.length === 5);
        assert.deepEqual(one.got.splice(0).slice(2), [
          "subscribed room/1",
          "message room/1 b",
          "message room/1 c",
        ]);
        const two = await join();
        two.say(`subscribe ${cursor} room/2\n`);
        await until(() => two.got.length === 1);
        assert.deepEqual(two.got, ["reset room/2"]);
        let code = 0;
        two.socket.on("close", (event) => (code = event.code));
        two.say("no such word");
        await until(() => code !== 0, "a close");
        assert.equal(code, 1002);
      });
    },
  },
  {
    name: "nobody resumes a pattern: a cursor of the application throws, a client that returns starts anew",
    async run(adapter) {
      const topics = adapter.topics({ rules: { "room/*": { history } } });
      await withServer(adapter, topics, async (join, port) => {
        const one = await join();
        one.say("subscribe - room/*\n");
        await until(() => one.got.length === 1);
        topics.publish("room/1", "a");
        await until(() => one.got.length === 2);
        assert.deepEqual(one.got, ["subscribed room/*", "message room/1 a"]);
        const two = await join();
        const cursor = one.cursors.get("room/1")!;
        for (const topic of ["room/*", "room/*", "secret"])
          two.say(`subscribe ${cursor} ${topic}\n`);
        await until(() => two.got.length === 3);
        assert.deepEqual(two.got, ["reset room/*", "subscribed room/*", "refused secret"]);

        const stream = (path: string) =>
          readStream(port, path, cursor, (text) => text.endsWith("\r\n\r\n"));
        assert.equal(await stream("room/*"), "event: reset\r\ndata: room/*\r\n\r\n");
        assert.equal(await stream("**"), "event: reset\r\ndata: **\r\n\r\n");
        const other = stream("hall/*"); // no topic of it has a history: nothing is lost
        await until(() => topics.size("hall/*") === 1, "a stream");
        topics.publish("hall/1", "b");
        assert.equal(await other, "data: b\r\n\r\n");

        const places: Resumed[] = [];
        for (const options of [
          { after: cursor },
          { resumed: (place: Resumed) => places.push(place) },
        ])
          assert.throws(
            () => topics.subscribe(two.socket, "room/**", options),
            /^UsageError: subscribe: (after|resumed) goes with a topic's whole name, got "room\/\*\*"/,
          );
        assert.deepEqual(places, []);
      });
    },
  },
  {
    name: "by the application's own messages: after, resumed, cursor",
    async run(adapter) {
      const topics = adapter.topics({ history });
      const { serve, connect } = adapter;
      const sockets: WebSocket[] = [];
      const server = serve({
        port: 0,
        hostname: "127.0.0.1",
        topics,
        websocket: { open: (socket) => void sockets.push(socket) },
      });
      await server.ready;
      try {
        const client = await connect(`ws://127.0.0.1:${server.port}/`);
        const got: string[] = [];
        client.on("message", ({ data }) => got.push(String(data)));
        await until(() => sockets.length === 1);
        const socket = sockets[0]!;
        assert.equal(topics.cursor("a"), undefined);
        topics.publish("a", "1");
        const after = topics.cursor("a");
        topics.publish("a", "2");
        const places: Resumed[] = [];
        topics.subscribe(socket, "a", { after, resumed: (place) => places.push(place) });
        topics.publish("a", "3");
        topics.subscribe(socket, "b", { after, resumed: (place) => places.push(place) });
        await until(() => got.length === 2);
        assert.deepEqual(
          [got, places.map(({ complete }) => complete)],
          [
            ["2", "3"],
            [true, false],
          ],
        );
        assert.equal(places[0]!.cursor, after);
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "a store: two processes, one of which goes; each message once and in order at the other",
    async run(adapter) {
      const store = new Store();
      const make = (options: TopicsOptions = {}): Topics =>
        adapter.topics({ history, store: store.connect(), secret: SECRET, ...options });
      const [near, far] = [make(), make()];
      await withServer(adapter, near, (joinNear) =>
        withServer(adapter, far, async (joinFar) => {
          const first = await joinNear();
          const other = await joinFar();
          for (const one of [first, other]) one.say("subscribe - room\n");
          await until(() => first.got.length + other.got.length === 2);
          const fromNear = ["1", "2", "3"];
          for (const text of fromNear) near.publish("room", text);
          await until(() => first.got.length === 4 && other.got.length === 4);
          first.socket.terminate();
          for (const text of ["4", "5"]) far.publish("room", text);
          const back = await joinFar();
          back.say(`subscribe ${first.cursors.get("room")!} room\n`);
          await until(() => back.got.length === 3 && other.got.length === 6);
          far.publish("room", "6");
          await until(() => back.got.length === 4 && other.got.length === 7);
          const texts = (got: string[]) => got.map((line) => line.split(" ")[2]);
          assert.deepEqual(texts(back.got), [undefined, "4", "5", "6"]);
          assert.deepEqual(texts(other.got), [undefined, "1", "2", "3", "4", "5", "6"]);
          // A process that has kept nothing itself asks the store.
          const third = make();
          await withServer(adapter, third, async (joinThird) => {
            const late = await joinThird();
            late.say(`subscribe ${first.cursors.get("room")!} room\n`);
            await until(() => late.got.length === 4);
            assert.deepEqual(texts(late.got), [undefined, "4", "5", "6"]);
          });
        }),
      );
      assert.equal(store.listeners.size, 0);
    },
  },
  {
    name: "a store that is away: local delivery goes on, and what it has is asked for when it is back",
    async run(adapter) {
      const store = new Store();
      const heard: boolean[] = [];
      const topics = adapter.topics({
        history,
        store: store.connect(),
        secret: SECRET,
        onDegraded: (isDegraded) => heard.push(isDegraded),
      });
      const far = adapter.topics({ history, store: store.connect(), secret: SECRET });
      await withServer(adapter, topics, async (join) => {
        const one = await join();
        one.say("subscribe - room\n");
        await until(() => one.got.length === 1);
        store.isMute = true; // it loses what it sends
        far.publish("room", "unheard");
        await until(() => store.kept.get("room")?.length === 1);
        store.isAway = true; // nobody has noticed
        topics.publish("room", "refused");
        await until(() => one.got.length === 2);
        store.say(false);
        assert.equal(topics.degraded, true);
        topics.publish("room", "alone");
        await until(() => one.got.length === 3);
        store.isMute = false;
        store.say(true);
        await until(() => one.got.length === 4);
        topics.publish("room", "again");
        await until(() => one.got.length === 5);
        assert.deepEqual(
          one.got.map((line) => line.split(" ")[2]),
          [undefined, "refused", "alone", "unheard", "again"],
        );
        assert.deepEqual([topics.counters.unsent, topics.counters.lost], [2, 0]);
        assert.deepEqual([heard, topics.degraded], [[true, false], false]);
      });
      far.close();
    },
  },
  {
    name: "wrong use of histories says what is accepted",
    run({ topics }) {
      const store = new Store().connect();
      assert.throws(
        () => topics({ history: { size: 0 } }),
        /history.size is a whole number from 1/,
      );
      assert.throws(() => topics({ history: { sise: 1 } as never }), /is size meant/);
      assert.throws(() => topics({ history: {}, store }), /secret is needed/);
      assert.throws(() => topics({ history: {}, secret: "short" }), /at least 16 bytes/);
      return Promise.resolve();
    },
  },
];
