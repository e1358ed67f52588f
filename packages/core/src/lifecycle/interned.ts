import { getNextTransitions, initialTransition, transition, type SnapshotFrom } from "xstate";
import { chart, type Effects, type LifecycleEvent, type LifecycleTimer } from "./chart.ts";
import type { Role } from "./role.ts";

export type { Effects, LifecycleTimer } from "./chart.ts";

type Snapshot = SnapshotFrom<typeof chart>;

/** What {@link State.step} takes: an event of the chart, or one of its timers being due. */
export type EventType = LifecycleEvent["type"] | `timer.${LifecycleTimer}`;

/** The WebSocket API's view of a state. */
export type Phase = "connecting" | "open" | "closing" | "closed";

/** Where an event leads, and what must be done on the way, in order. */
export interface Step {
  /** The state the event came to, which may be the one it left. */
  readonly state: State;
  readonly run: readonly ((effects: Effects) => void)[];
}

/**
 * One state of the chart, shared by every connection that is in it.
 *
 * xstate's `transition()` is pure but takes tens of microseconds. The chart holds no data, so its
 * answers never change: each is asked for once per process and remembered. A connection's whole
 * lifecycle memory is one reference to this.
 */
export class State {
  /** The full name in the chart: `alive.closing.draining`. */
  readonly path: string;
  readonly phase: Phase;
  /** Bytes that arrive are parsed. */
  readonly readable: boolean;
  /** Open, and our close frame has not gone out: frames may still be written. */
  readonly writable: boolean;
  /** The application may send. */
  readonly sendable: boolean;
  private readonly compute: (event: EventType) => Step;
  private readonly steps = new Map<EventType, Step>();

  constructor(path: string, tags: ReadonlySet<string>, compute: (event: EventType) => Step) {
    this.path = path;
    this.phase = (path === "closed" ? path : path.split(".")[1]) as Phase;
    this.readable = tags.has("readable");
    this.writable = tags.has("writable");
    this.sendable = tags.has("sendable");
    this.compute = compute;
  }

  /** Where `event` leads from here. An event this state has no use for leads to itself, with nothing to do. */
  step(event: EventType): Step {
    const known = this.steps.get(event);
    if (known !== undefined) return known;
    const step = this.compute(event);
    this.steps.set(event, step);
    return step;
  }
}

const lifecycles: Partial<Record<Role, Step>> = {};

/** The lifecycle of `role`: its first state, and the way there. The first call builds it; later calls share it. */
export function lifecycleOf(role: Role): Step {
  return (lifecycles[role] ??= build(role));
}

function build(role: Role): Step {
  const states = new Map<string, State>();
  const toStep = ([snapshot, actions]: ReturnType<
    typeof initialTransition<typeof chart>
  >): Step => ({ state: intern(snapshot), run: actions.map(toEffect) });
  const intern = (snapshot: Snapshot): State => {
    const path = pathOf(snapshot.value);
    let state = states.get(path);
    if (state === undefined) {
      state = new State(path, snapshot.tags, (event) =>
        toStep(transition(chart, snapshot, { type: resolve(snapshot, event) } as LifecycleEvent)),
      );
      states.set(path, state);
    }
    return state;
  };
  return toStep(initialTransition(chart, { role }));
}

/** Our `timer.close` is xstate's `xstate.after.close.<owner>`: the owner is found among the state's transitions. */
function resolve(snapshot: Snapshot, event: EventType): string {
  if (!event.startsWith("timer.")) return event;
  const prefix = `xstate.after.${event.slice("timer.".length)}.`;
  return (
    getNextTransitions(snapshot).find(({ eventType }) => eventType.startsWith(prefix))?.eventType ??
    event
  );
}

/** `{ alive: { closing: "draining" } }` → `alive.closing.draining`. */
function pathOf(value: Snapshot["value"]): string {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([name, child]) => `${name}.${pathOf(child as Snapshot["value"])}`)
    .join("");
}

/** Binds an action of the chart to the effect it names, once, so that running it later is a plain call. */
function toEffect(action: {
  readonly type: string;
  readonly params?: unknown;
}): (effects: Effects) => void {
  // A state with `after` raises a delayed event when entered, and cancels it when left.
  if (action.type === "xstate.raise") {
    const timer = timerOf((action.params as { id: string }).id);
    return (effects) => effects.startTimer(timer);
  }
  if (action.type === "xstate.cancel") {
    const timer = timerOf((action.params as { sendId: string }).sendId);
    return (effects) => effects.stopTimer(timer);
  }
  const name = action.type as Exclude<keyof Effects, "startTimer" | "stopTimer">;
  return (effects) => effects[name]();
}

/** `xstate.after.close.closing` → `close`. */
function timerOf(id: string): LifecycleTimer {
  return id.split(".")[2] as LifecycleTimer;
}
