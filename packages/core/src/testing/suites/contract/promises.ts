import { equal, pass, within } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import type { PublicSocket } from "../harness.ts";
import { onPair } from "../../wire/line.ts";
import { CLOSE, closePayload, TEXT } from "../../wire/frames.ts";
import { roles } from "./roles.ts";

/** The promises and streams of sockets, in place of events. */
interface Waiting extends PublicSocket {
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{
    readonly code: number;
    readonly reason: string;
    readonly wasClean: boolean;
  }>;
  messages(options?: { readonly stream?: boolean }): AsyncIterableIterator<unknown>;
  sendStream(source: Iterable<Uint8Array>): Promise<boolean>;
  stream(): {
    readonly readable: ReadableStream<unknown>;
    readonly writable: WritableStream<unknown>;
  };
}

const waiting = (socket: PublicSocket): Waiting => socket as Waiting;
const CHUNK = 64 * 1024;
const COUNT = 512;

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < COUNT; i++) yield new Uint8Array(CHUNK).fill(i);
}

/** Reads the next message in pieces, and tells its size and whether each byte is as {@link chunks} made it. */
async function readStreamed(
  messages: AsyncIterator<unknown>,
): Promise<[size: number, right: boolean]> {
  const message = (await messages.next()).value as AsyncIterable<Uint8Array>;
  let size = 0;
  let right = true;
  for await (const piece of message) {
    for (let at = 0; at < piece.length; at += 997)
      right &&= piece[at] === (Math.floor((size + at) / CHUNK) & 255);
    size += piece.length;
  }
  return [size, right];
}

/** Loops, promises and streams over sockets. */
export const promises: readonly Behaviour[] = [
  {
    name: "gives messages to a loop, which ends with a clean close, as the promises tell",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        const seen: unknown[] = [];
        const [near, far] = [waiting(client.socket), waiting(server.socket)];
        const loop = (async () => {
          for await (const message of far.messages()) seen.push(message);
        })();
        equal((await near.opened) === near, true, "opened");
        for (const text of ["a", "ü", "c"]) near.send(text);
        near.close(3001, "done");
        await within(loop, "the loop to end");
        equal(seen, ["a", "ü", "c"], "what the loop saw");
        for (const { code, reason, wasClean } of [await far.closed, await near.closed])
          equal([code, reason, wasClean], [3001, "done", true], "closed");
      }),
  },
  ...roles("gives a slow loop all that came before the peer's close and end", async (on) => {
    await on(async ({ peer, journal }) => {
      const messages = waiting(journal.socket).messages();
      const count = 100;
      peer.send(
        ...Array.from({ length: count }, (_, at) => ({ opcode: TEXT, payload: String(at) })),
        { opcode: CLOSE, payload: closePayload(3001) },
      );
      peer.end();
      let next = 0;
      for await (const message of messages) {
        equal(message, String(next++), "a message");
        if (next % 20 === 0) await pass(5);
      }
      equal(next, count, "messages");
      const { code, wasClean } = await journal.close();
      equal([code, wasClean], [3001, true], "close");
    });
  }),
  {
    name: "throws from a loop whose connection is lost",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        const next = waiting(server.socket)
          .messages()
          .next()
          .then(
            () => "nothing",
            (error: unknown) => error,
          );
        client.socket.terminate();
        const { name, code } = (await within(next, "the error")) as {
          name?: unknown;
          code?: unknown;
        };
        equal([name, code], ["ClosedError", 1006], "the error");
      }),
  },
  ...(["client", "server"] as const).map((side): Behaviour => ({
    name: `streams a message of 32 MiB from the ${side}, in pieces at both ends`,
    run: (harness) =>
      onPair(harness, async (pair) => {
        const other = side === "client" ? pair.server : pair.client;
        const messages = waiting(other.socket).messages({ stream: true });
        const sending = waiting(pair[side].socket).sendStream(chunks());
        equal(
          await within(readStreamed(messages), "the message"),
          [CHUNK * COUNT, true],
          "what came",
        );
        equal(await within(sending, "the end of sending"), true, "sendStream");
      }),
  })),
  {
    name: "echoes through Web Streams, and closes with them",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        const far = waiting(server.socket).stream();
        const near = waiting(client.socket).stream();
        const echoing = far.readable.pipeTo(far.writable).catch(() => {});
        const writer = near.writable.getWriter();
        const reader = near.readable.getReader();
        for (const text of ["a", "b"]) {
          await within(writer.write(text), "a write");
          equal((await within(reader.read(), "the echo")).value, text, "the echo");
        }
        await within(writer.close(), "the close");
        equal(
          [(await reader.read()).done, (await waiting(server.socket).closed).code],
          [true, 1000],
          "the end",
        );
        await within(echoing, "the echo to end");
      }),
  },
];
