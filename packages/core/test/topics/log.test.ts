import fc from "fast-check";
import { expect, test } from "vitest";
import { TopicLog } from "../../src/topics/log.ts";

test("after any of the kept positions comes all that was added since, whatever was dropped", () => {
  const addition = fc.record({ size: fc.nat(20), wait: fc.nat(3000) });
  const limits = fc.record({
    size: fc.integer({ min: 1, max: 10 }),
    seconds: fc.integer({ min: 1, max: 10 }),
    bytes: fc.integer({ min: 10, max: 60 }),
  });
  fc.assert(
    fc.property(limits, fc.array(addition, { maxLength: 60 }), (given, additions) => {
      const log = new TopicLog<number>(given, "start");
      const all: { at: number; size: number }[] = [];
      let now = 0;
      for (const [at, { size, wait }] of additions.entries()) {
        now += wait;
        all.push({ at: now, size });
        log.add(`${at}`, at, size, now);
      }
      // As many of the newest as each limit alone allows.
      let kept = 0;
      let bytes = 0;
      for (const { at, size } of [...all].reverse()) {
        bytes += size;
        if (kept === given.size || bytes > given.bytes || at < now - given.seconds * 1000) break;
        kept++;
      }
      expect(log.length).toBe(kept);
      for (let at = -1; at < all.length; at++) {
        const rest = all.length - 1 - at;
        expect(log.since(at < 0 ? "start" : `${at}`, now)).toEqual(
          rest > kept ? undefined : Array.from({ length: rest }, (_, more) => at + 1 + more),
        );
      }
      expect(log.since("nowhere", now)).toBeUndefined();
      expect(log.end).toBe(all.length === 0 ? "start" : `${all.length - 1}`);
    }),
  );
});

test("what is too old is dropped when somebody asks, and the end stays", () => {
  const log = new TopicLog<string>({ size: 10, seconds: 1, bytes: 100 }, "0");
  log.add("1", "a", 1, 0);
  expect(log.since("0", 1000)).toEqual(["a"]);
  expect(log.since("0", 1001)).toBeUndefined();
  expect([log.end, log.since("1", 9999)]).toEqual(["1", []]);
});
