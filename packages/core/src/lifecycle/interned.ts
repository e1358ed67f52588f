import type { Effects, LifecycleEvent, LifecycleTimer } from "./chart.ts";
import type { Role } from "./role.ts";
import { clientTable } from "./tables/client.ts";
import { serverTable } from "./tables/server.ts";
import type { LifecycleTable } from "./tables/table.ts";

export type { Effects, LifecycleTimer } from "./chart.ts";

/** An argument of {@link State.step}: an external event of the chart, or a timer that is due. */
export type EventType =
  Exclude<LifecycleEvent["type"], "frames.exchanged"> | `timer.${LifecycleTimer}`;

/** The WebSocket API's view of a state. */
export type Phase = "connecting" | "open" | "closing" | "closed";

/** The state after an event, and the effects on the way, in order. */
export interface Step {
  /** The state after the event, which may be the one before. */
  readonly state: State;
  readonly run: readonly Order[];
}

type Order = (effects: Effects) => void;

/**
 * One state of the chart, shared by every connection that is in it.
 *
 * The chart holds no data, so its transitions never change: `tools/render-tables.ts` writes them into a table
 * and a test compares it with the chart. A connection's whole lifecycle memory is one reference to this.
 */
export class State {
  /** The full name in the chart, without the regions beside the life: `alive.closing.draining`. */
  readonly path: string;
  /** The states of those regions that are not initial: `peer.gone.reading`. */
  readonly besides: readonly string[];
  readonly phase: Phase;
  /** The connection parses incoming bytes. */
  readonly readable: boolean;
  /** Open, and our close frame has not gone out: frames may still be written. */
  readonly writable: boolean;
  /** The application may send. */
  readonly sendable: boolean;
  /** A violation was found; nothing more is read. */
  readonly failed: boolean;
  /** The transport's end has come, and waits behind unread input. */
  readonly endHeld: boolean;
  /** The transport's end has come, and is next. */
  readonly endDue: boolean;
  /** The `close` timer runs for the transport's end alone. */
  readonly hastened: boolean;
  private readonly read: (state: State) => ReadonlyMap<string, Step>;
  private readonly ignored: Step;
  private steps: ReadonlyMap<string, Step> | undefined;

  /**
   * @param name the path and the states of other regions, divided by spaces
   * @param tags the chart's, divided by spaces
   * @param read returns the steps of the events that the state handles. Called once, at the first event
   */
  constructor(name: string, tags: string, read: (state: State) => ReadonlyMap<string, Step>) {
    const [path, ...besides] = name.split(" ");
    const all = new Set(tags.split(" "));
    this.path = path!;
    this.besides = besides;
    this.phase = (path === "closed" ? path : path!.split(".")[1]) as Phase;
    this.failed = all.has("failed");
    this.readable = all.has("readable") && !this.failed;
    this.writable = all.has("writable");
    this.sendable = all.has("sendable");
    this.endHeld = all.has("endHeld");
    this.endDue = all.has("endDue");
    this.hastened = all.has("hastened");
    this.read = read;
    this.ignored = { state: this, run: [] };
    this.steps = undefined;
  }

  /** Returns the step for `event`. An event that this state ignores leads to the state itself, without effects. */
  step(event: EventType): Step {
    this.steps ??= this.read(this);
    return this.steps.get(event) ?? this.ignored;
  }
}

const lifecycles: Partial<Record<Role, Step>> = {};

/** Returns the first step of `role`: its initial state with effects. The first call makes it; later calls share it. */
export function lifecycleOf(role: Role): Step {
  return (lifecycles[role] ??= {
    state: firstOf(role === "server" ? serverTable : clientTable),
    run: [],
  });
}

/** Makes the first state of a table. The others are made when they are first reached. */
function firstOf({ events, orders, states }: LifecycleTable): State {
  const made: State[] = [];
  const runs: (readonly Order[])[] = [];
  const runAt = (at: number): readonly Order[] => (runs[at] ??= ordersOf(orders[at]!));
  const stateAt = (at: number): State => {
    if (made[at] !== undefined) return made[at];
    const [name, tags, steps] = states[at]!.split("|");
    return (made[at] = new State(
      name!,
      tags!,
      () => new Map(steps === "" ? [] : steps!.split(" ").map(stepOf)),
    ));
  };
  const stepOf = (step: string): [event: string, step: Step] => {
    const [event, state, run] = step.split(/[>/]/).map(Number);
    return [events[event!]!, { state: stateAt(state!), run: runAt(run!) }];
  };
  return stateAt(0);
}

/** Turns `"stopTimer(handshake) emitOpen"` into calls. */
const ordersOf = (orders: string): readonly Order[] =>
  orders === "" ? [] : orders.split(" ").map((order) => ORDERS[order as OrderName]);

type OrderName =
  | Exclude<keyof Effects, "startTimer" | "stopTimer">
  | `${"startTimer" | "stopTimer"}(${LifecycleTimer})`;

const ORDERS: Readonly<Record<OrderName, Order>> = {
  writeHead: (effects) => {
    effects.writeHead();
  },
  emitRequest: (effects) => {
    effects.emitRequest();
  },
  emitOpen: (effects) => {
    effects.emitOpen();
  },
  emitTimeout: (effects) => {
    effects.emitTimeout();
  },
  emitRefusal: (effects) => {
    effects.emitRefusal();
  },
  writeClose: (effects) => {
    effects.writeClose();
  },
  discardInput: (effects) => {
    effects.discardInput();
  },
  endTransport: (effects) => {
    effects.endTransport();
  },
  hastenEnd: (effects) => {
    effects.hastenEnd();
  },
  prolongEnd: (effects) => {
    effects.prolongEnd();
  },
  destroyTransport: (effects) => {
    effects.destroyTransport();
  },
  emitClose: (effects) => {
    effects.emitClose();
  },
  "startTimer(handshake)": (effects) => {
    effects.startTimer("handshake");
  },
  "startTimer(close)": (effects) => {
    effects.startTimer("close");
  },
  "stopTimer(handshake)": (effects) => {
    effects.stopTimer("handshake");
  },
  "stopTimer(close)": (effects) => {
    effects.stopTimer("close");
  },
};
