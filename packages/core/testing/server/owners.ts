/** A socket, stream or response has one owner. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { EventSourceConstructor } from "../../src/node-compat/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import { listening, raw, statusOf, thrownBy, upgrades, warningsOf } from "../harness/by-hand.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "./sockets.ts";

/** The names of an adapter that this suite needs. */
export interface OwnersAdapter extends SocketsAdapter {
  readonly EventSource: EventSourceConstructor;
}

type Owners = Case<OwnersAdapter>;

const owners: readonly Owners[] = [
  {
    name: "a socket has one owner: the second upgrade() throws and says what to do, the first lives",
    run: async (adapter) => {
      let second: Error | undefined;
      const server = upgrades((request, socket, head) => {
        adapter.upgrade(request, socket, head).on("message", function (event) {
          this.send(event);
        });
      });
      server.on("upgrade", (request, socket, head) => {
        second = thrownBy(() => adapter.upgrade(request, socket, head));
      });
      await listening(server, async (port) => {
        const socket = await adapter.connect(`ws://127.0.0.1:${port}/`);
        socket.send("still here");
        assert.equal((await once(socket, "message"))[0].data, "still here");
        assert.equal(second?.name, "UsageError");
        assert.match(second.message, /upgrade\(\) has taken this already.*second listener/);
        socket.terminate();
      });
    },
  },
  {
    name: "a socket has one owner: reject() behind upgrade(), and upgrade() behind reject(), also once it is gone",
    run: async (adapter) => {
      const errors: Error[] = [];
      let kept: (() => unknown) | undefined;
      const server = upgrades((request, socket, head) => {
        if (request.url === "/no") {
          adapter.reject(socket, { status: 404 });
          kept = () => adapter.upgrade(request, socket, head);
          errors.push(thrownBy(kept));
        } else {
          adapter.upgrade(request, socket, head);
          errors.push(
            thrownBy(() => {
              adapter.reject(socket, { status: 404 });
            }),
          );
          errors.push(thrownBy(() => new adapter.WebSocket(request, socket, head)));
        }
      });
      await listening(server, async (port) => {
        assert.equal(await statusOf(port), 101);
        assert.match(await raw(port, requestHead({}, "GET /no HTTP/1.1")), /^HTTP\/1.1 404/);
        errors.push(thrownBy(kept!));
        assert.deepEqual(
          errors.map(({ name }) => name),
          Array(4).fill("UsageError"),
        );
      });
    },
  },
  {
    name: "a stream of HTTP/2 has one owner",
    run: async (adapter) => {
      const server = http2.createServer({ settings: { enableConnectProtocol: true } });
      const errors: Error[] = [];
      server.on("connect", () => {});
      server.on("stream", (stream, headers) => {
        adapter.upgrade(stream, headers);
        errors.push(thrownBy(() => adapter.upgrade(stream, headers)));
        errors.push(
          thrownBy(() => {
            adapter.reject(stream, { status: 404 });
          }),
        );
      });
      await listening(server, async (port) => {
        const socket = await adapter.connect(`ws://127.0.0.1:${port}/`, { http2: true });
        assert.deepEqual(
          errors.map(({ name }) => name),
          ["UsageError", "UsageError"],
        );
        socket.terminate();
      });
    },
  },
  {
    name: "a response has one owner: new EventSource() on a used one throws",
    run: async ({ EventSource }) => {
      const errors: Error[] = [];
      const server = http.createServer((request, response) => {
        if (request.url === "/ended") response.end("over");
        else new EventSource(request, response);
        errors.push(thrownBy(() => new EventSource(request, response)));
        response.destroy();
      });
      await listening(server, async (port) => {
        for (const path of ["/", "/ended"])
          await fetch(`http://127.0.0.1:${port}${path}`)
            .then((answer) => answer.text())
            .catch(() => {});
        assert.deepEqual(
          errors.map(({ name }) => name),
          ["UsageError", "UsageError"],
        );
      });
    },
  },
  {
    name: "upgrade({ upgrade }): a client that resets while the application decides is only closed, and what it decides counts",
    run: async (adapter) => {
      const closed: number[] = [];
      const server = upgrades((request, socket, head) => {
        const ws = adapter.upgrade(request, socket, head, {
          upgrade: async ({ target, cookies }) => {
            await pass(100);
            if (target === "/no") return { status: 401, body: "who?" };
            return target === "/false" ? false : { context: { user: cookies["user"] } };
          },
        });
        ws.on("open", () => {
          ws.send(JSON.stringify([ws.context, ws.request?.target, ws.remoteAddress]));
        });
        ws.on("close", ({ code }) => {
          closed.push(code);
        });
      });
      await listening(server, async (port) => {
        const peer = await dialRaw(port, false);
        peer.write(requestHead({}));
        await pass(30);
        peer.reset();
        await eventually(() => closed.length === 1, "the close");
        const socket = await adapter.connect(`ws://127.0.0.1:${port}/yes`, {
          headers: { Cookie: "user=ann" },
        });
        const [event] = await once(socket, "message");
        assert.deepEqual(JSON.parse(String(event.data)), [{ user: "ann" }, "/yes", "127.0.0.1"]);
        socket.terminate();
        await assert.rejects(adapter.connect(`ws://127.0.0.1:${port}/no`), { status: 401 });
        await assert.rejects(adapter.connect(`ws://127.0.0.1:${port}/false`), { status: 403 });
      });
    },
  },
];

/** Adds `act` behind a listener that opens every socket as an echo. */
const echoBefore = (
  adapter: OwnersAdapter,
  act: (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void,
): http.Server =>
  upgrades((request, socket, head) => {
    adapter.upgrade(request, socket, head).on("message", function (event) {
      this.send(event);
    });
  }).on("upgrade", act);

const echoes = async (socket: InstanceType<OwnersAdapter["Client"]>): Promise<void> => {
  const answer = once(socket, "message");
  socket.send("still here");
  assert.equal((await within(answer, "the echo"))[0].data, "still here");
};

const clients: readonly Owners[] = (["socket", "createConnection"] as const).map((option) => ({
  name: `a connection has one owner: a second client by ${option} rejects and says what to do, the first lives`,
  run: async (adapter) => {
    await listening(
      echoBefore(adapter, () => {}),
      async (port) => {
        const carrier = net.connect(port, "127.0.0.1");
        const own = option === "socket" ? { socket: carrier } : { createConnection: () => carrier };
        const url = `ws://127.0.0.1:${port}/`;
        const first = await adapter.connect(url, own);
        await assert.rejects(
          within(adapter.connect(url, own), "the second client"),
          new RegExp(`the option ${option} has taken this already; give each socket`),
        );
        await echoes(first);
        first.terminate();
      },
    );
  },
}));

const byHand: readonly Owners[] = [
  {
    name: "a server's socket is no client's, nor the other way round",
    run: async (adapter) => {
      let second: Promise<unknown> | undefined;
      const server = echoBefore(adapter, (_, socket) => {
        second = adapter.connect("ws://127.0.0.1/", { socket });
        second.catch(() => {});
      });
      await listening(server, async (port) => {
        const client = await adapter.connect(`ws://127.0.0.1:${port}/`);
        await assert.rejects(within(second!, "the second"), {
          name: "UsageError",
          message: /upgrade\(\) has taken this already/,
        });
        await echoes(client);
        client.terminate();
      });
    },
  },
  ...[
    { when: "at once", options: {} },
    { when: "slowly", options: { upgrade: () => pass(50) } },
  ].map(({ when, options }): Owners => ({
    name: `a socket that another listener answers by hand opens nothing, decided ${when}: its answer goes out, and close says 1006`,
    run: async (adapter) => {
      const told: string[] = [];
      const server = upgrades((request, socket, head) => {
        adapter
          .upgrade(request, socket, head, options)
          .on("open", () => told.push("open"))
          .on("close", ({ code }) => told.push(`close ${code}`));
      }).on("upgrade", (_: unknown, socket: net.Socket) => {
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      });
      await listening(server, async (port) => {
        assert.match(await raw(port, requestHead({})), /^HTTP\/1.1 404 Not Found\r\n[^]*\r\n\r\n$/);
        await eventually(() => told.length > 0, "the close");
        assert.deepEqual(told, ["close 1006"]);
      });
    },
  })),
  {
    name: "upgrade() of a socket that is gone: close says 1006 and why, reject() leaves it alone",
    run: async (adapter) => {
      const closes: unknown[] = [];
      const server = upgrades((request, socket, head) => {
        socket.on("error", () => {}).destroy();
        adapter.reject(socket, { status: 404 });
        adapter.upgrade(request, socket, head).on("close", ({ code, initiator, cause }) => {
          closes.push(code, initiator, (cause as { code?: string } | undefined)?.code);
        });
      });
      await listening(server, async (port) => {
        assert.equal(await raw(port, requestHead({})), "");
        await eventually(() => closes.length > 0, "the close");
        assert.deepEqual(closes, [1006, "peer", "connection-lost"]);
      });
    },
  },
  {
    name: "a stream of HTTP/2 that is answered already: upgrade() and reject() throw and say what to do",
    run: async (adapter) => {
      const errors: Error[] = [];
      const server = http2.createServer({ settings: { enableConnectProtocol: true } });
      server.on("connect", () => {});
      server.on("stream", (stream, headers) => {
        stream.on("error", () => {});
        stream.respond({ ":status": 404 }, { endStream: true });
        errors.push(thrownBy(() => adapter.upgrade(stream, headers)));
        errors.push(thrownBy(() => void adapter.reject(stream, { status: 403 })));
      });
      await listening(server, async (port) => {
        await assert.rejects(adapter.connect(`ws://127.0.0.1:${port}/`, { http2: true }), {
          status: 404,
        });
        for (const { name, message } of errors) {
          assert.equal(name, "UsageError");
          assert.match(message, /has been answered already; .*second listener/);
        }
        assert.equal(errors.length, 2);
      });
    },
  },
];

/** A response whose body nobody can send any more. */
async function usedResponse(): Promise<Response> {
  const used = new Response("no", { status: 403 });
  await used.text();
  return used;
}
const READ_ALREADY = /the Response's body has been read already; return a new one/;

const responses: readonly Owners[] = [
  {
    name: "a response has one owner: reject() with a Response that has been read throws, and writes nothing",
    run: async (adapter) => {
      const used = await usedResponse();
      let error: Error | undefined;
      const server = upgrades((_, socket) => {
        error = thrownBy(() => void adapter.reject(socket, used));
        adapter.reject(socket, { status: 401 });
      });
      await listening(server, async (port) => {
        assert.equal(await statusOf(port), 401);
        assert.equal(error?.name, "UsageError");
        assert.match(error.message, READ_ALREADY);
      });
    },
  },
  ...(["serve", "listen"] as const).map((by): Owners => ({
    name: `a response has one owner: ${by} answers 500 where upgrade returns a Response that has been read, and says why`,
    run: async (adapter) => {
      const used = await usedResponse();
      const warnings = await warningsOf(async () => {
        const server = adapter[by]({ hostname: "127.0.0.1", websocket: { upgrade: () => used } });
        await server.ready;
        assert.equal(await statusOf(server.port), 500);
        await server.stop({ force: true });
      });
      assert.match(warnings.join("\n"), READ_ALREADY);
    },
  })),
];

/** All of it. */
export const ownerCases: readonly Owners[] = [...owners, ...clients, ...byHand, ...responses];
