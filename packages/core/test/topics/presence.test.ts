import fc from "fast-check";
import { expect, test } from "vitest";
import { Presence } from "../../src/topics/presence.ts";
import { decodePresence, encodePresence } from "../../src/topics/presence-message.ts";

/** Processes whose reports may be lost; the time is a number of intervals. */
class World {
  isLossy = false;
  chance: () => boolean = () => false;
  readonly alive = new Map<string, Presence>();
  /** The reports that wait for a process that stands still. */
  readonly standing = new Map<string, (() => void)[]>();
  readonly gone: string[] = [];

  add(id: string): Presence {
    const presence = new Presence({
      say: (message) => {
        for (const [other, peer] of this.alive) {
          if (other === id || (this.isLossy && this.chance())) continue;
          const text = encodePresence(message);
          const receive = (): void => peer.receive(id, decodePresence(text)!, other);
          const waiting = this.standing.get(other);
          if (waiting === undefined) receive();
          else waiting.push(receive);
        }
      },
      gone: (origin) => this.gone.push(origin),
    });
    this.alive.set(id, presence);
    presence.start();
    return presence;
  }

  tick(times = 1): void {
    for (let time = 0; time < times; time++)
      for (const [id, presence] of this.alive) if (!this.standing.has(id)) presence.tick();
  }

  /** A process goes on. Its timer is long due, and fires before it reads what waits: so runtimes order the two. */
  goOn(id: string): void {
    const waiting = this.standing.get(id)!;
    this.standing.delete(id);
    this.alive.get(id)!.tick();
    for (const receive of waiting) receive();
  }
}

test("counts are right within an interval, after a process has left, and after one was killed within four", () => {
  const world = new World();
  const [a, b, c] = ["a", "b", "c"].map((id) => world.add(id)) as [Presence, Presence, Presence];
  world.tick(2);
  a.set("room", 2);
  b.set("room", 3);
  c.set("hall", 1);
  expect(a.count("room")).toBe(2);
  world.tick();
  for (const one of [a, b, c])
    expect([one.count("room"), one.count("hall"), one.processes]).toEqual([5, 1, 2]);
  world.alive.delete("b"); // killed
  world.tick(4);
  for (const one of [a, c]) expect(one.count("room")).toBe(2);
  expect(world.gone).toEqual(["b", "b"]);
  world.alive.delete("c");
  c.stop();
  expect(a.count("hall")).toBe(0);
});

test("a process that comes later hears of all", () => {
  const world = new World();
  world.add("a").set("room", 7);
  world.tick(5);
  const late = world.add("late");
  world.tick();
  expect(late.count("room")).toBe(7);
});

test("whatever reports are lost, two intervals without loss set it right", () => {
  const change = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("r", "s"), fc.nat(3));
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
      (changes, losses) => {
        const world = new World();
        let at = 0;
        world.isLossy = true;
        world.chance = () => losses[at++ % losses.length]!;
        for (const id of ["a", "b", "c"]) world.add(id);
        const truth = new Map<string, number>();
        for (const [id, topic, count] of changes) {
          world.alive.get(id)!.set(topic, count);
          truth.set(id + topic, count);
          if (count === 2) world.tick();
        }
        world.isLossy = false;
        world.tick(3);
        for (const presence of world.alive.values()) {
          for (const topic of ["r", "s"]) {
            expect(presence.count(topic)).toBe(
              ["a", "b", "c"].reduce((sum, id) => sum + (truth.get(id + topic) ?? 0), 0),
            );
          }
        }
      },
    ),
  );
});

test("a process that stood still takes nobody for dead, and is counted again with its first report", () => {
  const world = new World();
  const [a, b, c] = ["a", "b", "c"].map((id) => world.add(id)) as [Presence, Presence, Presence];
  for (const [at, one] of [a, b, c].entries()) one.set("room", 1 + at);
  world.tick(2);
  world.standing.set("a", []);
  world.tick(20);
  expect([b.count("room"), c.count("room")]).toEqual([5, 5]); // for those, it is gone
  world.goOn("a");
  for (const one of [a, b, c]) expect([one.count("room"), one.processes]).toEqual([6, 2]);
  world.tick(1);
  for (const one of [a, b, c]) expect(one.count("room")).toBe(6);
  expect(world.gone).toEqual(["a", "a"]);
});

test("one that comes back after very long is counted an interval later, and one that left not again", () => {
  const world = new World();
  const [a, b] = ["a", "b"].map((id) => world.add(id)) as [Presence, Presence];
  a.set("room", 1);
  b.set("room", 2);
  world.tick(2);
  world.standing.set("a", []);
  world.tick(100);
  world.standing.set("a", []); // even what waited is lost
  world.goOn("a");
  expect(b.count("room")).toBe(2);
  world.tick();
  expect([a.count("room"), b.count("room")]).toEqual([3, 3]);
  world.standing.set("a", []);
  world.tick(5);
  expect(b.count("room")).toBe(2);
  a.stop();
  expect(b.count("room")).toBe(2);
});

test("whenever each reports and one is killed, the others count right four intervals later, and never less than they should", () => {
  const INTERVAL = 1000;
  const phase = fc.integer({ min: 0, max: INTERVAL - 1 });
  fc.assert(
    fc.property(fc.array(phase, { minLength: 3, maxLength: 5 }), phase, (phases, part) => {
      const world = new World();
      const ids = phases.map((_, at) => `p${at}`);
      for (const id of ids) world.add(id).set("room", 1);
      const killedAt = 5 * INTERVAL + part;
      const live = (from: number, to: number): void => {
        for (let now = from; now < to; now++)
          for (const [at, id] of ids.entries())
            if (now % INTERVAL === phases[at]) world.alive.get(id)?.tick();
      };
      const counts = () => [...world.alive.values()].map((one) => one.count("room"));
      live(0, killedAt);
      world.alive.delete("p0");
      const living = ids.length - 1;
      live(killedAt, killedAt + 2 * INTERVAL);
      for (const count of counts()) expect(count).toBe(ids.length);
      live(killedAt + 2 * INTERVAL, killedAt + 4 * INTERVAL);
      for (const count of counts()) expect(count).toBe(living);
      expect(world.gone.length).toBe(living);
    }),
    { numRuns: 50 },
  );
});
