import {
  lifecycleOf,
  type Effects,
  type EventType,
  type Phase,
  type State,
  type Step,
} from "./interned.ts";
import type { Role } from "./role.ts";

/** The tags of a state that the hot path reads; see the chart. */
export type LifecycleTag = "readable" | "writable" | "sendable";

/** A state a connection can rest in. */
export interface LifecycleState {
  /** The full name in the chart: `alive.closing.draining`. */
  readonly path: string;
  readonly phase: Phase;
  readonly tags: readonly LifecycleTag[];
}

/** The transition of one event in one state. */
export interface LifecycleTransition {
  readonly from: string;
  /** `close.received`, or `timer.close` when that timer is due. */
  readonly event: string;
  /** In order: `writeClose`, `startTimer(close)`. */
  readonly actions: readonly string[];
  readonly to: string;
}

/** The lifecycle of one role as plain data, for documents, diagrams and tests. */
export interface LifecycleDescription {
  /** In the order they can be reached; the first is where a connection begins. */
  readonly states: readonly LifecycleState[];
  /** Grouped by `from`, in the order of `states`, without the events that a state ignores. */
  readonly transitions: readonly LifecycleTransition[];
}

/** The events that only regions beside the life handle. */
const BESIDES = {
  "connection.failed": "both",
  "end.held": "both",
  "end.reached": "both",
  "transport.gone": "both",
  "stream.begun": "client",
  "output.waiting": "both",
} as const satisfies Partial<Record<EventType, Role | "both">>;

/** Every event of the chart, and which role has it where only one does. */
const EVENTS: Readonly<Record<EventType, Role | "both">> = {
  "request.expected": "server",
  "request.received": "server",
  "response.expected": "client",
  "response.refused": "client",
  "handshake.begun": "server",
  "handshake.accepted": "both",
  "handshake.rejected": "both",
  "close.requested": "both",
  "hangup.requested": "server",
  "close.received": "both",
  "output.drained": "both",
  violation: "both",
  "pong.overdue": "both",
  "terminate.requested": "both",
  "transport.ended": "both",
  "transport.lost": "both",
  "timer.handshake": "both",
  "timer.close": "both",
  ...BESIDES,
};

/** Returns the events of a connection of `role`, those of its timers last. */
export function eventsOf(role: Role): EventType[] {
  return (Object.keys(EVENTS) as EventType[]).filter(
    (event) => EVENTS[event] === role || EVENTS[event] === "both",
  );
}

/** Returns those of {@link eventsOf} that the life itself handles. */
export const lifeEventsOf = (role: Role): EventType[] =>
  eventsOf(role).filter((event) => !Object.hasOwn(BESIDES, event));

/** Lists the states and transitions of `role`, without other regions, by walking the objects that connections use. */
export function describeLifecycle(role: Role): LifecycleDescription {
  const events = lifeEventsOf(role);
  const transitions: LifecycleTransition[] = [];
  const first = lifecycleOf(role).state;
  const states = new Map([[first.path, first]]);
  // A map visits what is added during the loop: this is a breadth-first walk.
  for (const from of states.values()) {
    for (const event of events) {
      const step = from.step(event);
      const { path } = step.state;
      if (step.state === from && step.run.length === 0) continue;
      if (!states.has(path)) states.set(path, step.state);
      transitions.push({ from: from.path, event, actions: actionsOf(step), to: path });
    }
  }
  return { states: Array.from(states.values(), describeState), transitions };
}

/** Lists every state of a connection of `role`, with all regions, in the order they can be reached. */
export function statesOf(role: Role): State[] {
  const events = eventsOf(role);
  const states = new Set([lifecycleOf(role).state]);
  for (const from of states) for (const event of events) states.add(from.step(event).state);
  return [...states];
}

/** The effect of one event that needs a region beside the life to have left its initial state. */
export interface LifecycleDifference {
  /** The states of regions that make the difference, each by itself: `peer.gone.reading`. */
  readonly beside: readonly string[];
  /** The states of the life in which it happens. */
  readonly from: readonly string[];
  readonly event: string;
  readonly actions: readonly string[];
  readonly to: string;
}

/**
 * Lists the changes that the regions beside the life make to it. The opening is left out: until it is over, only the
 * failure of the connection can occur.
 */
export function describeDifferences(role: Role): LifecycleDifference[] {
  const found = new Map<
    string,
    { -readonly [K in keyof LifecycleDifference]: LifecycleDifference[K] }
  >();
  const states = statesOf(role).filter(({ phase }) => phase !== "connecting");
  for (const from of states) {
    const [beside, ...others] = from.besides;
    if (beside === undefined || others.length > 0) continue;
    const plain = states.find(({ path, besides }) => path === from.path && besides.length === 0);
    for (const event of eventsOf(role)) {
      const step = from.step(event);
      if (isUsual(step, event, plain)) continue;
      const actions = actionsOf(step);
      const to = step.state.path === from.path ? "the same" : step.state.path;
      const key = [event, actions, to].join();
      const row = found.get(key) ?? { beside: [], from: [], event, actions, to };
      row.beside = [...new Set([...row.beside, beside])];
      row.from = [...new Set([...row.from, from.path])];
      found.set(key, row);
    }
  }
  return [...found.values()];
}

/** Whether `event` has the effect of `step` with all regions in their initial states too; or, for events of regions, leaves the life alone. */
function isUsual(step: Step, event: EventType, plain: State | undefined): boolean {
  if (plain === undefined) return !Object.hasOwn(BESIDES, event) || step.run.length === 0;
  const usual = plain.step(event);
  return (
    step.state.path === usual.state.path && String(actionsOf(step)) === String(actionsOf(usual))
  );
}

function describeState(state: State): LifecycleState {
  const tags = (["readable", "writable", "sendable"] as const).filter((tag) => state[tag]);
  return { path: state.path, phase: state.phase, tags };
}

/** Returns the effects of a step as text: `["stopTimer(handshake)", "emitOpen"]`. */
export function actionsOf(step: Step): string[] {
  const actions: string[] = [];
  const recorder = new Proxy({} as Effects, {
    get: (_, name: string) => (timer?: string) =>
      actions.push(timer === undefined ? name : `${name}(${timer})`),
  });
  for (const effect of step.run) effect(recorder);
  return actions;
}
