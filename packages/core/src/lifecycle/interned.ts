import { getNextTransitions, initialTransition, transition, type SnapshotFrom } from "xstate";
import { chart, type Effects, type LifecycleEvent, type LifecycleTimer } from "./chart.ts";
import type { Role } from "./role.ts";

export type { Effects, LifecycleTimer } from "./chart.ts";

type Snapshot = SnapshotFrom<typeof chart>;

/** What {@link State.step} takes: an event of the chart but its own, or one of its timers being due. */
export type EventType =
  Exclude<LifecycleEvent["type"], "frames.exchanged"> | `timer.${LifecycleTimer}`;

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
  /** The full name in the chart, without the regions beside the life: `alive.closing.draining`. */
  readonly path: string;
  /** What has become of those regions, where they are not as they began: `peer.gone.reading`. */
  readonly besides: readonly string[];
  readonly phase: Phase;
  /** Bytes that arrive are parsed. */
  readonly readable: boolean;
  /** Open, and our close frame has not gone out: frames may still be written. */
  readonly writable: boolean;
  /** The application may send. */
  readonly sendable: boolean;
  /** A violation was found; nothing more is read. */
  readonly failed: boolean;
  /** The transport's end has come, and waits behind what is not read yet. */
  readonly endHeld: boolean;
  /** The transport's end has come, and it is its turn. */
  readonly endDue: boolean;
  /** The `close` timer runs for the transport's end alone. */
  readonly hastened: boolean;
  private readonly compute: (event: EventType) => Step;
  private readonly steps = new Map<EventType, Step>();

  constructor(
    path: string,
    tags: ReadonlySet<string>,
    compute: (event: EventType) => Step,
    besides: readonly string[] = [],
  ) {
    this.path = path;
    this.besides = besides;
    this.phase = (path === "closed" ? path : path.split(".")[1]) as Phase;
    this.failed = tags.has("failed");
    this.readable = tags.has("readable") && !this.failed;
    this.writable = tags.has("writable");
    this.sendable = tags.has("sendable");
    this.endHeld = tags.has("endHeld");
    this.endDue = tags.has("endDue");
    this.hastened = tags.has("hastened");
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
  const first = beginnings();
  const toStep = ([snapshot, actions]: ReturnType<
    typeof initialTransition<typeof chart>
  >): Step => ({ state: intern(snapshot), run: effectsOf(actions) });
  const intern = (snapshot: Snapshot): State => {
    const path = pathOf(snapshot.value);
    const besides = besidesOf(snapshot.value, first);
    const key = [path, ...besides].join(" ");
    let state = states.get(key);
    if (state === undefined) {
      const compute = (event: EventType): Step =>
        toStep(transition(chart, snapshot, { type: resolve(snapshot, event) } as LifecycleEvent));
      state = new State(path, snapshot.tags, compute, besides);
      states.set(key, state);
    }
    return state;
  };
  return toStep(initialTransition(chart, { role }));
}

/**
 * Our `timer.close` is xstate's `xstate.after.close.<owner>`: the owner is found among the state's transitions. Where there are two, the one
 * beside the life goes first.
 */
function resolve(snapshot: Snapshot, event: EventType): string {
  if (!event.startsWith("timer.")) return event;
  const prefix = `xstate.after.${event.slice("timer.".length)}.`;
  const due = getNextTransitions(snapshot)
    .map(({ eventType }) => eventType)
    .filter((type) => type.startsWith(prefix));
  return due.find((type) => !type.startsWith(`${prefix}connection.alive.life.`)) ?? due[0] ?? event;
}

/** `{ alive: { life: { closing: "draining" }, … } }` → `alive.closing.draining`. */
function pathOf(value: Value): string {
  return typeof value === "string" ? value : `alive.${nameOf(regionsOf(value)["life"]!)}`;
}

/** The regions that are not as they began: `["peer.gone.reading"]`. */
function besidesOf(value: Value, first: Beginnings): string[] {
  if (typeof value === "string") return [];
  return Object.entries(regionsOf(value))
    .filter(([region, at]) => region !== "life" && at !== first[region])
    .map(([region, at]) => `${region}.${nameOf(at)}`);
}

type Value = Snapshot["value"];
/** Where in a region a snapshot is: a state, or one within another. */
type Place = string | { readonly [state: string]: Place | undefined };

const regionsOf = (value: Exclude<Value, string>): Readonly<Record<string, Place>> =>
  value.alive as Readonly<Record<string, Place>>;

/** `{ closing: "draining" }` → `closing.draining`. */
const nameOf = (place: Place): string =>
  typeof place === "string"
    ? place
    : Object.entries(place)
        .map(([state, within]) => `${state}.${nameOf(within!)}`)
        .join("");

type Beginnings = Readonly<Record<string, string | undefined>>;

/** How the regions begin. */
const beginnings = (): Beginnings =>
  Object.fromEntries(
    Object.entries(chart.root.states["alive"]!.states).map(([region, { initial }]) => [
      region,
      initial.target[0]?.key,
    ]),
  );

/** What {@link effectsOf} binds: an action of the chart, or of xstate. */
interface Ordered {
  readonly type: string;
  readonly params?: unknown;
}

/**
 * Binds the actions of a step to the effects they name, once, so that running them later is plain calls. Two states may own one timer: it is
 * stopped once.
 */
function effectsOf(actions: readonly Ordered[]): readonly ((effects: Effects) => void)[] {
  const stopped = new Set<LifecycleTimer>();
  return actions.flatMap(({ type, params }) => {
    // A state with `after` raises a delayed event when entered, and cancels it when left.
    if (type === "xstate.raise") {
      const { id, delay } = params as { readonly id?: string; readonly delay?: unknown };
      if (delay === undefined) return []; // an event of the chart's own, which has been taken
      const timer = timerOf(id!);
      return (effects: Effects) => {
        effects.startTimer(timer);
      };
    }
    if (type === "xstate.cancel") {
      const timer = timerOf((params as { readonly sendId: string }).sendId);
      if (stopped.has(timer)) return [];
      stopped.add(timer);
      return (effects: Effects) => {
        effects.stopTimer(timer);
      };
    }
    const name = type as Exclude<keyof Effects, "startTimer" | "stopTimer">;
    return (effects: Effects) => {
      effects[name]();
    };
  });
}

/** `xstate.after.close.closing` → `close`. */
function timerOf(id: string): LifecycleTimer {
  return id.split(".")[2] as LifecycleTimer;
}
