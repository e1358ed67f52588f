import fc from "fast-check";
import { expect, test } from "vitest";
import { Presence } from "../../src/topics/presence.ts";
import { decodePresence, encodePresence } from "../../src/topics/presence-message.ts";

const INTERVAL = 1000;

/** Processes whose reports may be lost; the time is a number. */
class World {
  now = 0;
  isLossy = false;
  chance: () => boolean = () => false;
  readonly alive = new Map<string, Presence>();
  readonly gone: string[] = [];

  add(id: string): Presence {
    const presence = new Presence(INTERVAL, {
      say: (message) => {
        for (const [other, peer] of this.alive) {
          if (other === id || (this.isLossy && this.chance())) continue;
          peer.receive(id, decodePresence(encodePresence(message))!, this.now, other);
        }
      },
      gone: (origin) => this.gone.push(origin),
    });
    this.alive.set(id, presence);
    presence.start();
    return presence;
  }

  tick(times = 1): void {
    for (let time = 0; time < times; time++) {
      this.now += INTERVAL;
      for (const presence of this.alive.values()) presence.tick(this.now);
    }
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
