/** Sentences of the guide to the client. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http from "node:http";
import { eventually, within } from "../../src/testing/assertion.ts";
import { beside, besideHttp, type GuideAdapter, type Sentence } from "./sentence.ts";

/** A server that refuses, or redirects, each request by `answer`. */
const refusing = (
  answer: (request: http.IncomingMessage) => readonly [status: number, fields: object],
): http.Server =>
  http.createServer().on("upgrade", (request, socket) => {
    const [status, fields] = answer(request);
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket
      .on("error", () => {})
      .end(
        `HTTP/1.1 ${status} Told\r\n${lines.join("")}Content-Length: 0\r\nConnection: close\r\n\r\n`,
      );
  });

/** The code with which connecting fails. */
async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await within(attempt, "the attempt");
  } catch (error) {
    const { name, code } = error as { readonly name: string; readonly code: unknown };
    assert.equal(name, "ConnectError");
    return code;
  }
  return "open";
}

const openings: readonly Sentence[] = [
  {
    name: "client: the error event has the message and code of the ConnectError, and the error itself; close with 1006 follows",
    run: (adapter) =>
      besideHttp(
        refusing(() => [403, {}]),
        async (port) => {
          const socket = new adapter.WebSocket.Client(`ws://127.0.0.1:${port}/`);
          const told: unknown[] = [];
          const errors: unknown[] = [];
          socket.on("error", (event) => {
            told.push("error", event.message, event.code);
            errors.push(event.error);
          });
          socket.on("close", ({ code }) => {
            told.push("close", code);
          });
          let thrown: (Error & { readonly code: string; readonly status: number }) | undefined;
          await socket.opened.catch((error: unknown) => {
            thrown = error as typeof thrown;
          });
          await within(socket.closed, "the close");
          assert.deepEqual([thrown?.code, thrown?.status], ["opening-refused", 403]);
          assert.deepEqual(told, ["error", thrown!.message, thrown!.code, "close", 1006]);
          assert.ok(errors[0] instanceof Error);
        },
      ),
  },
  {
    name: "client: user and password go as Basic authorization, the fragment does not go; origin and pairs of headers do",
    run: async (adapter) => {
      let seen: unknown[] = [];
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        upgrade: ({ headers, target }) => {
          seen = ["authorization", "origin", "x-a"].map((name) => headers.get(name));
          seen.push(target);
        },
      };
      await beside(adapter, "serve", { websocket, origins: "*" }, async ({ port }) => {
        const socket = await adapter.connect(`ws://us%C3%A9r:p%40ss@127.0.0.1:${port}/a?b#c`, {
          origin: "https://app.example",
          headers: [["X-A", "1"]],
        });
        assert.deepEqual(seen, [
          `Basic ${Buffer.from("usér:p@ss").toString("base64")}`,
          "https://app.example",
          "1",
          "/a?b",
        ]);
        assert.equal(socket.statusCode, 101);
        assert.equal(socket.headers?.["upgrade"], "websocket");
        socket.terminate();
      });
    },
  },
  {
    name: "client: send() before open waits, and is sent in order; close() without a code sends 1000",
    run: async (adapter) => {
      const got: unknown[] = [];
      let code = 0;
      const websocket = {
        message: (_: unknown, data: unknown) => void got.push(data),
        close: (_: unknown, told: number) => void (code = told),
      };
      await beside(adapter, "serve", { websocket }, async ({ url }) => {
        for (const make of [
          () => new adapter.WebSocket(url),
          () => new adapter.WebSocket.Client(url),
        ]) {
          got.length = code = 0;
          const socket = make();
          for (const text of ["one", "two"]) socket.send(text);
          await within(socket.opened, "the opening");
          socket.send("three");
          socket.close();
          await eventually(() => code > 0, "the close");
          assert.deepEqual([got, code], [["one", "two", "three"], 1000]);
        }
      });
    },
  },
  {
    name: "client: ping is in seconds, and closes with 1006 if no pong comes within the same time",
    run: async (adapter) => {
      let far: { pause(): unknown } | undefined;
      const websocket = { open: (socket: { pause(): unknown }) => void (far = socket).pause() };
      await beside(adapter, "serve", { websocket }, async ({ url }) => {
        const socket = await adapter.connect(url, { ping: 0.1 });
        socket.on("error", () => {});
        const { code, cause } = await within(socket.closed, "the close");
        assert.deepEqual([code, cause?.code], [1006, "pong-timeout"]);
        assert.ok(far !== undefined);
      });
    },
  },
];

const redirects: readonly Sentence[] = [
  {
    name: "client: followRedirects follows 301, 302, 303, 307 and 308, and no other status",
    run: (adapter) =>
      beside(adapter, "serve", {}, async ({ url }) => {
        for (const status of [301, 302, 303, 307, 308, 300, 304, 305])
          await besideHttp(
            refusing(() => [status, { Location: url }]),
            async (port) => {
              const from = `ws://127.0.0.1:${port}/`;
              const follows = [301, 302, 303, 307, 308].includes(status);
              const expected = follows ? "open" : "opening-refused";
              const attempt = adapter.connect(from, { followRedirects: true });
              assert.equal(await codeOf(attempt), expected, String(status));
              if (follows) (await attempt).terminate();
              assert.equal(await codeOf(adapter.connect(from)), "opening-refused");
            },
          );
      }),
  },
  {
    name: "client: followRedirects follows at most ten, and { max } another number",
    run: async (adapter) => {
      let count = 0;
      const server = refusing(() => [302, { Location: `/${++count}` }]);
      await besideHttp(server, async (port) => {
        for (const [followRedirects, most] of [
          [true, 10],
          [{ max: 2 }, 2],
        ] as const) {
          count = 0;
          const attempt = adapter.connect(`ws://127.0.0.1:${port}/`, { followRedirects });
          assert.equal(await codeOf(attempt), "redirect-refused");
          assert.equal(count, most + 1);
        }
      });
    },
  },
  {
    name: "client: two options that make the connection throw before any socket exists",
    run: async (adapter) => {
      const makers = {
        proxy: { origin: "http://127.0.0.1:9" },
        socketPath: "/nowhere",
        createConnection: () => undefined,
        session: {},
      };
      const names = Object.keys(makers) as (keyof typeof makers)[];
      for (const one of names)
        for (const two of names.filter((name) => name > one))
          await assert.rejects(
            adapter.connect("ws://127.0.0.1:9/", {
              [one]: makers[one],
              [two]: makers[two],
            } as object),
            { name: "UsageError" },
            `${one} and ${two}`,
          );
    },
  },
];

/** A client that comes back fast. */
const coming = (
  { ReconnectingClient }: GuideAdapter,
  url: string,
  reconnect: object = {},
): InstanceType<GuideAdapter["ReconnectingClient"]> =>
  new ReconnectingClient(url, { reconnect: { minDelay: 1, maxDelay: 5, ...reconnect } });

const returning: readonly Sentence[] = [
  {
    name: "reconnecting client: open(isFirst), message, waiting(delay, loss), and close once and last",
    run: async (adapter) => {
      const told: unknown[] = [];
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        message: (socket, data) => {
          if (data === "leave") socket.terminate();
          else socket.send(data);
        },
      };
      await beside(adapter, "serve", { websocket }, async ({ url }) => {
        const client = coming(adapter, url);
        client.on("open", (isFirst) => told.push("open", isFirst));
        client.on("message", (data) => told.push("message", data));
        client.on("waiting", (delay, { code }) => told.push("waiting", delay <= 5, code));
        client.on("close", ({ code, reason }) => told.push("close", code, reason));
        client.send("hello");
        await eventually(() => told.includes("hello"), "the message");
        client.send("leave");
        await eventually(() => told.includes(false), "the second opening");
        client.close(4000, "bye");
        await eventually(() => told.includes("close"), "the close");
        assert.deepEqual(told, [
          ...["open", true, "message", "hello", "waiting", true, 1006],
          ...["open", false, "close", 4000, "bye"],
        ]);
        assert.equal(client.send("late"), false);
        assert.equal(client.readyState, 3);
      });
    },
  },
  {
    name: "reconnecting client: ends after 1000 and 1008 and a 4xx but 408, 425 and 429, and comes back after others",
    run: async (adapter) => {
      for (const code of [1000, 1008, 1011, 4000]) {
        const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
          open: (socket) => {
            if (code === 1011 || code === 1008) void server!.stop({ code });
            else socket.close(code);
          },
        };
        let server: ReturnType<typeof adapter.serve> | undefined;
        await beside(adapter, "serve", { websocket }, async (made) => {
          server = made;
          const client = coming(adapter, made.url);
          const ended = await within(
            new Promise((resolve) => {
              client.on("close", () => {
                resolve(true);
              });
              client.on("waiting", () => {
                resolve(false);
              });
            }),
            `the end of ${code}`,
          );
          assert.equal(ended, code === 1000 || code === 1008, String(code));
          client.close();
        });
      }
      for (const status of [400, 401, 404, 408, 425, 429, 500, 503]) {
        let asked = 0;
        const server = refusing(() => (asked++, [status, {}]));
        await besideHttp(server, async (port) => {
          const client = coming(adapter, `ws://127.0.0.1:${port}/`);
          let isOver = false;
          client.on("close", () => (isOver = true));
          await eventually(() => isOver || asked > 1, `an end or another attempt at ${status}`);
          assert.equal(isOver, status < 408 && status !== 408, String(status));
          client.close();
        });
      }
    },
  },
  {
    name: "reconnecting client: attempts in a row, and retry(loss) is given code, reason and status",
    run: async (adapter) => {
      let asked = 0;
      await besideHttp(
        refusing(() => (asked++, [503, {}])),
        async (port) => {
          const url = `ws://127.0.0.1:${port}/`;
          await assert.rejects(
            within(
              adapter.connect(url, { reconnect: { minDelay: 1, maxDelay: 2, attempts: 2 } }),
              "the end",
            ),
            { name: "ConnectError", status: 503 },
          );
          assert.equal(asked, 3);
          const losses: unknown[] = [];
          const client = coming(adapter, url, {
            retry: (loss: unknown) => {
              losses.push(loss);
              return false;
            },
          });
          await within(new Promise((resolve) => client.on("close", resolve)), "the close");
          assert.deepEqual(losses, [{ code: 1006, reason: "", status: 503 }]);
        },
      );
    },
  },
  {
    name: "reconnecting client: send() refuses what has no text of its own, and sendJSON() sends it",
    run: async (adapter) => {
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        message: (socket, data) => void socket.send(data),
      };
      await beside(adapter, "serve", { websocket }, async ({ url }) => {
        const client = coming(adapter, url);
        for (const data of [{}, [1], Promise.resolve("x"), new Map()])
          assert.throws(() => client.send(data), { name: "UsageError", message: /cannot be sent/ });
        const got: unknown[] = [];
        client.on("message", (data) => got.push(data));
        assert.equal(client.sendJSON({ a: 1 }), true);
        assert.throws(() => client.sendJSON(undefined), { name: "UsageError" });
        await eventually(() => got.length > 0, "the message");
        assert.deepEqual(got, ['{"a":1}']);
        client.close();
      });
    },
  },
];

export const clientSentences: readonly Sentence[] = [...openings, ...redirects, ...returning];
