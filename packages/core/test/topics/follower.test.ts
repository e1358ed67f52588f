import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Followed, Follower } from "../../src/topics/follower.ts";
import { comparePositions, NOWHERE } from "../../src/topics/position.ts";

/** A follower, and what it has let through and asked. */
function follow() {
  const got: string[] = [];
  const asked: (string | undefined)[] = [];
  const follower = new Follower<string>({
    ask: (position) => asked.push(position),
    next: ({ value }) => got.push(value),
    stand: (position, isLoss) => got.push(isLoss ? `loss ${position}` : `at ${position}`),
  });
  return { follower, got, asked };
}

const message = (at: number, previous = at - 1): Followed<string> => ({
  position: `1-${at}`,
  previous: previous === 0 ? undefined : `1-${previous}`,
  value: `${at}`,
});

/** One step: a published message comes live, is lost or doubled; the broker answers a request, or fails. */
const step = fc.constantFrom("live", "lost", "doubled", "answer", "failure");

describe("every message once and in order", () => {
  test("whatever is lost or doubled on the way, as long as the broker has it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { follower, got, asked } = follow();
        const kept: Followed<string>[] = [];
        const answer = (): void => {
          if (asked.length === 0) return;
          const after = asked.shift();
          if (after === undefined) follower.receiveEnd(kept.at(-1)?.position ?? NOWHERE);
          else
            follower.receiveKept(kept.filter((one) => comparePositions(one.position, after) > 0));
        };
        follower.catchUp();
        answer();
        for (const what of steps) {
          if (what === "answer") answer();
          else if (what === "failure") {
            if (asked.splice(0).length > 0) follower.receiveFailure();
          } else {
            const next = message(kept.length + 1);
            kept.push(next);
            if (what !== "lost") follower.receive(next);
            if (what === "doubled") follower.receive(next);
          }
        }
        while (asked.length > 0) answer();
        follower.catchUp();
        answer();
        expect(got).toEqual([`at ${NOWHERE}`, ...kept.map(({ value }) => value)]);
        expect(asked).toEqual([]);
      }),
    );
  });
});

test("what comes before it is known where the topic stands waits, and is not let through twice", () => {
  const { follower, got, asked } = follow();
  follower.receive(message(5));
  follower.receive(message(6));
  expect(asked).toEqual([undefined]);
  follower.receiveEnd("1-5");
  expect(got).toEqual(["at 1-5", "6"]);
  expect(follower.end).toBe("1-6");
});

test("a loss is told once, and it goes on from there", () => {
  const { follower, got } = follow();
  follower.catchUp();
  follower.receiveEnd("1-1");
  follower.receive(message(5));
  follower.receiveLoss("1-4");
  follower.receive(message(6));
  expect(got).toEqual(["at 1-1", "loss 1-4", "5", "6"]);
});

test("what comes live and in order while it asks is no loss, though the broker has dropped it since", () => {
  const { follower, got } = follow();
  follower.catchUp();
  follower.receiveEnd("1-1");
  follower.catchUp();
  follower.receive(message(2));
  follower.receive(message(3));
  follower.receiveLoss("1-9");
  follower.receive(message(4));
  expect(got).toEqual(["at 1-1", "2", "3", "4"]);
});

test("a broker that has lost what it sent is not asked for ever", () => {
  const { follower, got, asked } = follow();
  follower.catchUp();
  follower.receiveEnd("1-1");
  asked.length = 0;
  follower.receive(message(5));
  follower.receiveKept([]);
  expect([got, asked]).toEqual([["at 1-1", "loss 1-4", "5"], ["1-1"]]);
});

test("numbers that begin anew are a new era, and older ones are of before", () => {
  const { follower, got } = follow();
  follower.catchUp();
  follower.receiveEnd("1-9");
  follower.receive({ position: "2-1", previous: undefined, value: "anew" });
  follower.receive(message(10));
  expect(got).toEqual(["at 1-9", "anew"]);
});

test("what waits is bounded: a broker that never answers costs what came before", () => {
  const { follower, got } = follow();
  follower.catchUp();
  for (let at = 2; at <= 4098; at++) follower.receive(message(at));
  follower.receive(message(4099));
  expect(got).toEqual(["loss 1-4098", "4099"]);
});
