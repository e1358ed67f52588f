import { describe, expect, test, vi } from "vitest";
import { actionsOf } from "../../src/lifecycle/describe.ts";
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

  test("a step is computed once", () => {
    const compute = vi.fn((): Step => ({ state, run: [] }));
    const state: State = new State("closed", new Set(), compute);
    const first = state.step("violation");
    expect(state.step("violation")).toBe(first);
    expect(compute).toHaveBeenCalledOnce();
    expect(compute).toHaveBeenCalledWith("violation");
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
