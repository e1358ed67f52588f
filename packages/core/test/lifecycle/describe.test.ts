import { expect, test } from "vitest";
import {
  describeDifferences,
  describeLifecycle,
  eventsOf,
  statesOf,
} from "../../src/lifecycle/describe.ts";

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
    { path: "alive.closing.hangingUp", phase: "closing", tags: ["readable", "writable"] },
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
      actions: ["writeClose", "hastenEnd", "discardInput"],
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

test("all states: each is there once, with what is beside its life", () => {
  const names = statesOf("server").map(({ path, besides }) => [path, ...besides].join(" "));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("alive.open");
  expect(names).toContain("alive.open trust.failed peer.gone.read");
});

test("what HTTP/2 changes for a client, in the states where it does", () => {
  const streams = describeDifferences("client").filter(({ beside }) =>
    beside.includes("carrier.stream"),
  );
  expect(streams).toEqual([
    {
      beside: ["carrier.stream"],
      from: ["alive.closing.replying"],
      event: "output.drained",
      actions: ["writeClose", "hastenEnd", "discardInput", "endTransport"],
      to: "alive.closing.ending",
    },
    {
      beside: ["carrier.stream"],
      from: ["alive.closing.awaitingClose"],
      event: "close.received",
      actions: ["hastenEnd", "discardInput", "endTransport"],
      to: "alive.closing.ending",
    },
  ]);
});
