import { getNextTransitions, initialTransition, transition, type SnapshotFrom } from "xstate";
import { chart, type LifecycleEvent } from "./chart.ts";
import type { Role } from "./role.ts";

type Snapshot = SnapshotFrom<typeof chart>;

/** One state of the chart, with its transitions. */
export interface Answer {
  /** The path of the life, and the other regions that are not in their initial state: `alive.open trust.failed`. */
  readonly name: string;
  readonly tags: readonly string[];
  /** The effects on the way there: `["stopTimer(handshake)", "emitOpen"]`. */
  readonly orders: readonly string[];
  /** The state after `event`; `timer.close` means that this timer is due. */
  ask(event: string): Answer;
}

/**
 * Returns the chart's initial state for `role`. `transition()` is pure but takes tens of microseconds, and loading XState
 * milliseconds, so connections use tables generated from this.
 */
export function askChart(role: Role): Answer {
  return answerOf(initialTransition(chart, { role }));
}

function answerOf([snapshot, actions]: ReturnType<typeof initialTransition<typeof chart>>): Answer {
  return {
    name: [pathOf(snapshot.value), ...besidesOf(snapshot.value)].join(" "),
    tags: [...snapshot.tags],
    orders: ordersOf(actions),
    ask: (event) =>
      answerOf(transition(chart, snapshot, { type: resolve(snapshot, event) } as LifecycleEvent)),
  };
}

/**
 * Our `timer.close` is xstate's `xstate.after.close.<owner>`: the owner is found among the state's transitions. Where there are two, the one
 * beside the life goes first.
 */
function resolve(snapshot: Snapshot, event: string): string {
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

/** The regions that are not in their initial state: `["peer.gone.reading"]`. */
function besidesOf(value: Value): string[] {
  if (typeof value === "string") return [];
  const { states } = chart.root.states["alive"]!;
  return Object.entries(regionsOf(value))
    .filter(([region, at]) => region !== "life" && at !== states[region]!.initial.target[0]?.key)
    .map(([region, at]) => `${region}.${nameOf(at)}`);
}

type Value = Snapshot["value"];
/** The state of a snapshot in one region: a state, or one within another. */
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

/** An action that {@link ordersOf} names: of the chart, or of xstate. */
interface Ordered {
  readonly type: string;
  readonly params?: unknown;
}

/** Returns the effects of actions. Two states may own one timer: it is stopped once. */
function ordersOf(actions: readonly Ordered[]): string[] {
  const orders = actions.flatMap(({ type, params }) => {
    // A state with `after` raises a delayed event when entered, and cancels it when left.
    if (type === "xstate.raise") {
      const { id, delay } = params as { readonly id?: string; readonly delay?: unknown };
      // Without a delay it is an event of the chart's own, which the chart has handled.
      return delay === undefined ? [] : [`startTimer(${timerOf(id!)})`];
    }
    return type === "xstate.cancel"
      ? [`stopTimer(${timerOf((params as { readonly sendId: string }).sendId)})`]
      : [type];
  });
  return orders.filter(
    (order, at) => !order.startsWith("stopTimer(") || orders.indexOf(order) === at,
  );
}

/** `xstate.after.close.closing` → `close`. */
const timerOf = (id: string): string => id.split(".")[2]!;
