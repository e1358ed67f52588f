import { setup } from "xstate";
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
  | { readonly type: "close.requested" | "close.received" | "output.drained" }
  | { readonly type: "terminate.requested" | "transport.ended" | "transport.lost" };

/**
 * What the chart orders. It only names these; `Connection` carries them out and knows the data.
 *
 * Within a step an `announce…` comes last, because the application may call back; the exception is
 * `announceTimeout` and `announceRefusal`, which must say why before the transport goes.
 */
export interface Effects {
  /** Sends what the opening handshake has written: a client's request; a server's response, draft 76's proof behind it, or a refusal. */
  writeHead(): void;
  /** Server: asks the application to accept or reject. */
  announceRequest(): void;
  announceOpen(): void;
  /** The peer did not do its part of the opening in time. */
  announceTimeout(): void;
  /** Client: the server has refused, and of its reasons no more will come. */
  announceRefusal(): void;
  /** Sends our close frame, after which nothing may be sent (RFC 6455 §5.5.1). */
  writeClose(): void;
  /** From here on bytes that arrive are dropped unread. */
  discardInput(): void;
  endTransport(): void;
  /** Client: ends it as well where it is a stream of HTTP/2, which leaves no address in TIME_WAIT: some servers wait for that. */
  endStream(): void;
  /** Both close frames have gone: the `close` timer starts anew, with the shorter time that the transport's end has. */
  hastenEnd(): void;
  destroyTransport(): void;
  /** Once in a connection's life, and last. */
  announceClose(): void;
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
 * Tags are what the hot path may ask of a state: `readable`: bytes are still parsed; `writable`: open,
 * and our close frame has not gone out; `sendable`: the application may send.
 */
export const chart = setup({
  types: {
    context: {} as { readonly role: Role },
    input: {} as { readonly role: Role },
    events: {} as LifecycleEvent,
    tags: {} as "readable" | "writable" | "sendable",
  },
  actions: {
    writeHead: named,
    announceRequest: named,
    announceOpen: named,
    announceTimeout: named,
    announceRefusal: named,
    writeClose: named,
    discardInput: named,
    endTransport: named,
    endStream: named,
    hastenEnd: named,
    destroyTransport: named,
    announceClose: named,
  } satisfies Record<Exclude<keyof Effects, "startTimer" | "stopTimer">, () => void>,
  guards: { isServer: ({ context }) => context.role === "server" },
  // Any number does: only the names are used.
  delays: { handshake: 1, close: 1 } satisfies Record<LifecycleTimer, number>,
}).createMachine({
  id: "connection",
  context: ({ input }) => ({ role: input.role }),
  initial: "alive",
  states: {
    alive: {
      initial: "connecting",
      on: {
        "terminate.requested": { target: "closed", actions: "destroyTransport" },
        "transport.ended": { target: "closed", actions: "endTransport" },
        "transport.lost": "closed",
      },
      states: {
        connecting: {
          on: { "close.requested": { target: "#connection.closed", actions: "destroyTransport" } },
          initial: "starting",
          states: {
            // Created, and not yet told what to wait for.
            starting: {
              on: {
                "request.expected": "awaitingRequest",
                "request.received": { target: "deciding", actions: "announceRequest" },
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
                  actions: ["announceTimeout", "destroyTransport"],
                },
              },
              on: {
                "request.received": { target: "deciding", actions: "announceRequest" },
                violation: { target: "#closing.ending", actions: "writeHead" },
              },
            },
            // The application's turn: its delay is not the peer's, so no timer, and early frames wait unread.
            deciding: {
              on: {
                "handshake.begun": { target: "completing", actions: "writeHead" },
                "handshake.accepted": { target: "#open", actions: "writeHead" },
                "handshake.rejected": { target: "#closing.ending", actions: "writeHead" },
              },
            },
            // Draft 76: our head is out, and the peer's proof is to come before the rest of the answer.
            completing: {
              tags: "readable",
              after: {
                handshake: {
                  target: "#connection.closed",
                  actions: ["announceTimeout", "destroyTransport"],
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
                  actions: ["announceTimeout", "destroyTransport"],
                },
              },
              on: {
                "handshake.accepted": "#open",
                "response.refused": "awaitingBody",
                "handshake.rejected": { target: "#connection.closed", actions: "destroyTransport" },
                violation: { target: "#connection.closed", actions: "destroyTransport" },
              },
            },
            // Refused: the body says why. It has the time of a handshake, and what has come by its end is told.
            awaitingBody: {
              tags: "readable",
              after: {
                handshake: {
                  target: "#connection.closed",
                  actions: ["announceRefusal", "destroyTransport"],
                },
              },
              on: {
                "handshake.rejected": { target: "#connection.closed", actions: "destroyTransport" },
                "transport.ended": {
                  target: "#connection.closed",
                  actions: ["announceRefusal", "endTransport"],
                },
                "transport.lost": { target: "#connection.closed", actions: "announceRefusal" },
              },
            },
          },
        },
        open: {
          id: "open",
          tags: ["readable", "writable", "sendable"],
          entry: "announceOpen",
          on: {
            "close.requested": "closing.draining",
            "close.received": "closing.replying",
            violation: { target: "closing.ending", actions: "writeClose" },
            // The peer is dead: a closing handshake with it would only wait again.
            "pong.overdue": { target: "#connection.closed", actions: "destroyTransport" },
          },
        },
        closing: {
          id: "closing",
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
                violation: { target: "ending", actions: "writeClose" },
              },
            },
            // The server ends the transport first (RFC 6455 §7.1.1), so that TIME_WAIT is its own. With a peer that breaks
            // the rules there is nothing to wait for: either side ends at once (§7.1.7). The peer's end says nothing more, and
            // some peers end late or never, so it is not waited for as a close frame is.
            exchanged: {
              entry: "hastenEnd",
              always: [{ guard: "isServer", target: "ending" }, { target: "lingering" }],
            },
            ending: {
              entry: ["discardInput", "endTransport"],
              on: { "transport.ended": "#connection.closed" },
            },
            lingering: { entry: ["discardInput", "endStream"] },
          },
        },
      },
    },
    closed: { type: "final", entry: "announceClose" },
  },
});
