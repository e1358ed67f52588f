import { describe, expect, test } from "vitest";
import { Keepalive } from "../../src/connection/keepalive.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { Recorder } from "../../src/testing/recorder.ts";

/** The parts of a connection that its keepalive reads. */
interface World {
  paused: boolean;
  made: number;
  left: number;
  now: number;
  longest: number;
}

/** A keepalive, and what it does, in words. */
function made(
  timeout = 20,
  given: Partial<World> = {},
): {
  world: World;
  keepalive: Keepalive;
  story: () => string[];
} {
  const recorder = new Recorder();
  const world = Object.assign(given, {
    paused: false,
    made: 0,
    left: 0,
    now: 0,
    longest: 0,
    ...given,
  });
  const told: string[] = [];
  const flush = (): void => {
    told.push(...recorder.take().map((action) => action.join(" ")));
  };
  const keepalive = new Keepalive(
    {
      actions: recorder,
      get paused() {
        return world.paused;
      },
      platform: { now: () => world.now },
      pipeline: world,
      roundTrips: world,
      ping: (bytes) => {
        flush();
        told.push(`ping ${Buffer.from(bytes).toString()}`);
      },
      fail: ({ code, message }) => {
        flush();
        told.push(`${code}: ${message}`);
      },
      dispatch: (event) => {
        told.push(event);
      },
    },
    50,
    timeout,
  );
  return {
    world,
    keepalive,
    story: () => {
      flush();
      return told.splice(0);
    },
  };
}

test("starts with an interval, pings at its end, and counts up", () => {
  const { keepalive, story } = made();
  expect(story()).toEqual(["setTimer ping 50"]);
  keepalive.due();
  expect(story()).toEqual(["setTimer pong 20", "setTimer ping 50", "ping 1"]);
  for (let i = 0; i < 9; i++) keepalive.due();
  expect(story().at(-1)).toBe("ping 10");
});

test("the deadline counts from the first ping that is not answered", () => {
  const { keepalive, story } = made();
  keepalive.due();
  keepalive.due();
  expect(story().filter((line) => line.startsWith("setTimer pong"))).toHaveLength(1);
});

test("the deadline passed", () => {
  const { keepalive, story } = made();
  keepalive.due();
  story();
  keepalive.overdue();
  expect(story()).toEqual(["pong-timeout: No pong came within 20 ms of a ping", "pong.overdue"]);
});

const answers: [pings: number, answer: string, counts: boolean][] = [
  [1, "1", true],
  [3, "3", true],
  [3, "1", true],
  [12, "12", true],
  [1, "2", false],
  [1, "0", false],
  [1, "", false],
  [1, "1x", false],
  [1, "-1", false],
  [1, "1".repeat(125), false],
  [0, "1", false],
  [0, "0", false],
];
test.each(answers)("after %d pings, the answer %j counts: %s", (pings, answer, counts) => {
  const { keepalive, story } = made();
  const bytes = utf8(`<${answer}>`);
  for (let i = 0; i < pings; i++) keepalive.due();
  story();
  keepalive.answered(bytes, 1, bytes.length - 1);
  expect(story()).toEqual(counts ? ["clearTimer pong"] : []);
  keepalive.overdue();
  expect(story().length > 0).toBe(!counts && pings > 0);
});

test("an old ping's answer does not count for a new one", () => {
  const { keepalive, story } = made();
  keepalive.due();
  keepalive.answered(utf8("1"), 0, 1);
  keepalive.due();
  story();
  keepalive.answered(utf8("1"), 0, 1);
  expect(story()).toEqual([]);
  keepalive.answered(utf8("2"), 0, 1);
  expect(story()).toEqual(["clearTimer pong"]);
});

test("a timeout of 0 waits for ever", () => {
  const { keepalive, story } = made(0);
  keepalive.due();
  keepalive.answered(utf8("1"), 0, 1);
  keepalive.due();
  keepalive.stop();
  expect(story().join()).not.toContain("pong");
});

test.each([
  [0, ["clearTimer ping"]],
  [1, ["clearTimer ping", "clearTimer pong"]],
])("stop() after %d pings clears what runs", (pings, expected) => {
  const { keepalive, story } = made();
  for (let i = 0; i < pings; i++) keepalive.due();
  story();
  expect(keepalive.stop()).toBeUndefined();
  expect(story()).toEqual(expected);
  keepalive.overdue();
  expect(story()).toEqual([]);
});

test("whatever arrives shows that the peer lives, and begins the time of the pong anew", () => {
  const { keepalive, story } = made();
  keepalive.due();
  keepalive.heard();
  story();
  keepalive.overdue();
  expect(story()).toEqual(["setTimer pong 20"]);
  keepalive.overdue();
  expect(story()).toEqual(["pong-timeout: No pong came within 20 ms of a ping", "pong.overdue"]);
});

test("a time longer than the interval is measured in slices no longer than it: silence is noticed within both", () => {
  const { keepalive, story } = made(120);
  keepalive.due();
  expect(story()).toContain("setTimer pong 40");
  keepalive.overdue();
  keepalive.heard();
  keepalive.overdue(); // the third slice may begin the three anew
  for (let slice = 0; slice < 2; slice++) {
    story();
    keepalive.overdue();
    expect(story()).toEqual(["setTimer pong 40"]);
  }
  keepalive.overdue();
  expect(story().at(-1)).toBe("pong.overdue");
});

describe("while nothing is read, no pong can come, and none is missed", () => {
  const FAILED = ["pong-timeout: No pong came within 20 ms of a ping", "pong.overdue"];
  const AGAIN = ["setTimer pong 20"];

  test("for as long as that lasts, and then for the time a pong may take", () => {
    const reading = { paused: false };
    const { keepalive, story } = made(20, reading);
    keepalive.due();
    reading.paused = true;
    keepalive.excuse();
    story();
    for (let again = 0; again < 3; again++) {
      keepalive.overdue();
      expect(story()).toEqual(AGAIN);
    }
    reading.paused = false;
    keepalive.overdue();
    expect(story()).toEqual(AGAIN);
    keepalive.overdue();
    expect(story()).toEqual(FAILED);
  });

  test("a pause that is over when the time is up counts too", () => {
    const { keepalive, story } = made();
    keepalive.due();
    keepalive.excuse();
    story();
    keepalive.overdue();
    keepalive.overdue();
    expect(story()).toEqual([...AGAIN, ...FAILED]);
  });

  test("so does one that had begun before the ping", () => {
    const reading = { paused: true };
    const { keepalive, story } = made(20, reading);
    keepalive.excuse();
    keepalive.due();
    reading.paused = false;
    story();
    keepalive.overdue();
    keepalive.overdue();
    expect(story()).toEqual([...AGAIN, ...FAILED]);
  });

  test("but not one that was over before", () => {
    const { keepalive, story } = made();
    keepalive.due();
    keepalive.excuse();
    keepalive.answered(utf8("1"), 0, 1);
    keepalive.due();
    story();
    keepalive.overdue();
    expect(story()).toEqual(FAILED);
  });
});

describe("a ping behind much output that waits", () => {
  const MUCH = 12_582_912; // three times what the system may hold
  const FAILED = ["pong-timeout: No pong came within 20 ms of a ping", "pong.overdue"];

  test("the peer has its time as long as it takes of it, and no longer", () => {
    const { world, keepalive, story } = made(20, { made: MUCH });
    keepalive.due();
    story();
    for (let again = 0; again < 3; again++) {
      world.left += 1;
      keepalive.moved();
      keepalive.overdue();
      expect(story()).toEqual(["setTimer pong 20"]);
    }
    keepalive.overdue();
    expect(story()).toEqual(FAILED);
  });

  test("its time begins when it has left, and what the system holds takes as long as the peer's pace tells", () => {
    const { world, keepalive, story } = made(20, { made: MUCH });
    keepalive.due();
    story();
    world.now = 40;
    world.left = MUCH - 1;
    keepalive.moved();
    expect(story()).toEqual([]);
    world.left = MUCH;
    keepalive.moved();
    expect(story()).toEqual(["setTimer pong 40"]); // 20 + 20, in one slice: 8 MiB went in 40 ms, 4 MiB will in 20
    keepalive.moved();
    expect(story()).toEqual([]);
  });

  test.each([
    [0, "setTimer pong 20"],
    [1, "setTimer pong 28"],
    [3, "setTimer pong 44"],
  ])("of less than it holds the pace is not known: %d ms count eight times", (took, expected) => {
    const { world, keepalive, story } = made(20, { made: 100_000 });
    keepalive.due();
    world.now = took;
    world.left = 100_000;
    story();
    keepalive.moved();
    expect(story()).toEqual([expected]);
  });

  test("but never more than four times what was asked", () => {
    const { world, keepalive, story } = made(20, { made: MUCH });
    keepalive.due();
    story();
    world.now = 10_000;
    world.left = MUCH;
    keepalive.moved();
    expect(story()).toEqual(["setTimer pong 40"]); // 80 in two slices
    keepalive.overdue();
    keepalive.overdue();
    expect(story()).toContain("pong-timeout: No pong came within 80 ms of a ping");
  });

  test("output that leaves behind it shows the same, but a little that leaves at once does not", () => {
    const { world, keepalive, story } = made();
    keepalive.due();
    Object.assign(world, { made: 100, left: 0 });
    story();
    world.left = 50;
    keepalive.overdue();
    expect(story()).toEqual(FAILED);
    const other = made();
    other.keepalive.due();
    other.keepalive.heard();
    Object.assign(other.world, { made: MUCH, left: 0 });
    other.keepalive.overdue();
    other.story();
    other.world.left = 50;
    other.keepalive.overdue();
    expect(other.story()).toEqual(["setTimer pong 20"]);
  });

  test("without a deadline there is none when it has left", () => {
    const { world, keepalive, story } = made(0, { made: MUCH });
    keepalive.due();
    world.left = MUCH;
    keepalive.moved();
    expect(story().join()).not.toContain("pong");
  });
});

test.each([
  [10, 20],
  [35, 35],
  [1000, 80],
])("where pongs take up to %d ms, one of 20 may take %d", (longest, expected) => {
  const { keepalive, story } = made(20, { longest });
  keepalive.due();
  const slices = Math.ceil(expected / 50);
  expect(story()).toContain(`setTimer pong ${expected / slices}`);
});
