/** Clients that come back, servers that drain, and processes without a broker. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import type net from "node:net";
import type { ReconnectingConstructor } from "../../src/node-compat/index.ts";
import type { Backplane, WebSocket } from "../../src/shell/index.ts";
import { eventually } from "../../src/testing/assertion.ts";
import { TOPICS_PROTOCOL } from "../../src/topics/wire.ts";
import type { Case } from "../harness/harnesses.ts";
import type { TopicsAdapter } from "./topics.ts";

/** The names of an adapter that this suite needs. */
export interface ComingBackAdapter extends TopicsAdapter {
  readonly ReconnectingClient: ReconnectingConstructor;
  clusterBackplane(options?: { readonly name?: string }): Backplane;
}

const until = (isSo: () => boolean, what: string): Promise<void> => eventually(isSo, what);

/** Serves until `use` has ended; what it is given stops and serves again on the same port. */
async function withServer(
  { serve, topics }: TopicsAdapter,
  use: (scene: {
    readonly port: number;
    readonly rooms: ReturnType<TopicsAdapter["topics"]>;
    readonly sockets: Set<WebSocket>;
    readonly got: string[];
  }) => Promise<void>,
): Promise<void> {
  const rooms = topics({ history: { size: 100 } });
  const sockets = new Set<WebSocket>();
  const got: string[] = [];
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    protocols: [TOPICS_PROTOCOL],
    topics: rooms,
    websocket: {
      subscribe: (_, topic) => topic !== "secret",
      open: (socket) => void sockets.add(socket),
      message: (socket, data) => {
        got.push(String(data));
        socket.send(`echo ${String(data)}`);
      },
      close: (socket) => void sockets.delete(socket),
    },
  });
  await server.ready;
  try {
    await use({ port: server.port, rooms, sockets, got });
  } finally {
    rooms.close();
    await server.stop({ force: true });
  }
}

const quick = { minDelay: 1, maxDelay: 20 };

export const comingBackCases: readonly Case<ComingBackAdapter>[] = [
  {
    name: "a lost connection is made again; topics resume, and what was sent meanwhile arrives",
    async run(adapter) {
      await withServer(adapter, async ({ port, rooms, sockets, got }) => {
        const client = new adapter.ReconnectingClient(`ws://127.0.0.1:${port}/`, {
          protocols: [TOPICS_PROTOCOL],
          reconnect: quick,
        });
        const seen: string[] = [];
        const opens: boolean[] = [];
        client
          .on("published", (topic, data) => seen.push(`${topic} ${String(data)}`))
          .on("message", (data) => seen.push(String(data)))
          .on("refused", (topic) => seen.push(`refused ${topic}`))
          .on("open", (isFirst) => opens.push(isFirst));
        const resets: string[] = [];
        client.on("reset", (topic) => resets.push(topic));
        client.subscribe("room");
        for (const pattern of ["*", "silent/**"]) client.subscribe(pattern);
        client.subscribe("secret");
        assert.equal(client.send("early"), true);
        await until(() => seen.length === 2, "the refusal and the echo");
        rooms.publish("room", "1");
        await until(() => seen.length === 3, "a message");
        for (const socket of sockets) socket.terminate();
        rooms.publish("room", "2");
        await until(
          () => client.readyState === 0 || opens.length > 1,
          "the loss, which may be over",
        );
        client.send(Uint8Array.of(0x68, 0x69));
        rooms.publish("room", Uint8Array.of(0x33));
        await until(() => seen.length === 7, `what it missed, got ${String(seen)}`);
        rooms.publish("room", "4");
        await until(() => seen.length === 8, "a message");
        assert.deepEqual(
          seen.filter((line) => line.startsWith("room")),
          ["room 1", "room 2", "room 3", "room 4"],
        );
        assert.deepEqual(
          [got, opens],
          [
            ["early", "hi"],
            [true, false],
          ],
        );
        assert.equal(seen.filter((line) => line === "refused secret").length, 2);
        assert.deepEqual(resets, ["*"]); // its other topics may have had messages; `silent/**` never had one
        client.unsubscribe("*");
        client.unsubscribe("room");
        await until(() => rooms.size("room") === 0, "the end of a subscription");
        let closed = 0;
        client.on("close", () => closed++);
        client.close();
        await until(() => closed === 1 && sockets.size === 0, "the end");
        assert.deepEqual([client.readyState, client.send("late")], [3, false]);
      });
    },
  },
  {
    name: "connect() with reconnect waits for a server that asks for patience, and gives up where it is told",
    async run({ connect, upgrade }) {
      const answers: [number, Record<string, string>][] = [
        [503, { "retry-after": "0" }],
        [429, {}],
      ];
      const times: number[] = [];
      const server = http.createServer().on("upgrade", (request, socket, head) => {
        times.push(Date.now());
        const [status, fields] = answers.shift() ?? [101, {}];
        if (status === 101) return void upgrade(request, socket, head).send("hello");
        socket.on("error", () => {}); // the client may reset what it does not read
        const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.end(`HTTP/1.1 ${status} Later\r\n${lines.join("")}content-length: 0\r\n\r\n`);
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      const { port } = server.address() as net.AddressInfo;
      const url = `ws://127.0.0.1:${port}/`;
      try {
        const client = await connect(url, { reconnect: quick });
        const got: string[] = [];
        client.on("message", (data) => got.push(String(data)));
        await until(() => got.length === 1, "what was said at once");
        assert.deepEqual([got, times.length], [["hello"], 3]);
        client.close();
        answers.push([503, {}], [503, {}], [503, {}]);
        await assert.rejects(connect(url, { reconnect: { ...quick, attempts: 2 } }), {
          name: "ConnectError",
          status: 503,
        });
        answers.length = 0;
        answers.push([401, {}]);
        await assert.rejects(connect(url, { reconnect: quick }), { status: 401 });
        const stop = new AbortController();
        answers.push([503, { "retry-after": "600" }]);
        const waits = connect(url, { reconnect: quick, signal: stop.signal });
        const before = times.length;
        await until(() => times.length > before, "an attempt");
        stop.abort(new Error("enough"));
        await assert.rejects(waits, /enough/);
        await assert.rejects(connect(url, { reconnect: { minDelai: 1 } as never }), /minDelay/);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  },
  {
    name: "the outbox has a bound",
    run({ ReconnectingClient }) {
      const client = new ReconnectingClient("ws://127.0.0.1:1/", {
        reconnect: { minDelay: 60_000, maxOutboxBytes: 10 },
      });
      assert.deepEqual([client.send("€€"), client.bufferedAmount], [true, 6]);
      assert.deepEqual([client.send("12345"), client.send("1234")], [false, true]);
      client.close();
      assert.equal(client.bufferedAmount, 0);
      return Promise.resolve();
    },
  },
  {
    name: "stop({ spread }) tells clients one after another, and waits for them",
    async run({ serve, connect }) {
      const sockets: WebSocket[] = [];
      const server = serve({
        port: 0,
        hostname: "127.0.0.1",
        websocket: { open: (socket) => void sockets.push(socket) },
      });
      await server.ready;
      const url = `ws://127.0.0.1:${server.port}/`;
      const clients = await Promise.all(Array.from({ length: 10 }, () => connect(url)));
      await until(() => sockets.length === 10, "the server's ends");
      const told: unknown[] = [];
      for (const client of clients)
        client.on("close", ({ code, reason }) => told.push([code, reason]));
      const stopping = server.stop({ code: 1012, reason: "deploy", spread: 3000 });
      await until(() => told.length > 0, "the first close frame");
      assert.deepEqual(told[0], [1012, "deploy"]);
      assert.ok(
        sockets.some(({ readyState }) => readyState === 1),
        "all were told at once",
      );
      assert.equal(sockets[9]!.readyState, 1); // the oldest get the event first
      void server.stop({ force: true });
      await stopping;
      assert.throws(() => server.stop({ spread: -1 }), /spread is in milliseconds, got -1/);
    },
  },
  {
    name: "clusterBackplane joins the topics of one process's threads",
    async run({ topics, clusterBackplane, serve, connect }) {
      const name = `test ${String(Math.random())}`;
      const join = () => topics({ backplane: clusterBackplane({ name }), presenceInterval: 100 });
      const [near, far] = [join(), join()];
      const server = serve({
        port: 0,
        hostname: "127.0.0.1",
        topics: far,
        websocket: { open: (socket) => void socket.subscribe("room/*") },
      });
      await server.ready;
      try {
        const client = await connect(`ws://127.0.0.1:${server.port}/`);
        const got: string[] = [];
        client.on("message", ({ data }) => got.push(String(data)));
        await until(() => far.size("room/*") === 1, "the subscription");
        const sent = Array.from({ length: 20 }, (_, at) => `${at}`);
        for (const text of sent) near.publish("room/1", text);
        await until(() => got.length === 20, "what another thread published");
        assert.deepEqual(got, sent);
      } finally {
        near.close();
        far.close();
        await server.stop({ force: true });
      }
    },
  },
];
