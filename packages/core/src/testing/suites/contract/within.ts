import { equal, ok, pass } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import type { PublicSocket } from "../harness.ts";
import { CLOSE, closePayload, TEXT } from "../../wire/frames.ts";
import { roles } from "./roles.ts";

const words = (count: number): { opcode: number; payload: string }[] =>
  Array.from({ length: count }, (_, at) => ({ opcode: TEXT, payload: `message ${at}` }));
const spoken = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `message ${from + at}`);

/** Calls `react` from within the `number`th message. */
const inMessage =
  (number: number, react: (socket: PublicSocket) => void) =>
  (socket: PublicSocket): void => {
    let heard = 0;
    socket.addEventListener("message", () => {
      if (++heard === number) react(socket);
    });
  };

/** Calls of an application from within an event, while more has come in the same segment. */
export const within: readonly Behaviour[] = [
  ...roles("holds the rest of a segment when paused from within a message", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send(...words(10));
        await journal.message();
        await pass(30);
        equal(journal.messages, spoken(1), "messages while paused");
        peer.send({ opcode: TEXT, payload: "message 10" });
        journal.socket.resume();
        for (const expected of spoken(10, 1)) equal(await journal.message(), expected, "message");
      },
      inMessage(1, (socket) => socket.pause()),
    ),
  ),
  ...roles("drops the rest of a segment when closed from within a message", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send(...words(10), { opcode: CLOSE, payload: closePayload(1000) });
        equal((await peer.frame()).opcode, CLOSE, "its close");
        peer.end();
        ok((await journal.close()).wasClean, "clean");
        equal(journal.messages, spoken(3), "messages");
      },
      inMessage(3, (socket) => socket.close(1000)),
    ),
  ),
  ...roles("tells nothing but the close when terminated from within a message", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send(...words(10));
        equal((await journal.close()).code, 1006, "code");
        await peer.whenEnded();
        equal([journal.messages, journal.events.at(-1)], [spoken(2), "close"], "what was told");
      },
      inMessage(2, (socket) => socket.terminate()),
    ),
  ),
  ...roles("sends what is sent from within messages in order, and before a close", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send(...words(100));
        for (const expected of spoken(100))
          equal(new TextDecoder().decode((await peer.frame()).payload), expected, "answer");
        equal((await peer.frame()).opcode, CLOSE, "its close");
        peer.send({ opcode: CLOSE, payload: closePayload(1000) });
        peer.end();
        ok((await journal.close()).wasClean, "clean");
      },
      (socket) => {
        let heard = 0;
        socket.addEventListener("message", ({ data }: { data: string }) => {
          socket.send(data);
          if (++heard === 100) socket.close(1000);
        });
      },
    ),
  ),
];
