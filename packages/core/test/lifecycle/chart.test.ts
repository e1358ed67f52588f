import { describe, expect, test } from "vitest";
import { actionsOf } from "../../src/lifecycle/describe.ts";
import { lifecycleOf, type EventType, type State } from "../../src/lifecycle/interned.ts";
import type { Role } from "../../src/lifecycle/role.ts";

/** Puts `events` to a fresh connection of `role`: one line for each, with what it ordered. */
function live(role: Role, events: readonly EventType[]): { state: State; lines: string[] } {
  let { state } = lifecycleOf(role);
  const lines: string[] = [];
  for (const event of events) {
    const step = state.step(event);
    state = step.state;
    lines.push(`${event}: ${actionsOf(step).join(" ")}`.trimEnd());
  }
  return { state, lines };
}

const raw: EventType[] = ["request.expected", "request.received"];
const refused: EventType[] = ["response.expected", "response.refused"];
const opened: Record<Role, EventType[]> = {
  server: ["request.received", "handshake.accepted"],
  client: ["response.expected", "handshake.accepted"],
};

/** Only the last event's effects are compared. */
type Row = readonly [
  name: string,
  role: Role,
  before: readonly EventType[],
  event: EventType,
  effects: string,
  path: string,
];
const DESTROYED = "destroyTransport emitClose";

const opening: Row[] = [
  [
    "a server on a raw transport waits for the head",
    "server",
    [],
    "request.expected",
    "startTimer(handshake)",
    "alive.connecting.awaitingRequest",
  ],
  [
    "a head arrives; the peer's time is over",
    "server",
    ["request.expected"],
    "request.received",
    "stopTimer(handshake) emitRequest",
    "alive.connecting.deciding",
  ],
  [
    "a request already parsed needs no timer",
    "server",
    [],
    "request.received",
    "emitRequest",
    "alive.connecting.deciding",
  ],
  [
    "a malformed head is answered and ended",
    "server",
    ["request.expected"],
    "violation",
    "stopTimer(handshake) writeHead startTimer(close) discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "no head in time",
    "server",
    ["request.expected"],
    "timer.handshake",
    `stopTimer(handshake) emitTimeout ${DESTROYED}`,
    "closed",
  ],
  ["accepted", "server", raw, "handshake.accepted", "writeHead emitOpen", "alive.open"],
  [
    "refused",
    "server",
    raw,
    "handshake.rejected",
    "writeHead startTimer(close) discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "the refused peer ends its side",
    "server",
    [...raw, "handshake.rejected"],
    "transport.ended",
    "stopTimer(close) emitClose",
    "closed",
  ],
  [
    "a late handshake timer cannot hurry the application",
    "server",
    raw,
    "timer.handshake",
    "",
    "alive.connecting.deciding",
  ],
  [
    "frames cannot be wrong while the application decides",
    "server",
    raw,
    "violation",
    "",
    "alive.connecting.deciding",
  ],
  [
    "a client asks",
    "client",
    [],
    "response.expected",
    "writeHead startTimer(handshake)",
    "alive.connecting.awaitingResponse",
  ],
  [
    "the answer opens",
    "client",
    ["response.expected"],
    "handshake.accepted",
    "stopTimer(handshake) emitOpen",
    "alive.open",
  ],
  [
    "the answer refuses",
    "client",
    ["response.expected"],
    "handshake.rejected",
    `stopTimer(handshake) ${DESTROYED}`,
    "closed",
  ],
  [
    "the server refuses: its reasons have a time of their own",
    "client",
    ["response.expected"],
    "response.refused",
    "stopTimer(handshake) startTimer(handshake)",
    "alive.connecting.awaitingBody",
  ],
  [
    "its reasons are there",
    "client",
    refused,
    "handshake.rejected",
    `stopTimer(handshake) ${DESTROYED}`,
    "closed",
  ],
  [
    "its reasons do not come in time",
    "client",
    refused,
    "timer.handshake",
    `stopTimer(handshake) emitRefusal ${DESTROYED}`,
    "closed",
  ],
  [
    "its reasons end with the transport",
    "client",
    refused,
    "transport.ended",
    "stopTimer(handshake) emitRefusal endTransport emitClose",
    "closed",
  ],
  [
    "the transport is lost within its reasons",
    "client",
    refused,
    "transport.lost",
    "stopTimer(handshake) emitRefusal emitClose",
    "closed",
  ],
  [
    "given up within its reasons",
    "client",
    refused,
    "close.requested",
    `stopTimer(handshake) ${DESTROYED}`,
    "closed",
  ],
  [
    "the answer is no HTTP",
    "client",
    ["response.expected"],
    "violation",
    `stopTimer(handshake) ${DESTROYED}`,
    "closed",
  ],
  [
    "no answer in time",
    "client",
    ["response.expected"],
    "timer.handshake",
    `stopTimer(handshake) emitTimeout ${DESTROYED}`,
    "closed",
  ],
  ["given up before it began", "client", [], "close.requested", DESTROYED, "closed"],
  [
    "given up while waiting",
    "client",
    ["response.expected"],
    "close.requested",
    `stopTimer(handshake) ${DESTROYED}`,
    "closed",
  ],
  ["closed while deciding", "server", raw, "close.requested", DESTROYED, "closed"],
];

const closing: Row[] = [
  [
    "we close: what is queued goes first",
    "server",
    opened.server,
    "close.requested",
    "startTimer(close)",
    "alive.closing.draining",
  ],
  [
    "then our close frame",
    "server",
    [...opened.server, "close.requested"],
    "output.drained",
    "writeClose",
    "alive.closing.awaitingClose",
  ],
  [
    "theirs answers ours: the server ends",
    "server",
    [...opened.server, "close.requested", "output.drained"],
    "close.received",
    "hastenEnd discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "theirs answers ours: the client waits",
    "client",
    [...opened.client, "close.requested", "output.drained"],
    "close.received",
    "hastenEnd discardInput",
    "alive.closing.lingering",
  ],
  [
    "the server ended: so does the client",
    "client",
    [...opened.client, "close.requested", "output.drained", "close.received"],
    "transport.ended",
    "stopTimer(close) endTransport emitClose",
    "closed",
  ],
  [
    "they close: what is queued goes first",
    "client",
    opened.client,
    "close.received",
    "startTimer(close)",
    "alive.closing.replying",
  ],
  [
    "then our reply",
    "client",
    [...opened.client, "close.received"],
    "output.drained",
    "writeClose hastenEnd discardInput",
    "alive.closing.lingering",
  ],
  [
    "then our reply, and the server ends",
    "server",
    [...opened.server, "close.received"],
    "output.drained",
    "writeClose hastenEnd discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "both close at once",
    "server",
    [...opened.server, "close.requested"],
    "close.received",
    "",
    "alive.closing.replying",
  ],
  [
    "violation while open",
    "server",
    opened.server,
    "violation",
    "writeClose startTimer(close) discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "violation while open, client",
    "client",
    opened.client,
    "violation",
    "writeClose startTimer(close) discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "violation while draining",
    "client",
    [...opened.client, "close.requested"],
    "violation",
    "writeClose discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "violation after our close frame",
    "server",
    [...opened.server, "close.requested", "output.drained"],
    "violation",
    "discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "no close frame in time",
    "server",
    [...opened.server, "close.requested", "output.drained"],
    "timer.close",
    `stopTimer(close) ${DESTROYED}`,
    "closed",
  ],
  [
    "draft 75 has no close frames: what is queued goes",
    "server",
    opened.server,
    "hangup.requested",
    "startTimer(close)",
    "alive.closing.hangingUp",
  ],
  [
    "and that is all",
    "server",
    [...opened.server, "hangup.requested"],
    "output.drained",
    "hastenEnd discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "theirs answers ours by HTTP/2: the client ends too",
    "client",
    [
      "response.expected",
      "stream.begun",
      "handshake.accepted",
      "close.requested",
      "output.drained",
    ],
    "close.received",
    "hastenEnd discardInput endTransport",
    "alive.closing.ending",
  ],
  [
    "output waits when the time for the transport's end is over",
    "server",
    [...opened.server, "close.received", "output.drained"],
    "output.waiting",
    "prolongEnd",
    "alive.closing.ending",
  ],
  [
    "and it has that time once",
    "server",
    [...opened.server, "close.received", "output.drained", "output.waiting"],
    "output.waiting",
    "",
    "alive.closing.ending",
  ],
  [
    "the transport ends before our reply",
    "server",
    [...opened.server, "close.received", "end.reached"],
    "transport.ended",
    "",
    "alive.closing.replying",
  ],
  [
    "the transport is gone, and its end waits behind input",
    "server",
    [...opened.server, "end.held"],
    "transport.gone",
    "startTimer(close)",
    "alive.open",
  ],
  [
    "that input takes too long",
    "server",
    [...opened.server, "end.held", "transport.gone"],
    "timer.close",
    "stopTimer(close) emitClose",
    "closed",
  ],
  [
    "it takes too long while closing: one timer, stopped once, and no transport to destroy",
    "server",
    [...opened.server, "end.held", "transport.gone", "close.requested"],
    "timer.close",
    "stopTimer(close) emitClose",
    "closed",
  ],
  ["a pong is overdue", "server", opened.server, "pong.overdue", DESTROYED, "closed"],
  [
    "a pong is overdue, but the close timer rules",
    "server",
    [...opened.server, "close.requested"],
    "pong.overdue",
    "",
    "alive.closing.draining",
  ],
  [
    "closing twice is closing once",
    "client",
    [...opened.client, "close.requested"],
    "close.requested",
    "",
    "alive.closing.draining",
  ],
  ["terminated", "client", opened.client, "terminate.requested", DESTROYED, "closed"],
  [
    "terminated while closing",
    "client",
    [...opened.client, "close.requested"],
    "terminate.requested",
    `stopTimer(close) ${DESTROYED}`,
    "closed",
  ],
  [
    "the peer ends without a close frame",
    "server",
    opened.server,
    "transport.ended",
    "endTransport emitClose",
    "closed",
  ],
  ["the transport is lost", "client", opened.client, "transport.lost", "emitClose", "closed"],
];

describe.each([
  ["opening", opening],
  ["closing", closing],
] as const)("%s", (_, rows) => {
  test.each(rows)("%s (%s)", (_name, role, before, event, effects, path) => {
    const { state, lines } = live(role, [...before, event]);
    expect(lines.at(-1)).toBe(`${event}: ${effects}`.trimEnd());
    expect(state.path).toBe(path);
  });
});

test("a whole life, as a server sees it", () => {
  expect(
    live("server", [
      ...raw,
      "handshake.accepted",
      "close.received",
      "output.drained",
      "transport.ended",
    ]).lines,
  ).toEqual([
    "request.expected: startTimer(handshake)",
    "request.received: stopTimer(handshake) emitRequest",
    "handshake.accepted: writeHead emitOpen",
    "close.received: startTimer(close)",
    "output.drained: writeClose hastenEnd discardInput endTransport",
    "transport.ended: stopTimer(close) emitClose",
  ]);
});
