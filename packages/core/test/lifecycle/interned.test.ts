import { describe, expect, test, vi } from "vitest";
import { askChart } from "../../src/lifecycle/ask.ts";
import { actionsOf, eventsOf, statesOf } from "../../src/lifecycle/describe.ts";
import { lifecycleOf, State, type EventType, type Step } from "../../src/lifecycle/interned.ts";
import type { Role } from "../../src/lifecycle/role.ts";

const follow = (role: Role, ...events: EventType[]): State =>
  events.reduce((state, event) => state.step(event).state, lifecycleOf(role).state);

describe("sharing", () => {
  test("each role has one lifecycle in the process", () => {
    expect(lifecycleOf("server")).toBe(lifecycleOf("server"));
    expect(lifecycleOf("client")).not.toBe(lifecycleOf("server"));
    expect(lifecycleOf("server").run).toEqual([]);
  });

  test("different ways to one state lead to one object", () => {
    expect(follow("server", "request.expected", "request.received")).toBe(
      follow("server", "request.received"),
    );
    expect(follow("client", "terminate.requested")).toBe(
      follow("client", "response.expected", "transport.lost"),
    );
  });

  test("roles share no state, since the same event may lead elsewhere", () => {
    expect(follow("server", "transport.lost")).not.toBe(follow("client", "transport.lost"));
  });

  test("a state's row is read once, at its first event", () => {
    const read = vi.fn(
      (state: State) => new Map<string, Step>([["violation", { state, run: [] }]]),
    );
    const state = new State("closed", "", read);
    expect(read).not.toHaveBeenCalled();
    const first = state.step("violation");
    expect(state.step("violation")).toBe(first);
    expect(state.step("end.held").state).toBe(state);
    expect(read).toHaveBeenCalledExactlyOnceWith(state);
  });
});

/** The chart's `tags`, read from a state. */
const tagsOf = (state: State): string[] =>
  (["readable", "writable", "sendable", "failed", "endHeld", "endDue", "hastened"] as const).filter(
    (tag) => state[tag],
  );

describe.each(["server", "client"] as const)("a %s and the chart", (role) => {
  test("agree about every state and every event", () => {
    const known = new Map([[askChart(role).name, askChart(role)]]);
    let compared = 0;
    for (const state of statesOf(role)) {
      const name = [state.path, ...state.besides].join(" ");
      const answer = known.get(name)!;
      const tags = answer.tags.filter((tag) => tag !== "readable" || !state.failed);
      expect(tagsOf(state).sort(), name).toEqual(tags.sort());
      for (const event of eventsOf(role)) {
        const step = state.step(event);
        const asked = answer.ask(event);
        expect([step.state.path, ...step.state.besides].join(" "), `${name}: ${event}`).toBe(
          asked.name,
        );
        expect(actionsOf(step), `${name}: ${event}`).toEqual(asked.orders);
        known.set(asked.name, asked);
        compared++;
      }
    }
    expect(compared).toBe(known.size * eventsOf(role).length);
  });
});

describe("views of a state", () => {
  const rows: [path: string, role: Role, events: EventType[], phase: string, tags: string][] = [
    ["alive.connecting.starting", "server", [], "connecting", ""],
    ["alive.connecting.awaitingRequest", "server", ["request.expected"], "connecting", "readable"],
    ["alive.connecting.deciding", "server", ["request.received"], "connecting", ""],
    [
      "alive.connecting.awaitingResponse",
      "client",
      ["response.expected"],
      "connecting",
      "readable",
    ],
    [
      "alive.open",
      "client",
      ["response.expected", "handshake.accepted"],
      "open",
      "readable writable sendable",
    ],
    [
      "alive.closing.draining",
      "client",
      ["response.expected", "handshake.accepted", "close.requested"],
      "closing",
      "readable writable",
    ],
    [
      "alive.closing.awaitingClose",
      "client",
      ["response.expected", "handshake.accepted", "close.requested", "output.drained"],
      "closing",
      "readable",
    ],
    [
      "alive.closing.replying",
      "client",
      ["response.expected", "handshake.accepted", "close.received"],
      "closing",
      "writable",
    ],
    [
      "alive.closing.lingering",
      "client",
      ["response.expected", "handshake.accepted", "close.received", "output.drained"],
      "closing",
      "",
    ],
    ["alive.closing.ending", "server", ["request.received", "handshake.rejected"], "closing", ""],
    ["closed", "server", ["transport.lost"], "closed", ""],
  ];
  test.each(rows)("%s", (path, role, events, phase, tags) => {
    const state = follow(role, ...events);
    expect(state.path).toBe(path);
    expect(state.phase).toBe(phase);
    expect(
      (["readable", "writable", "sendable"] as const).filter((tag) => state[tag]).join(" "),
    ).toBe(tags);
  });
});

describe("timers", () => {
  test("are started by name on entry, and stopped on exit", () => {
    const step = lifecycleOf("client").state.step("response.expected");
    expect(actionsOf(step)).toEqual(["writeHead", "startTimer(handshake)"]);
    expect(actionsOf(step.state.step("handshake.accepted"))).toEqual([
      "stopTimer(handshake)",
      "emitOpen",
    ]);
  });

  test.each(["timer.handshake", "timer.close"] as const)("a stale %s does nothing", (event) => {
    const open = follow("client", "response.expected", "handshake.accepted");
    expect(open.step(event)).toEqual({ state: open, run: [] });
  });
});
