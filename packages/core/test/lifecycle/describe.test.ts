import { expect, test } from "vitest";
import { describeLifecycle, eventsOf } from "../../src/lifecycle/describe.ts";

test("a server's states, from the first to the last", () => {
  expect(describeLifecycle("server").states).toEqual([
    { path: "alive.connecting.starting", phase: "connecting", tags: [] },
    { path: "alive.connecting.awaitingRequest", phase: "connecting", tags: ["readable"] },
    { path: "alive.connecting.deciding", phase: "connecting", tags: [] },
    { path: "alive.open", phase: "open", tags: ["readable", "writable", "sendable"] },
    { path: "closed", phase: "closed", tags: [] },
    { path: "alive.closing.ending", phase: "closing", tags: [] },
    { path: "alive.connecting.completing", phase: "connecting", tags: ["readable"] },
    { path: "alive.closing.draining", phase: "closing", tags: ["readable", "writable"] },
    { path: "alive.closing.replying", phase: "closing", tags: ["writable"] },
    { path: "alive.closing.awaitingClose", phase: "closing", tags: ["readable"] },
  ]);
});

test("what the states of a client do, without what they ignore", () => {
  const { transitions } = describeLifecycle("client");
  expect(transitions.filter(({ from }) => from === "closed")).toEqual([]);
  expect(transitions.filter(({ event }) => event === "output.drained")).toEqual([
    {
      from: "alive.closing.draining",
      event: "output.drained",
      actions: ["writeClose"],
      to: "alive.closing.awaitingClose",
    },
    {
      from: "alive.closing.replying",
      event: "output.drained",
      actions: ["writeClose", "hastenEnd", "discardInput", "endStream"],
      to: "alive.closing.lingering",
    },
  ]);
});

test("a role's lifecycle has only its own opening", () => {
  expect(eventsOf("client").filter((event) => event.startsWith("re"))).toEqual([
    "response.expected",
    "response.refused",
  ]);
  expect(eventsOf("server").filter((event) => event.startsWith("re"))).toEqual([
    "request.expected",
    "request.received",
  ]);
});
