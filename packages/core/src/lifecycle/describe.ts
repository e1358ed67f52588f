import {
  lifecycleOf,
  type Effects,
  type EventType,
  type Phase,
  type State,
  type Step,
} from "./interned.ts";
import type { Role } from "./role.ts";

/** What the hot path may ask of a state; see the chart. */
export type LifecycleTag = "readable" | "writable" | "sendable";

/** A state a connection can rest in. */
export interface LifecycleState {
  /** The full name in the chart: `alive.closing.draining`. */
  readonly path: string;
  readonly phase: Phase;
  readonly tags: readonly LifecycleTag[];
}

/** What one event does in one state. */
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
  /** Grouped by `from`, in the order of `states`. What a state ignores is left out. */
  readonly transitions: readonly LifecycleTransition[];
}

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
  "close.received": "both",
  "output.drained": "both",
  violation: "both",
  "pong.overdue": "both",
  "terminate.requested": "both",
  "transport.ended": "both",
  "transport.lost": "both",
  "timer.handshake": "both",
  "timer.close": "both",
};

/** The events that can befall a connection of `role`, those of its timers last. */
export function eventsOf(role: Role): EventType[] {
  return (Object.keys(EVENTS) as EventType[]).filter(
    (event) => EVENTS[event] === role || EVENTS[event] === "both",
  );
}

/** Lists the states and transitions of `role` by walking the very objects that connections use. */
export function describeLifecycle(role: Role): LifecycleDescription {
  const events = eventsOf(role);
  const states = new Set([lifecycleOf(role).state]);
  const transitions: LifecycleTransition[] = [];
  // A set visits what is added during the loop: this is a breadth-first walk.
  for (const from of states) {
    for (const event of events) {
      const step = from.step(event);
      if (step.state === from && step.run.length === 0) continue;
      states.add(step.state);
      transitions.push({ from: from.path, event, actions: actionsOf(step), to: step.state.path });
    }
  }
  return { states: Array.from(states, describeState), transitions };
}

function describeState(state: State): LifecycleState {
  const tags = (["readable", "writable", "sendable"] as const).filter((tag) => state[tag]);
  return { path: state.path, phase: state.phase, tags };
}

/** What a step orders, as text: `["stopTimer(handshake)", "announceOpen"]`. */
export function actionsOf(step: Step): string[] {
  const actions: string[] = [];
  const recorder = new Proxy({} as Effects, {
    get: (_, name: string) => (timer?: string) =>
      actions.push(timer === undefined ? name : `${name}(${timer})`),
  });
  for (const effect of step.run) effect(recorder);
  return actions;
}
