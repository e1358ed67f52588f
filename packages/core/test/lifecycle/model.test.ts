/**
 * Walks every way a connection's life can go, and checks on all of them what the parts rely on; and then every state, with what is beside
 * the life, that this changes nothing else.
 */
import { describe, expect, test } from "vitest";
import { actionsOf, eventsOf, lifeEventsOf, statesOf } from "../../src/lifecycle/describe.ts";
import { lifecycleOf, type EventType, type State } from "../../src/lifecycle/interned.ts";
import type { Role } from "../../src/lifecycle/role.ts";

/** A life up to some moment. */
interface Life {
  readonly states: readonly State[];
  readonly events: readonly EventType[];
  /** Everything ordered so far. */
  readonly actions: readonly string[];
  /** The timers that run now. */
  readonly timers: ReadonlySet<string>;
}

const now = (life: Life): State => life.states.at(-1)!;
const count = (life: Life, action: string): number =>
  life.actions.filter((each) => each === action).length;
const story = (life: Life): string => life.events.join(" → ");

function* lives(role: Role, life?: Life): Generator<Life> {
  if (life === undefined) {
    const first = lifecycleOf(role);
    life = { states: [first.state], events: [], actions: actionsOf(first), timers: new Set() };
  }
  yield life;
  for (const event of lifeEventsOf(role)) {
    const timer = event.startsWith("timer.") ? event.slice("timer.".length) : undefined;
    if (timer !== undefined && !life.timers.has(timer)) continue;
    const from = now(life);
    const step = from.step(event);
    const actions = actionsOf(step);
    if (step.state === from && actions.length === 0) continue;
    // A circle would be an endless life; it would also make this walk endless.
    if (life.states.includes(step.state))
      throw new Error(`${role} comes back to ${step.state.path}: ${story(life)} → ${event}`);
    const timers = new Set(life.timers);
    if (timer !== undefined) timers.delete(timer);
    for (const action of actions) {
      const [, order, name] = /^(start|stop)Timer\((\w+)\)$/.exec(action) ?? [];
      if (order === "start") timers.add(name!);
      if (order === "stop") timers.delete(name!);
    }
    yield* lives(role, {
      states: [...life.states, step.state],
      events: [...life.events, event],
      actions: [...life.actions, ...actions],
      timers,
    });
  }
}

const expected = {
  server: {
    complete: 349,
    reached: [
      "alive.closing.awaitingClose",
      "alive.closing.draining",
      "alive.closing.ending",
      "alive.closing.hangingUp",
      "alive.closing.replying",
      "alive.connecting.awaitingRequest",
      "alive.connecting.completing",
      "alive.connecting.deciding",
      "alive.connecting.starting",
      "alive.open",
      "closed",
    ],
  },
  client: {
    complete: 117,
    reached: [
      "alive.closing.awaitingClose",
      "alive.closing.draining",
      "alive.closing.ending",
      "alive.closing.lingering",
      "alive.closing.replying",
      "alive.connecting.awaitingBody",
      "alive.connecting.awaitingResponse",
      "alive.connecting.starting",
      "alive.open",
      "closed",
    ],
  },
} as const satisfies Record<Role, object>;

describe.each(["server", "client"] as const)("every life of a %s", (role) => {
  const all = [...lives(role)];
  const complete = all.filter((life) => now(life).path === "closed");
  /** The lives that do not satisfy `law`, each as a list of its events. */
  const against = (law: (life: Life) => boolean, among = all): string[] =>
    among.filter((life) => !law(life)).map(story);

  test(`there are ${expected[role].complete} that end, over ${expected[role].reached.length} states, and all states are reached`, () => {
    expect([...new Set(all.map((life) => now(life).path))].sort()).toEqual(expected[role].reached);
    expect(complete).toHaveLength(expected[role].complete);
  });

  test("the close is emitted once, and is the last thing done", () => {
    expect(
      against(
        (life) => count(life, "emitClose") === 1 && life.actions.at(-1) === "emitClose",
        complete,
      ),
    ).toEqual([]);
    expect(
      against((life) => now(life).path === "closed" || count(life, "emitClose") === 0),
    ).toEqual([]);
  });

  test.each([
    "emitRequest",
    "emitOpen",
    "emitTimeout",
    "emitRefusal",
    "writeClose",
    "discardInput",
    "endTransport",
    "hastenEnd",
    "destroyTransport",
  ])("%s happens at most once", (action) => {
    expect(against((life) => count(life, action) <= 1)).toEqual([]);
  });

  test("one head is written; behind a server's that begins draft 76, its proof", () => {
    const most = (life: Life): number => (life.events.includes("handshake.begun") ? 2 : 1);
    expect(against((life) => count(life, "writeHead") <= most(life))).toEqual([]);
  });

  test("what belongs to the other role never happens", () => {
    const foreign = role === "server" ? "emitRefusal" : "emitRequest";
    expect(against((life) => count(life, foreign) === 0)).toEqual([]);
  });

  test("the server ends the transport first: a client only follows (RFC 6455 §7.1.1), but for a violation (§7.1.7)", () => {
    const follows = (life: Life): boolean =>
      count(life, "endTransport") === 0 ||
      life.events.includes("violation") ||
      life.events.at(-1) === "transport.ended";
    expect(against(follows).length === 0).toBe(role === "client");
  });

  test("the peer's end has less time than its close frame, exactly once both close frames have gone", () => {
    const exchanged = (life: Life): boolean =>
      life.events.includes("close.received") &&
      count(life, "writeClose") === 1 &&
      !life.events.includes("violation");
    // Draft 75 has no close frames: all that was queued is what it has in their place.
    const said = (life: Life): boolean =>
      life.events.includes("hangup.requested") && life.events.includes("output.drained");
    expect(
      against((life) => (count(life, "hastenEnd") === 1) === (exchanged(life) || said(life))),
    ).toEqual([]);
  });

  /** Whether draft 75 has said all it had to say, or given that up. */
  const hungUp = (life: Life): boolean =>
    life.events.includes("hangup.requested") && life.events.at(-1) !== "hangup.requested";

  test("no timer outlives the connection", () => {
    expect(against((life) => life.timers.size === 0, complete)).toEqual([]);
  });

  test("a timer does something exactly where it runs: one that fires late is harmless", () => {
    const acts = (state: State, timer: "handshake" | "close"): boolean =>
      state.step(`timer.${timer}`).state !== state;
    expect(
      against((life) =>
        (["handshake", "close"] as const).every(
          (timer) => life.timers.has(timer) === acts(now(life), timer),
        ),
      ),
    ).toEqual([]);
  });

  test("the close timer runs in every state of closing, and only there", () => {
    expect(against((life) => life.timers.has("close") === (now(life).phase === "closing"))).toEqual(
      [],
    );
  });

  test("the handshake timer runs exactly while the peer has to speak", () => {
    const waiting = /awaiting(Request|Response|Body)$|completing$/;
    expect(
      against((life) => life.timers.has("handshake") === waiting.test(now(life).path)),
    ).toEqual([]);
  });

  test("writable is: opened, not closed, and our close frame not sent", () => {
    expect(
      against(
        (life) =>
          now(life).writable ===
          (count(life, "emitOpen") === 1 &&
            count(life, "writeClose") === 0 &&
            !hungUp(life) &&
            now(life).path !== "closed"),
      ),
    ).toEqual([]);
  });

  test("sendable is writable, and neither side has begun to close", () => {
    expect(
      against(
        (life) =>
          now(life).sendable ===
          (now(life).writable &&
            !life.events.includes("close.requested") &&
            !life.events.includes("hangup.requested") &&
            !life.events.includes("close.received")),
      ),
    ).toEqual([]);
    expect(against((life) => !(now(life).sendable && count(life, "writeClose") > 0))).toEqual([]);
  });

  test("nothing is read once input is discarded or the connection closed", () => {
    expect(
      against(
        (life) =>
          !now(life).readable || (count(life, "discardInput") === 0 && now(life).path !== "closed"),
      ),
    ).toEqual([]);
  });

  test("nothing is written after our side of the transport has ended", () => {
    const after = (life: Life): readonly string[] =>
      life.actions.slice(
        Math.min(
          ...["endTransport", "destroyTransport"]
            .map((action) => life.actions.indexOf(action))
            .filter((at) => at >= 0),
        ) + 1,
      );
    const ended = all.filter(
      (life) => count(life, "endTransport") + count(life, "destroyTransport") > 0,
    );
    expect(
      against((life) => after(life).every((action) => !action.startsWith("write")), ended),
    ).toEqual([]);
  });

  test("a lost transport closes from anywhere, without touching it", () => {
    for (const state of statesOf(role)) {
      const step = state.step("transport.lost");
      expect(step.state.path, state.path).toBe("closed");
      expect(
        actionsOf(step).filter((action) => /Transport$|^write/.test(action)),
        state.path,
      ).toEqual([]);
    }
  });

  test("closed takes no notice of anything", () => {
    const closed = now(complete[0]!);
    const anything = new Set([...eventsOf("server"), ...eventsOf("client")]);
    for (const event of anything)
      expect(closed.step(event), event).toEqual({ state: closed, run: [] });
  });
});

describe.each(["server", "client"] as const)("beside the life of a %s", (role) => {
  const states = statesOf(role);
  const alive = states.filter(({ path }) => path !== "closed");
  const has = (state: State, beside: string): boolean =>
    state.besides.some((each) => each.startsWith(beside));
  /** The state of the same life with as little beside it as there can be: the first that a walk comes to. */
  const plain = (state: State): State => states.find(({ path }) => path === state.path)!;
  const name = ({ path, besides }: State): string => [path, ...besides].join(" ");

  test("whatever stands there, the life goes on as it would", () => {
    for (const state of alive) {
      for (const event of lifeEventsOf(role)) {
        if (event === "timer.close") continue;
        const [step, usual] = [state.step(event), plain(state).step(event)];
        const where = `${name(state)}: ${event}`;
        const toEnding =
          has(state, "carrier.stream") &&
          /lingering$/.test(usual.state.path) &&
          state.path !== usual.state.path;
        expect(step.state.path, where).toBe(toEnding ? "alive.closing.ending" : usual.state.path);
        const orders = actionsOf(step).filter((each) => each !== "stopTimer(close)");
        const usually = actionsOf(usual).filter((each) => each !== "stopTimer(close)");
        expect(orders, where).toEqual(toEnding ? [...usually, "endTransport"] : usually);
      }
    }
  });

  test("the close timer acts while closing, and while a lost transport's input is read; that transport is not touched", () => {
    for (const state of alive) {
      const step = state.step("timer.close");
      const isGone = has(state, "peer.gone");
      const runs = isGone || state.phase === "closing";
      expect(step.state.path, name(state)).toBe(runs ? "closed" : state.path);
      expect(actionsOf(step).includes("destroyTransport"), name(state)).toBe(runs && !isGone);
    }
  });

  test("what the machine notes orders nothing, and the life takes no notice", () => {
    for (const state of states) {
      for (const event of [
        "connection.failed",
        "stream.begun",
        "end.held",
        "end.reached",
      ] as const) {
        const step = state.step(event);
        expect([step.state.path, step.run], `${name(state)}: ${event}`).toEqual([state.path, []]);
      }
    }
  });

  test("once it has failed it has failed, and nothing is read", () => {
    for (const state of alive.filter(({ failed }) => failed)) {
      expect(state.readable, name(state)).toBe(false);
      for (const event of eventsOf(role)) {
        const next = state.step(event).state;
        expect(next.failed || next.path === "closed", `${name(state)}: ${event}`).toBe(true);
      }
    }
    expect(alive.filter(({ failed }) => failed)).not.toEqual([]);
  });

  test("an end that is due closes, or waits for our answer to the peer's close frame", () => {
    for (const state of alive.filter(({ endDue }) => endDue)) {
      const next = state.step("transport.ended").state;
      if (/replying$/.test(state.path)) expect(next, name(state)).toBe(state);
      else expect(next.path, name(state)).toBe("closed");
    }
  });

  test("an end that waits has its turn, also when the transport is gone meanwhile", () => {
    for (const state of alive.filter(({ endHeld }) => endHeld)) {
      expect(state.endDue, name(state)).toBe(false);
      expect(state.step("end.reached").state.endDue, name(state)).toBe(true);
      expect(state.step("transport.gone").state.endHeld, name(state)).toBe(true);
    }
  });

  test("the time for the transport's end is prolonged once, behind both close frames", () => {
    for (const state of alive.filter(({ hastened }) => hastened)) {
      expect(state.path).toMatch(/ending$|lingering$/);
      const step = state.step("output.waiting");
      expect([actionsOf(step), step.state.hastened]).toEqual([["prolongEnd"], false]);
      expect(step.state.step("output.waiting").run).toEqual([]);
    }
    expect(alive.filter(({ hastened }) => hastened)).not.toEqual([]);
  });
});
