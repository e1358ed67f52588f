import { raise, setup, stateIn } from "xstate";
import type { Timer } from "../actions.ts";
import type { Role } from "./role.ts";

/** The clocks the chart starts and stops. Keepalive's are not part of a connection's life. */
export type LifecycleTimer = Extract<Timer, "handshake" | "close">;

/** What can happen to a connection: a subject and what befell it. */
export type LifecycleEvent =
  | {
      readonly type:
        "request.expected" | "request.received" | "response.expected" | "response.refused";
    }
  | {
      readonly type:
        | "handshake.begun"
        | "handshake.accepted"
        | "handshake.rejected"
        | "violation"
        | "pong.overdue";
    }
  | {
      readonly type:
        | "close.requested"
        | "hangup.requested"
        | "close.received"
        | "output.drained"
        | "output.waiting";
    }
  | { readonly type: "terminate.requested" | "transport.ended" | "transport.lost" }
  | {
      readonly type:
        "connection.failed" | "stream.begun" | "end.held" | "end.reached" | "transport.gone";
    }
  /** The chart's own: both close frames have gone. */
  | { readonly type: "frames.exchanged" };

/**
 * What the chart orders. It only names these; `Connection` carries them out and knows the data.
 *
 * Within a step an `emit…` comes last, because the application may call back; the exception is
 * `emitTimeout` and `emitRefusal`, which must say why before the transport goes.
 */
export interface Effects {
  /** Sends what the opening handshake has written: a client's request; a server's response, draft 76's proof behind it, or a refusal. */
  writeHead(): void;
  /** Server: asks the application to accept or reject. */
  emitRequest(): void;
  emitOpen(): void;
  /** The peer did not do its part of the opening in time. */
  emitTimeout(): void;
  /** Client: the server has refused, and of its reasons no more will come. */
  emitRefusal(): void;
  /** Sends our close frame, after which nothing may be sent (RFC 6455 §5.5.1). */
  writeClose(): void;
  /** From here on bytes that arrive are dropped unread. */
  discardInput(): void;
  endTransport(): void;
  /** Both close frames have gone: the `close` timer starts anew, with the shorter time that the transport's end has. */
  hastenEnd(): void;
  /** Output still waits when that time is over: the `close` timer starts anew, with its whole time. */
  prolongEnd(): void;
  destroyTransport(): void;
  /** Once in a connection's life, and last. */
  emitClose(): void;
  startTimer(timer: LifecycleTimer): void;
  stopTimer(timer: LifecycleTimer): void;
}

const named = (): void => {};

/**
 * The life of a connection (RFC 6455 §4, §7). Read this file first.
 *
 * The chart decides; it does not carry data. Its context holds only the role and is never assigned,
 * so every connection in the same state shares one snapshot (see `interned.ts`). Payloads, codes and
 * reasons live in `Connection`; delays are named here and measured there.
 *
 * A connection that is alive is in five regions at once: `life` is its course, which observers are told of; the others are what else
 * has become of it, whatever its life has come to.
 *
 * Tags are what the machine may ask of a state: `readable`: bytes are still parsed, unless `failed`; `writable`: open,
 * and our close frame has not gone out; `sendable`: the application may send. Those of regions: `failed`: a violation was found;
 * `endHeld`: the transport's end waits behind input; `endDue`: it is its turn; `hastened`: the `close` timer runs for the transport's end alone.
 */
export const chart = setup({
  types: {
    context: {} as { readonly role: Role },
    input: {} as { readonly role: Role },
    events: {} as LifecycleEvent,
    tags: {} as "readable" | "writable" | "sendable" | "failed" | "endHeld" | "endDue" | "hastened",
  },
  actions: {
    writeHead: named,
    emitRequest: named,
    emitOpen: named,
    emitTimeout: named,
    emitRefusal: named,
    writeClose: named,
    discardInput: named,
    endTransport: named,
    hastenEnd: named,
    prolongEnd: named,
    destroyTransport: named,
    emitClose: named,
  } satisfies Record<Exclude<keyof Effects, "startTimer" | "stopTimer">, () => void>,
  guards: {
    isServer: ({ context }) => context.role === "server",
    isStream: stateIn({ alive: { carrier: "stream" } }),
  },
  // Any number does: only the names are used.
  delays: { handshake: 1, close: 1 } satisfies Record<LifecycleTimer, number>,
}).createMachine({
  id: "connection",
  context: ({ input }) => ({ role: input.role }),
  initial: "alive",
  states: {
    alive: {
      type: "parallel",
      states: {
        life: {
          initial: "connecting",
          on: {
            "terminate.requested": { target: "#connection.closed", actions: "destroyTransport" },
            "transport.ended": { target: "#connection.closed", actions: "endTransport" },
            "transport.lost": "#connection.closed",
          },
          states: {
            connecting: {
              on: {
                "close.requested": { target: "#connection.closed", actions: "destroyTransport" },
              },
              initial: "starting",
              states: {
                // Created, and not yet told what to wait for.
                starting: {
                  on: {
                    "request.expected": "awaitingRequest",
                    "request.received": { target: "deciding", actions: "emitRequest" },
                    "response.expected": "awaitingResponse",
                    // Handed over: someone else has done the handshake.
                    "handshake.accepted": "#open",
                  },
                },
                awaitingRequest: {
                  tags: "readable",
                  after: {
                    handshake: {
                      target: "#connection.closed",
                      actions: ["emitTimeout", "destroyTransport"],
                    },
                  },
                  on: {
                    "request.received": { target: "deciding", actions: "emitRequest" },
                    violation: {
                      target: "#connection.alive.life.closing.ending",
                      actions: "writeHead",
                    },
                  },
                },
                // The application's turn: its delay is not the peer's, so no timer, and early frames wait unread.
                deciding: {
                  on: {
                    "handshake.begun": { target: "completing", actions: "writeHead" },
                    "handshake.accepted": { target: "#open", actions: "writeHead" },
                    "handshake.rejected": {
                      target: "#connection.alive.life.closing.ending",
                      actions: "writeHead",
                    },
                  },
                },
                // Draft 76: our head is out, and the peer's proof is to come before the rest of the answer.
                completing: {
                  tags: "readable",
                  after: {
                    handshake: {
                      target: "#connection.closed",
                      actions: ["emitTimeout", "destroyTransport"],
                    },
                  },
                  on: { "handshake.accepted": { target: "#open", actions: "writeHead" } },
                },
                awaitingResponse: {
                  tags: "readable",
                  entry: "writeHead",
                  after: {
                    handshake: {
                      target: "#connection.closed",
                      actions: ["emitTimeout", "destroyTransport"],
                    },
                  },
                  on: {
                    "handshake.accepted": "#open",
                    "response.refused": "awaitingBody",
                    "handshake.rejected": {
                      target: "#connection.closed",
                      actions: "destroyTransport",
                    },
                    violation: { target: "#connection.closed", actions: "destroyTransport" },
                  },
                },
                // Refused: the body says why. It has the time of a handshake, and what has come by its end is told.
                awaitingBody: {
                  tags: "readable",
                  after: {
                    handshake: {
                      target: "#connection.closed",
                      actions: ["emitRefusal", "destroyTransport"],
                    },
                  },
                  on: {
                    "handshake.rejected": {
                      target: "#connection.closed",
                      actions: "destroyTransport",
                    },
                    "transport.ended": {
                      target: "#connection.closed",
                      actions: ["emitRefusal", "endTransport"],
                    },
                    "transport.lost": { target: "#connection.closed", actions: "emitRefusal" },
                  },
                },
              },
            },
            open: {
              id: "open",
              tags: ["readable", "writable", "sendable"],
              entry: "emitOpen",
              on: {
                "close.requested": "closing.draining",
                "hangup.requested": "closing.hangingUp",
                "close.received": "closing.replying",
                violation: { target: "closing.ending", actions: "writeClose" },
                // The peer is dead: a closing handshake with it would only wait again.
                "pong.overdue": { target: "#connection.closed", actions: "destroyTransport" },
              },
            },
            closing: {
              after: { close: { target: "#connection.closed", actions: "destroyTransport" } },
              initial: "draining",
              states: {
                // We want to close; messages queued before go first.
                draining: {
                  tags: ["readable", "writable"],
                  on: {
                    "output.drained": { target: "awaitingClose", actions: "writeClose" },
                    "close.received": "replying",
                    violation: { target: "ending", actions: "writeClose" },
                  },
                },
                // Draft 75 has no closing handshake: messages queued before go, and that is all.
                hangingUp: {
                  tags: ["readable", "writable"],
                  on: { "output.drained": "exchanged", violation: "ending" },
                },
                // Ours is out; theirs is to come.
                awaitingClose: {
                  tags: "readable",
                  on: { "close.received": "exchanged", violation: "ending" },
                },
                // Theirs is in; queued messages, then ours.
                replying: {
                  tags: "writable",
                  on: {
                    "output.drained": { target: "exchanged", actions: "writeClose" },
                    "transport.ended": {}, // ours goes first
                    violation: { target: "ending", actions: "writeClose" },
                  },
                },
                // The server ends the transport first (RFC 6455 §7.1.1), so that TIME_WAIT is its own. With a peer that breaks
                // the rules there is nothing to wait for: either side ends at once (§7.1.7). The peer's end says nothing more, and
                // some peers end late or never, so it is not waited for as a close frame is.
                exchanged: {
                  entry: ["hastenEnd", raise({ type: "frames.exchanged" })],
                  always: [
                    { guard: "isServer", target: "ending" },
                    { guard: "isStream", target: "ending" },
                    { target: "lingering" },
                  ],
                },
                ending: {
                  entry: ["discardInput", "endTransport"],
                  on: { "transport.ended": "#connection.closed" },
                },
                lingering: { entry: "discardInput" },
              },
            },
          },
        },
        // Whether what the peer sends can still be made sense of (RFC 6455 §7.1.7). Told apart from the life, since the application hears of a
        // violation before anything is done about it, and may still send.
        trust: {
          initial: "sound",
          states: {
            sound: { on: { "connection.failed": "failed" } },
            failed: { tags: "failed" },
          },
        },
        // The peer's side of the transport. Its end counts when all that came before it has been read, or never will be.
        peer: {
          initial: "sending",
          states: {
            sending: { on: { "end.held": "held", "end.reached": "ended" } },
            held: { tags: "endHeld", on: { "end.reached": "ended", "transport.gone": "gone" } },
            // Nothing more can be written, but all that the peer sent is here: an extension has the time of a close for it.
            gone: {
              after: { close: "#connection.closed" },
              initial: "reading",
              states: {
                reading: { tags: "endHeld", on: { "end.reached": "read" } },
                read: { tags: "endDue" },
              },
            },
            ended: { tags: "endDue" },
          },
        },
        // What carries the bytes. A stream of HTTP/2 leaves no address in TIME_WAIT, and some servers wait for the client to end it.
        carrier: {
          initial: "socket",
          states: { socket: { on: { "stream.begun": "stream" } }, stream: {} },
        },
        // How long the `close` timer runs: once both close frames have gone, shortly; and then, for output that waits, as long as before.
        patience: {
          initial: "whole",
          states: {
            whole: { on: { "frames.exchanged": "short" } },
            short: {
              tags: "hastened",
              on: { "output.waiting": { target: "prolonged", actions: "prolongEnd" } },
            },
            prolonged: {},
          },
        },
      },
    },
    closed: { type: "final", entry: "emitClose" },
  },
});
