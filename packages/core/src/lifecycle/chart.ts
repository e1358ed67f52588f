import { raise, setup, stateIn } from "xstate";
import type { Timer } from "../actions.ts";
import type { Role } from "./role.ts";

/** The clocks the chart starts and stops. Keepalive's are not part of a connection's life. */
export type LifecycleTimer = Extract<Timer, "handshake" | "close">;

/** An event of a connection: a subject and its verb. */
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
 * The effects of the chart. It only names them; the machine carries them out and knows the data.
 *
 * Within a step an `emit…` comes last, because the application may call back; the exceptions are
 * `emitTimeout` and `emitRefusal`, which give the reason before the transport goes.
 */
export interface Effects {
  /** Sends the head of the opening handshake: a client's request; a server's response, the proof of draft 76 after it, or a refusal. */
  writeHead(): void;
  /** Server: emits the request, for the application to accept or reject. */
  emitRequest(): void;
  emitOpen(): void;
  /** Emits that the peer did not do its part of the opening in time. */
  emitTimeout(): void;
  /** Client: emits the server's refusal, once the rest of its body will not come. */
  emitRefusal(): void;
  /** Sends our close frame, after which nothing may be sent (RFC 6455 §5.5.1). */
  writeClose(): void;
  /** From here on the connection drops incoming bytes unread. */
  discardInput(): void;
  endTransport(): void;
  /** Both close frames have been sent: restarts the `close` timer with the shorter time for the transport's end. */
  hastenEnd(): void;
  /** Output still waits when that time is over: restarts the `close` timer with its whole time. */
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
 * A connection that is alive is in five regions at once: observers learn the states of `life`; the other regions record facts that
 * hold in any state of the life.
 *
 * The machine reads the tags of a state: `readable`: bytes are still parsed, unless `failed`; `writable`: open,
 * and our close frame has not gone out; `sendable`: the application may send. Those of regions: `failed`: a violation was found;
 * `endHeld`: the transport's end waits behind input; `endDue`: it comes next; `hastened`: the `close` timer runs for the transport's end alone.
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
                // Created; no input has come yet.
                starting: {
                  on: {
                    "request.expected": "awaitingRequest",
                    "request.received": { target: "deciding", actions: "emitRequest" },
                    "response.expected": "awaitingResponse",
                    // Handed over: another library or process has done the handshake.
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
                // Refused: the body gives the reason. It has the time of a handshake; the part that has come by then is emitted.
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
                // The peer is dead: a closing handshake would only wait again.
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
                // Our close frame is out; the peer's is to come.
                awaitingClose: {
                  tags: "readable",
                  on: { "close.received": "exchanged", violation: "ending" },
                },
                // The peer's close frame is in; queued messages go, then ours.
                replying: {
                  tags: "writable",
                  on: {
                    "output.drained": { target: "exchanged", actions: "writeClose" },
                    "transport.ended": {}, // ours goes first
                    violation: { target: "ending", actions: "writeClose" },
                  },
                },
                // The server ends the transport first (RFC 6455 §7.1.1), so that it keeps TIME_WAIT. With a peer that breaks
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
        // Whether the peer's bytes can still be parsed (RFC 6455 §7.1.7). A region beside the life, since the application learns of a
        // violation before anything is done about it, and may still send.
        trust: {
          initial: "sound",
          states: {
            sound: { on: { "connection.failed": "failed" } },
            failed: { tags: "failed" },
          },
        },
        // The peer's side of the transport. Its end counts once the bytes before it are read, or never will be.
        peer: {
          initial: "sending",
          states: {
            sending: { on: { "end.held": "held", "end.reached": "ended" } },
            held: { tags: "endHeld", on: { "end.reached": "ended", "transport.gone": "gone" } },
            // Nothing more can be written, but all bytes of the peer are here: an extension has the time of a close for them.
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
        // The transport. A stream of HTTP/2 leaves no address in TIME_WAIT, and some servers wait for the client to end it.
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
