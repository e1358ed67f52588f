/** Sentences of the guide to servers. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { encodeFrame, TEXT } from "../../src/testing/wire/frames.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import { statusOf, warningsOf } from "../harness/by-hand.ts";
import { dialRaw } from "../harness/raw-streams.ts";
import { beside, besideHttp, BOTH, messagesOf, type Sentence } from "./sentence.ts";

const where = BOTH.flatMap((by): Sentence[] => [
  {
    name: `${by}: ready rejects with a ListenError that says what to do, its code is the system's`,
    run: (adapter) =>
      beside(adapter, by, {}, async ({ port }) => {
        const second = adapter[by]({ hostname: "127.0.0.1", port, websocket: {} });
        await assert.rejects(second.ready, {
          name: "ListenError",
          code: "EADDRINUSE",
          message: new RegExp(`^127\\.0\\.0\\.1:${port} is taken: .*choose another port`),
        });
        await within(second.stop(), "the stop of a server that never listened");
      }),
  },
  {
    name: `${by}: port, hostname and url are set once it listens; unix listens on a path`,
    run: async (adapter) => {
      await beside(adapter, by, { path: "/chat" }, async ({ port, hostname, url }) => {
        assert.ok(port > 0);
        assert.deepEqual([hostname, url], ["127.0.0.1", `ws://127.0.0.1:${port}/chat`]);
        await assert.rejects(adapter.connect(`ws://127.0.0.1:${port}/other`), { status: 404 });
      });
      const unix = join(tmpdir(), `guide-${process.pid}-${by}-${Math.random()}.sock`);
      await beside(adapter, by, { unix, path: "/chat" }, async ({ url, clients }) => {
        const socket = await adapter.connect(url);
        await eventually(() => clients.size === 1, "the socket");
        assert.equal([...clients][0]!.remoteAddress, undefined);
        socket.terminate();
      });
    },
  },
]);

const EVIL = "https://evil.example";

const who = BOTH.flatMap((by): Sentence[] => [
  {
    name: `${by}: checks path, then origins, then upgrade`,
    run: async (adapter) => {
      let asked = 0;
      const websocket = { upgrade: () => (++asked > 0 ? { status: 401 } : undefined) };
      await warningsOf(() =>
        beside(adapter, by, { path: "/chat", websocket }, async ({ port }) => {
          const statusAt = async (
            path: string,
            fields: Record<string, string>,
          ): Promise<number> => {
            const peer = await dialRaw(port, false);
            peer.write(
              requestHead({ Host: `127.0.0.1:${port}`, ...fields }, `GET ${path} HTTP/1.1`),
            );
            const { startLine } = await peer.head();
            peer.destroy();
            return Number(startLine.split(" ")[1]);
          };
          assert.equal(await statusAt("/other", { Origin: EVIL }), 404);
          assert.equal(await statusAt("/chat", { Origin: EVIL }), 403);
          assert.equal(asked, 0);
          assert.equal(await statusAt("/chat", {}), 401);
          assert.equal(asked, 1);
        }),
      );
    },
  },
  {
    name: `${by}: names the first ten refused origins in process warnings`,
    run: async (adapter) => {
      const warnings = await warningsOf(() =>
        beside(adapter, by, {}, async ({ port }) => {
          for (let at = 0; at < 12; at++)
            assert.equal(await statusOf(port, { Origin: `https://evil-${at}.example` }), 403);
        }),
      );
      const named = warnings.filter((text) => /https:\/\/evil-\d+\.example/.test(text));
      assert.equal(named.length, 10);
    },
  },
  {
    name: `${by}: upgrade gets method, target, url, headers, cookies and remoteAddress; it gives protocols and headers`,
    run: async (adapter) => {
      let seen: unknown[] = [];
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        upgrade: async ({ method, target, url, headers, cookies, remoteAddress }) => {
          seen = [method, target, url?.pathname, headers.get("x-a"), { ...cookies }, remoteAddress];
          await pass(1);
          return { protocols: ["soup"], headers: { "X-B": "2" } };
        },
      };
      await beside(adapter, by, { websocket, protocols: ["chat"] }, async ({ url }) => {
        const socket = await adapter.connect(`${url}room?x=1`, {
          protocols: ["chat", "soup"],
          headers: { "X-A": "1", Cookie: 'a=1; b="2"' },
        });
        const cookies = { a: "1", b: "2" };
        assert.deepEqual(seen, ["GET", "/room?x=1", "/room", "1", cookies, "127.0.0.1"]);
        assert.deepEqual([socket.protocol, socket.headers?.["x-b"]], ["soup", "2"]);
        socket.terminate();
      });
    },
  },
  {
    name: `${by}: what the client sends while upgrade decides waits`,
    run: async (adapter) => {
      const got: unknown[] = [];
      const websocket = {
        upgrade: () => pass(50),
        message: (_: unknown, data: unknown) => void got.push(data),
      };
      await beside(adapter, by, { websocket }, async ({ port }) => {
        const peer = await dialRaw(port, false);
        const head = new TextEncoder().encode(requestHead({}));
        const frame = encodeFrame({ opcode: TEXT, payload: "early" }, true);
        peer.write(Uint8Array.from([...head, ...frame]));
        peer.send({ opcode: TEXT, payload: "later" });
        await eventually(() => got.length === 2, "both messages");
        assert.deepEqual(got, ["early", "later"]);
        peer.destroy();
      });
    },
  },
  {
    name: `${by}: where upgrade throws or rejects, 500, and a process warning says why`,
    run: async (adapter) => {
      const failures = [
        () => {
          throw new Error("no database");
        },
        () => Promise.reject(new Error("no database")),
      ];
      for (const upgrade of failures) {
        const warnings = await warningsOf(() =>
          beside(adapter, by, { websocket: { upgrade } }, async ({ port }) => {
            assert.equal(await statusOf(port), 500);
          }),
        );
        assert.match(warnings.join("\n"), /no database/);
      }
    },
  },
  {
    name: `${by}: protocols: the client's first that is among them; if there is none, it opens without`,
    run: (adapter) =>
      beside(adapter, by, { protocols: ["a", "b"] }, async ({ url }) => {
        for (const [offered, chosen] of [
          [["x", "b", "a"], "b"],
          [["x"], ""],
          [[], ""],
        ] as const) {
          const socket = await adapter.connect(url, { protocols: [...offered] });
          assert.equal(socket.protocol, chosen);
          socket.terminate();
        }
      }),
  },
]);

const what = BOTH.flatMap((by): Sentence[] => [
  {
    name: `${by}: message gets a string or a Buffer; close is called once, and last, for every socket that open got`,
    run: async (adapter) => {
      const told = new Map<unknown, unknown[]>();
      const tell = (socket: unknown, ...what: unknown[]): void => {
        const list = told.get(socket) ?? [];
        told.set(socket, list);
        list.push(...what);
      };
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        open: (socket) => {
          tell(socket, "open");
        },
        message: (socket, data) => {
          tell(socket, Buffer.isBuffer(data) ? data.toString() : data);
        },
        close: (socket, code, reason) => {
          tell(socket, "close", code, reason);
        },
        error: (socket, error) => {
          tell(socket, "error", error instanceof Error || "message" in error);
        },
      };
      await beside(adapter, by, { websocket, maxMessageSize: 10 }, async ({ url, clients }) => {
        const [one, two, three] = await Promise.all([1, 2, 3].map(() => adapter.connect(url)));
        await eventually(() => clients.size === 3, "all three");
        one!.send("text");
        one!.send(Buffer.from("bytes"));
        one!.close(4000, "bye");
        two!.terminate();
        three!.send("more than ten");
        three!.on("error", () => {});
        await eventually(
          () => [...told.values()].filter((list) => list.includes("close")).length === 3,
          "three closes",
        );
        await pass(20);
        const lists = [...told.values()].map((list) => list.join(" ")).sort();
        assert.equal(lists[0], "open close 1006 ");
        assert.match(lists[1]!, /^open error true close 1009 /);
        assert.equal(lists[2], "open text bytes close 4000 bye");
        assert.equal(clients.size, 0);
      });
    },
  },
  {
    name: `${by}: clients has the open sockets, and broadcast sends to all but those left out`,
    run: (adapter) =>
      beside(adapter, by, {}, async ({ url, clients }) => {
        const all = await Promise.all([1, 2, 3].map(() => adapter.connect(url)));
        await eventually(() => clients.size === 3, "all sockets");
        const [first] = clients;
        assert.equal([...clients].length, 3);
        assert.equal(adapter.broadcast(clients, "hello", { except: first }), 2);
        assert.equal(adapter.broadcast(clients, "bye"), 3);
        const got = await Promise.all(all.map((socket) => messagesOf(socket, 1)));
        assert.deepEqual(got.flat().sort(), ["bye", "hello", "hello"]);
      }),
  },
]);

/** Adds an open connection by hand that answers nothing. */
async function silentPeer(port: number): Promise<Awaited<ReturnType<typeof dialRaw>>> {
  const peer = await dialRaw(port, false);
  peer.write(requestHead({}));
  await peer.head();
  return peer;
}

const stops = BOTH.flatMap((by): Sentence[] => [
  {
    name: `${by}: stop() takes no more, and drops after timeout what has not closed`,
    run: async (adapter) => {
      const server = adapter[by]({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      const peer = await silentPeer(server.port);
      const from = performance.now();
      const stopped = server.stop({ timeout: 200 });
      await assert.rejects(adapter.connect(`ws://127.0.0.1:${server.port}/`), {
        name: "ConnectError", // its code depends on how far the system has come
      });
      await within(stopped, "the stop");
      const took = performance.now() - from;
      assert.ok(took > 150 && took < 3000, `it took ${took} ms`);
      peer.destroy();
    },
  },
  {
    name: `${by}: { force: true } drops everything at once, also in a second call`,
    run: async (adapter) => {
      const server = adapter[by]({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      const peer = await silentPeer(server.port);
      const stopped = server.stop({ timeout: 60_000 });
      await pass(20);
      await within(server.stop({ force: true }), "the second call");
      await within(stopped, "the first call");
      peer.destroy();
    },
  },
  {
    name: `${by}: await using stops it`,
    run: async (adapter) => {
      const server = adapter[by]({ hostname: "127.0.0.1", websocket: {} });
      await server.ready;
      const client = await adapter.connect(server.url);
      const { asyncDispose } = Symbol as unknown as { readonly asyncDispose: symbol };
      const { [asyncDispose]: dispose } = server as unknown as Record<symbol, () => Promise<void>>;
      client.resume();
      await within(dispose!.call(server), "the disposal");
      assert.equal((await within(client.closed, "the close")).code, 1001);
    },
  },
]);

const EVENTS = ["data", "drain", "end", "error", "close", "timeout"] as const;

const sockets: readonly Sentence[] = [
  {
    name: "upgrade: when a connection ends, the library leaves no listener on its socket",
    run: async (adapter) => {
      for (const how of ["close", "terminate"] as const) {
        let before: number[] = [];
        let after: (() => number[]) | undefined;
        const server = http.createServer().on("upgrade", (request, socket, head) => {
          after = () => EVENTS.map((event) => socket.listenerCount(event));
          before = after();
          adapter.upgrade(request, socket, head).resume();
        });
        await besideHttp(server, async (port) => {
          const client = await adapter.connect(`ws://127.0.0.1:${port}/`);
          const closed = once(client, "close");
          client[how]();
          await within(closed, "the close");
          await eventually(
            () => after!().every((count, at) => count <= before[at]!),
            `no listeners after ${how}(): ${String(after!())} where there were ${String(before)}`,
          );
        });
      }
    },
  },
];

export const serverSentences: readonly Sentence[] = [
  ...where,
  ...who,
  ...what,
  ...stops,
  ...sockets,
];
