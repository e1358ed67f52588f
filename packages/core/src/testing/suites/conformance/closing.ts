import { equal, ok, pass } from "../../assertion.ts";
import { CLOSE, PONG } from "../../wire/frames.ts";
import {
  asClient,
  asServer,
  both,
  close,
  type Exchange,
  fails,
  type Requirement,
  text,
} from "./requirement.ts";

const VALID = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
] as const;
const INVALID: readonly (readonly [code: number, why: string])[] = [
  [0, "below 1000 is not used"],
  [999, "below 1000 is not used"],
  [1004, "reserved"],
  [1005, "must not be sent"],
  [1006, "must not be sent"],
  [1015, "must not be sent"],
  [1016, "not defined"],
  [1100, "not defined"],
  [2000, "not defined"],
  [2999, "not defined"],
  [5000, "above all ranges"],
  [65_535, "above all ranges"],
];

const accepted =
  (code: number): Exchange =>
  async ({ peer, journal }) => {
    peer.send(close(code, "reason"));
    const answer = await peer.frame();
    equal(
      [answer.opcode, (answer.payload[0]! << 8) | answer.payload[1]!],
      [CLOSE, code],
      "the answer",
    );
    peer.end();
    const closed = await journal.close();
    equal([closed.code, closed.reason, closed.wasClean], [code, "reason", true], "close");
  };

/** Closing: RFC 6455 §7. */
export const closing: readonly Requirement[] = [
  {
    clause: "7.1.1",
    must: "a server ends the stream once close frames have been exchanged, without waiting for the client",
    ...asServer(async ({ peer, journal }) => {
      peer.send(close(1000));
      equal((await peer.frame()).opcode, CLOSE, "the answer");
      await peer.whenEnded();
      peer.end();
      ok((await journal.close()).wasClean, "clean");
    }),
  },
  {
    clause: "7.1.1",
    must: "a server that closed first ends the stream when the client's close comes",
    ...asServer(async ({ peer, journal }) => {
      journal.socket.close(1000);
      equal((await peer.frame()).opcode, CLOSE, "its close");
      ok(!peer.ended, "it waits for the client's close");
      peer.send(close(1000));
      await peer.whenEnded();
    }),
  },
  {
    clause: "7.1.1",
    must: "a client waits for the server to end the stream",
    ...asClient(async ({ peer, journal }) => {
      peer.send(close(1000));
      equal((await peer.frame()).opcode, CLOSE, "the answer");
      await pass(50);
      ok(!peer.ended, "it has not ended the stream");
      peer.end();
      await peer.whenEnded();
      ok((await journal.close()).wasClean, "clean");
    }),
  },
  {
    clause: "7.1.1",
    must: "a client that closed first waits for the server to end the stream, but not for ever",
    ...asClient(
      async ({ peer }) => {
        peer.send(close(1000));
        equal((await peer.frame()).opcode, CLOSE, "its close");
        await peer.whenEnded();
      },
      { closeTimeout: 60 },
    ),
  },
  both("7.1.4", "a closing handshake is reported as clean", accepted(1000)),
  both("7.1.5", "a close without a code is reported as 1005", async ({ peer, journal }) => {
    peer.send(close());
    await peer.frame();
    peer.end();
    const { code, reason, wasClean } = await journal.close();
    equal([code, reason, wasClean], [1005, "", true], "close");
  }),
  both("7.1.5", "an end without any close frame is reported as 1006", async ({ peer, journal }) => {
    peer.end();
    const { code, reason, wasClean } = await journal.close();
    equal([code, reason, wasClean], [1006, "", false], "close");
  }),
  both(
    "7.1.5",
    "the code of the peer's close is reported, although ours went first",
    async ({ peer, journal }) => {
      journal.socket.close(3000, "ours");
      equal((await peer.frame()).opcode, CLOSE, "its close");
      peer.send(close(3001, "theirs"));
      peer.end();
      const { code, reason } = await journal.close();
      equal([code, reason], [3001, "theirs"], "close");
    },
  ),
  both("7.1.6", "an empty reason is reported as empty", async ({ peer, journal }) => {
    peer.send(close(1001));
    await peer.frame();
    peer.end();
    equal((await journal.close()).reason, "", "reason");
  }),
  both(
    "7.1.7",
    "what follows a violation is not processed",
    fails(1002, [text("heard"), text("bad", { rsv: 1 }), text("unheard"), close(1000)], ["heard"]),
  ),
  both("7.1.7", "a ping that follows a violation is not answered", async (line) => {
    line.peer.send({ opcode: 3 }, { opcode: 9, payload: "?" });
    equal((await line.peer.frame()).opcode, CLOSE, "the close");
    if (!line.peer.masks) line.peer.end();
    await line.peer.whenEnded();
    equal(line.peer.pending.length, 0, "bytes after the close frame");
  }),
  {
    clause: "7.1.7",
    must: "a server that fails a connection ends the stream",
    ...asServer(async ({ peer }) => {
      peer.send({ opcode: 11 });
      equal((await peer.frame()).opcode, CLOSE, "the close");
      await peer.whenEnded();
    }),
  },
  both("7.2.2", "an abrupt loss is reported once", async ({ peer, journal }) => {
    peer.send({ opcode: 9 });
    equal((await peer.frame()).opcode, PONG, "the pong");
    peer.reset();
    equal((await journal.close()).code, 1006, "code");
    await pass(10);
    equal(journal.closes, 1, "close events");
  }),
  both(
    "7.3",
    "a normal closure may be asked for at any time, also within the peer's message",
    async ({ peer, journal }) => {
      peer.send(text("half", { fin: false }), { opcode: 9 });
      equal((await peer.frame()).opcode, PONG, "the pong");
      journal.socket.close(1000);
      equal((await peer.frame()).opcode, CLOSE, "its close");
      peer.send({ opcode: 0, payload: "done" }, close(1000));
      peer.end();
      ok((await journal.close()).wasClean, "clean");
    },
  ),
  ...VALID.map((code) =>
    both("7.4", `close code ${code} is accepted, answered and reported`, accepted(code)),
  ),
  ...INVALID.map(([code, why]) =>
    both("7.4", `close code ${code} fails the connection: ${why}`, fails(1002, [close(code)])),
  ),
  ...[1004, 1005, 1006, 1015].map((code) =>
    both(
      "7.4.1",
      `an application cannot send close code ${code}`,
      async ({ journal: { socket } }) => {
        let thrown = false;
        try {
          socket.close(code);
        } catch {
          thrown = true;
        }
        equal([thrown, socket.readyState], [true, 1], "thrown, readyState");
      },
    ),
  ),
];
