import { equal, ok, pass } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import type { Harness, ServeOptions } from "../harness.ts";
import { echo } from "../../journal.ts";
import { type Line, onPair } from "../../wire/line.ts";
import { CLOSE, closePayload, PING, PONG, TEXT } from "../../wire/frames.ts";
import { roles } from "./roles.ts";

async function lost(line: Line, how: string): Promise<void> {
  const { code, reason, wasClean } = await line.journal.close();
  equal([code, reason, wasClean], [1006, "", false], how);
  await pass(20);
  equal(line.journal.closes, 1, "close events");
}

/** How a connection ends, in good order and in bad. */
export const closing: readonly Behaviour[] = [
  ...(["client", "server"] as const).map((side) => ({
    name: `closes from the ${side} with code and reason`,
    run: (harness: Harness) =>
      onPair(harness, async (pair) => {
        const other = side === "client" ? pair.server : pair.client;
        pair[side].socket.close(3001, "that is all");
        equal(pair[side].socket.readyState, 2, "readyState");
        for (const journal of [other, pair[side]]) {
          const { code, reason, wasClean } = await journal.close();
          equal(
            [code, reason, wasClean, journal.socket.readyState],
            [3001, "that is all", true, 3],
            "close",
          );
        }
      }),
  })),
  {
    name: "closes once when both ends close at once",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        client.socket.close(3001, "mine");
        server.socket.close(3002, "no, mine");
        const closes = [await client.close(), await server.close()];
        equal(
          closes.map(({ wasClean }) => wasClean),
          [true, true],
          "wasClean",
        );
        equal([client.closes, server.closes], [1, 1], "close events");
      }),
  },
  ...roles("answers a close with its code, as a well-behaved end", async (on) => {
    await on(async ({ peer, journal }) => {
      peer.send({ opcode: CLOSE, payload: closePayload(4000, "bye") });
      const answer = await peer.frame();
      equal(
        [answer.opcode, answer.payload.subarray(0, 2)],
        [CLOSE, closePayload(4000)],
        "the answer",
      );
      peer.end();
      await peer.whenEnded();
      const { code, reason, wasClean } = await journal.close();
      equal([code, reason, wasClean], [4000, "bye", true], "close");
    });
  }),
  ...roles("answers a close that comes together with the end of the stream", async (on) => {
    await on(async ({ peer, journal }) => {
      peer.send({ opcode: CLOSE, payload: closePayload(1001) });
      peer.end();
      equal((await peer.frame()).opcode, CLOSE, "the answer");
      await peer.whenEnded();
      const { code, wasClean } = await journal.close();
      equal([code, wasClean], [1001, true], "close");
    });
  }),
  ...roles("drops messages that come after its own close", async (on) => {
    await on(async ({ peer, journal }) => {
      journal.socket.close(1000);
      equal((await peer.frame()).opcode, CLOSE, "its close");
      peer.send({ opcode: TEXT, payload: "late" }, { opcode: CLOSE, payload: closePayload(1000) });
      peer.end();
      equal(
        [(await journal.close()).code, journal.messages.length],
        [1000, 0],
        "code and messages",
      );
    });
  }),
  ...roles("hears what came before a half-close, and answers it", async (on) => {
    await on(async (line) => {
      line.peer.send({ opcode: TEXT, payload: "last words" });
      line.peer.end();
      equal(new TextDecoder().decode((await line.peer.frame()).payload), "last words", "the echo");
      await line.peer.whenEnded();
      await lost(line, "an end without a close frame");
      equal(line.journal.messages, ["last words"], "messages");
    }, echo);
  }),
  ...roles("reports 1006 when the peer vanishes", async (on) => {
    await on(async (line) => {
      line.peer.reset();
      await lost(line, "a reset");
    });
    await on(async (line) => {
      line.peer.send({ opcode: TEXT, fin: false, payload: "half a mess" });
      line.peer.destroy();
      await lost(line, "a drop within a message");
    });
  }),
  ...roles("terminates at once", async (on) => {
    await on(async (line) => {
      line.journal.socket.send("unread");
      line.journal.socket.terminate();
      await lost(line, "terminate()");
      await line.peer.whenEnded();
    });
  }),
  ...roles("gives up a peer that never answers its close", async (on) => {
    await on(
      async (line) => {
        line.journal.socket.close(1000);
        equal((await line.peer.frame()).opcode, CLOSE, "its close");
        await lost(line, "the time limit");
        await line.peer.whenEnded();
      },
      undefined,
      { closeTimeout: 60 },
    );
  }),
  ...roles("keeps a peer that answers pings, and drops one that stops", async (on) => {
    await on(
      async (line) => {
        for (let round = 0; round < 3; round++) {
          const ping = await line.peer.frame("a ping");
          equal(ping.opcode, PING, "opcode");
          line.peer.send({ opcode: PONG, payload: ping.payload });
        }
        equal(line.journal.socket.readyState, 1, "readyState");
        equal((await line.peer.frame("the last ping")).opcode, PING, "opcode");
        const { code, wasClean } = await line.journal.close();
        equal([code, wasClean], [1006, false], "close");
      },
      undefined,
      { pingInterval: 25, pongTimeout: 150 } satisfies ServeOptions,
    );
  }),
  ...roles("sends nothing after its close", async (on) => {
    await on(async ({ peer, journal }) => {
      journal.socket.close(1000);
      equal(journal.socket.send("too late"), false, "send()");
      equal((await peer.frame()).opcode, CLOSE, "its close");
      peer.send({ opcode: CLOSE, payload: closePayload(1000) });
      peer.end();
      await peer.whenEnded();
      equal(peer.pending.length, 0, "bytes after the close frame");
      ok((await journal.close()).wasClean, "clean");
    });
  }),
];
