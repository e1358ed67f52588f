/** Nothing that comes to a socket is lost until the first who takes it. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { CloseEvent, ErrorEvent, MessageEvent, WebSocket } from "../../src/shell/index.ts";
import { eventually, pass } from "../../src/testing/assertion.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import { doors, everywhere } from "../harness/ends.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "./sockets.ts";

type Taking = Case<SocketsAdapter>;

/** Long enough for what was sent to arrive: a ping behind it has been answered. */
async function arrived(there: WebSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    there.ping("arrived", resolve);
  });
}

const texts = (events: readonly MessageEvent[]): string[] => events.map(String);

/** Runs a loop that ends with its connection, which the tests drop. */
function untilDropped(loop: () => Promise<void>): void {
  loop().catch((error: unknown) => {
    assert.equal((error as Error).name, "ClosedError");
  });
}

/** Ways to take messages, each of which says what it got. */
const takers: Record<string, (socket: WebSocket, take: (text: string) => void) => void> = {
  "a listener": (socket, take) => {
    socket.on("message", (event) => {
      take(String(event));
    });
  },
  "a listener of data": (socket, take) => {
    socket.on("data", (data) => {
      take(String(data));
    });
  },
  addEventListener: (socket, take) => {
    socket.addEventListener("message", (event) => {
      take(String(event));
    });
  },
  onmessage: (socket, take) => {
    socket.onmessage = null;
    socket.onmessage = (event) => {
      take(String(event));
    };
  },
  "a loop": (socket, take) => {
    untilDropped(async () => {
      for await (const data of socket) take(String(data));
    });
  },
  "a loop of streams": (socket, take) => {
    untilDropped(async () => {
      for await (const message of socket.messages({ stream: true })) take(await message.text());
    });
  },
  "a stream": (socket, take) => {
    void socket
      .stream()
      .readable.pipeTo(
        new WritableStream({
          write: (data) => {
            take(String(data));
          },
        }),
      )
      .catch(() => {});
  },
};

const untilTaken: readonly Taking[] = [
  ...everywhere(
    "what came before anyone listened comes to whoever does, in order",
    async (here, there) => {
      there.send("a");
      there.send(Buffer.from("b"));
      await arrived(there);
      there.send("c");
      const taken: string[] = [];
      takers["a listener"]!(here, (text) => {
        taken.push(text);
      });
      there.send("d");
      await eventually(() => taken.length === 4, "four messages");
      assert.deepEqual(taken, ["a", "b", "c", "d"]);
    },
  ),
  ...everywhere(
    "a flood waits at the peer until somebody takes it, and then all comes",
    async (here, there) => {
      const size = 16_384;
      const count = 1024;
      for (let at = 0; at < count; at++) there.send(String(at).padStart(size, "."));
      // So much fits into no kernel and no window: what is left stays where it is.
      let before = -1;
      await eventually(() => {
        const still = there.bufferedAmount === before;
        before = there.bufferedAmount;
        return still && before > 0;
      }, "a peer that is held");
      const taken: string[] = [];
      takers["a loop"]!(here, (text) => {
        taken.push(text.slice(-4));
      });
      await eventually(() => taken.length === count, "all of it");
      assert.ok(taken.every((text, at) => Number(text.replaceAll(".", "")) === at));
    },
  ),
  ...everywhere(
    "messages and the end that came while nobody listened come in their order",
    async (here, there) => {
      there.send("a");
      there.send("b");
      there.close(4001, "bye");
      await there.closed;
      await here.closed;
      await pass(1);
      const told: string[] = [];
      here.on("close", ({ code }: CloseEvent) => {
        told.push(String(code));
      });
      here.on("end", () => {
        told.push("end");
      });
      here.on("message", (event) => {
        told.push(String(event));
      });
      await eventually(() => told.length === 4, "all four");
      assert.deepEqual(told.slice(0, 2), ["a", "b"]);
      assert.deepEqual(told.slice(2).sort(), ["4001", "end"]);
    },
  ),
];

const ways: readonly Taking[] = Object.entries(takers).flatMap(([way, take]) =>
  (["open", "closed"] as const).map((state): Taking => ({
    name: `${way} takes what came before, of a socket that is ${state}`,
    run: (adapter) =>
      doors.listen(adapter, async ({ client, server }) => {
        const taken: string[] = [];
        client.send("a");
        client.send("b");
        await arrived(client);
        if (state === "closed") {
          client.close();
          await client.closed;
          await server.closed;
        }
        take(server, (text) => {
          taken.push(text);
        });
        await eventually(() => taken.length === 2, "two messages");
        if (state === "open") {
          client.send("c");
          await eventually(() => taken.length === 3, "a third");
        }
        assert.deepEqual(taken, state === "open" ? ["a", "b", "c"] : ["a", "b"]);
      }),
  })),
);

const details: readonly Taking[] = [
  {
    name: "once() after once() takes message after message of those that have come",
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        for (const text of ["a", "b", "c"]) client.send(text);
        await arrived(client);
        const taken: MessageEvent[] = [];
        for (let at = 0; at < 3; at++) taken.push((await once(server, "message"))[0]);
        assert.deepEqual(texts(taken), ["a", "b", "c"]);
      }),
  },
  {
    name: "two listeners that are added together both get all",
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        client.send("a");
        await arrived(client);
        const taken: string[] = [];
        for (const name of ["one", "two"])
          server.on("message", (event) => {
            taken.push(`${name} ${String(event)}`);
          });
        await eventually(() => taken.length === 2, "both");
        assert.deepEqual(taken, ["one a", "two a"]);
      }),
  },
  {
    name: "pause() before the first listener holds what has come as well",
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        client.send("a");
        await arrived(client);
        const taken: string[] = [];
        server.pause();
        takers["a listener"]!(server, (text) => {
          taken.push(text);
        });
        await pass(10);
        assert.deepEqual(taken, []);
        server.resume();
        await eventually(() => taken.length === 1, "the message");
      }),
  },
  {
    name: "resume() without a listener says that no messages are wanted: the end is seen behind any number of them",
    run: (adapter) =>
      doors.serve(adapter, async ({ client, server }) => {
        server.resume();
        for (let at = 0; at < 200; at++) client.send("x".repeat(10_000));
        client.close(4002);
        assert.equal((await server.closed).code, 4002);
      }),
  },
  {
    name: "an error that nobody heard is told to the first who listens, once",
    run: async (adapter) => {
      let server!: WebSocket;
      const listening = adapter.serve({
        hostname: "127.0.0.1",
        websocket: {
          open: (socket) => {
            server = socket;
          },
        },
      });
      await listening.ready;
      const peer = await dialRaw(listening.port, false);
      try {
        peer.write(requestHead({}));
        await peer.head();
        peer.write(Uint8Array.of(0xff, 0x80, 0, 0, 0, 0));
        await eventually(
          () => server?.readyState === 3 || server?.readyState === 2,
          "the violation",
        );
        const told: string[] = [];
        server.on("error", (event: ErrorEvent) => {
          told.push(event.code ?? "");
        });
        await eventually(() => told.length === 1, "the error");
        server.on("error", () => {
          told.push("again");
        });
        await pass(10);
        assert.equal(told.length, 1);
        assert.match(told[0]!, /reserved/);
      } finally {
        peer.destroy();
        await listening.stop({ force: true });
      }
    },
  },
  {
    name: "the compatible constructors stay as they are: what nobody listens for is gone",
    run: (adapter) =>
      doors.serve(adapter, async ({ server }) => {
        const url = `ws://127.0.0.1:${new URL(server.url).port}/`;
        const client = new adapter.Client(url);
        await once(client, "open");
        client.close();
        await client.closed;
        let told = 0;
        client.on("close", () => {
          told++;
        });
        await pass(10);
        assert.equal(told, 0);
      }),
  },
];

/** All of it. */
export const takingCases: readonly Taking[] = [...untilTaken, ...ways, ...details];
