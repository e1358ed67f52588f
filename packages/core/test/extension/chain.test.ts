/** Messages through several extensions: in order, at once or later, until one fails or the connection closes. */
import { describe, expect, test } from "vitest";
import { Chain, type Direction } from "../../src/extension/chain.ts";
import type {
  Done,
  ExtensionFailure,
  ExtensionMessage,
  ExtensionSession,
} from "../../src/extension/extension.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { FakeExtension } from "./fake-extension.ts";

const message = (text: string, rsv = 0): ExtensionMessage => ({
  opcode: 1,
  rsv,
  data: utf8(text),
  compress: true,
});
const FAILURE: ExtensionFailure = { code: "extension-failed", message: "no" };

function chainOf(...extensions: FakeExtension[]): {
  chain: Chain;
  pass(direction: Direction, text: string, rsv?: number): void;
  told: string[];
} {
  const chain = new Chain(
    extensions.map((extension) => extension.session()),
    extensions.reduce((all, { rsv }) => all | rsv, 0),
  );
  const told: string[] = [];
  return {
    chain,
    told,
    pass(direction, text, rsv) {
      chain.pass(direction, message(text, rsv), ({ data, rsv: left }, failure) => {
        told.push(
          failure === undefined
            ? `${direction} ${new TextDecoder().decode(data)} ${left}`
            : `${direction} ${failure.code}`,
        );
      });
    },
  };
}

const speeds: [name: string, slow: boolean[]][] = [
  ["all at once", [false, false, false]],
  ["all later", [true, true, true]],
  ["the middle later", [false, true, false]],
  ["the ends later", [true, false, true]],
];
describe.each(speeds)("%s", (_, [a, b, c]) => {
  const make = (): FakeExtension[] => [
    new FakeExtension("a", { rsv: 4, slow: a! }),
    new FakeExtension("b", { rsv: 2, slow: b! }),
    new FakeExtension("c", { rsv: 1, slow: c! }),
  ];
  const finish = (extensions: readonly FakeExtension[]): void => {
    for (const { underWay } of [...extensions, ...extensions, ...extensions])
      underWay.shift()?.go();
  };

  test("outgoing in order, incoming in reverse", () => {
    const extensions = make();
    const { pass, told } = chainOf(...extensions);
    pass("outgoing", "x");
    finish(extensions);
    pass("incoming", "xabc", 7);
    finish(extensions);
    expect(told).toEqual(["outgoing xabc 7", "incoming x 0"]);
  });

  test("a failure in the middle ends there, and is told once", () => {
    const extensions = make();
    const { pass, told } = chainOf(...extensions);
    const [, middle, last] = extensions;
    middle!.failure = FAILURE;
    pass("outgoing", "x");
    extensions[0]!.underWay.shift()?.go();
    middle!.underWay.shift()?.go(FAILURE);
    expect(told).toEqual(["outgoing extension-failed"]);
    expect(last!.underWay).toEqual([]);
  });

  test("closed meanwhile: nothing is told, and each session is closed once, when it has nothing", () => {
    const extensions = make();
    const { pass, told, chain } = chainOf(...extensions);
    pass("outgoing", "x");
    pass("incoming", "y", 0);
    const before = told.length;
    chain.close();
    chain.close();
    finish(extensions);
    expect(told.length).toBe(before);
    expect(extensions.map(({ closed, closedEarly }) => [closed, closedEarly])).toEqual([
      [1, false],
      [1, false],
      [1, false],
    ]);
  });
});

test("directions do not wait for each other, nor does a failure of one end the other", () => {
  const slow = new FakeExtension("s", { slow: true });
  const { pass, told } = chainOf(slow);
  pass("outgoing", "out");
  pass("incoming", "ins", 4);
  const [out, incoming] = slow.underWay;
  incoming!.go(FAILURE);
  out!.go();
  expect(told).toEqual(["incoming extension-failed", "outgoing outs 4"]);
});

test("one that is closed while another direction is under way waits for it", () => {
  const slow = new FakeExtension("s", { slow: true });
  const { pass, chain } = chainOf(slow);
  pass("outgoing", "out");
  pass("incoming", "in");
  chain.close();
  slow.go();
  expect(slow.closed).toBe(0);
  slow.go();
  expect(slow.closed).toBe(1);
});

describe("a session that tells its outcome twice", () => {
  const twice: [
    name: string,
    incoming: (message: ExtensionMessage, done: Done) => void,
    expected: string[],
  ][] = [
    [
      "at once",
      (_, done) => {
        done(undefined);
        done(FAILURE);
      },
      ["told undefined"],
    ],
    [
      "at once and later",
      (_, done) => {
        done(FAILURE);
        later.push(() => {
          done(undefined);
        });
      },
      ["told extension-failed"],
    ],
    [
      "twice later",
      (_, done) => {
        later.push(
          () => {
            done(undefined);
          },
          () => {
            done(FAILURE);
          },
        );
      },
      ["told undefined"],
    ],
  ];
  const later: (() => void)[] = [];
  test.each(twice)("%s, is heard once", (_, incoming, expected) => {
    const told: string[] = [];
    let closed = 0;
    const chain = new Chain(
      [
        {
          onlyMarked: false,
          incoming,
          outgoing: incoming,
          close: () => {
            closed++;
          },
        },
      ],
      4,
    );
    chain.pass("incoming", message("x"), (_message, failure) => {
      told.push(`told ${failure?.code}`);
    });
    for (const call of later.splice(0)) call();
    expect(told).toEqual(expected);
    chain.close();
    expect(closed).toBe(1);
  });
});

test.each([
  [[true, true], 0, false],
  [[true, true], 4, true],
  [[true, false], 0, true],
  [[false], 2, true],
])(
  "sessions that want only marked messages: %j, a message with bits %i: %s",
  (marked, rsv, expected) => {
    const chain = new Chain(
      marked.map((onlyMarked) => new FakeExtension("a", { onlyMarked }).session()),
      4,
    );
    expect(chain.concerns(rsv)).toBe(expected);
  },
);

test("a thousand sessions that are done at once take no stack", () => {
  const extensions = Array.from({ length: 1000 }, () => new FakeExtension("", { rsv: 0 }));
  const { pass, told } = chainOf(...extensions);
  pass("outgoing", "x");
  expect(told).toEqual(["outgoing x 0"]);
});

test("a session that throws has failed; one that throws when it is closed keeps no other from it", () => {
  const closed: string[] = [];
  const cause = new Error("broken");
  const throwing = (error: unknown) => (): never => {
    throw error;
  };
  const session = (name: string, error: unknown): ExtensionSession => ({
    onlyMarked: false,
    incoming: throwing(error),
    outgoing: throwing(error),
    close: () => {
      closed.push(name);
      throw error;
    },
  });
  const chain = new Chain([session("a", cause), session("b", "broken too")], 0);
  const told: (ExtensionFailure | undefined)[] = [];
  chain.pass("outgoing", message("x"), (_message, failure) => {
    told.push(failure);
  });
  chain.pass("incoming", message("x"), (_message, failure) => {
    told.push(failure);
  });
  chain.close();
  expect(told).toEqual([
    { code: "extension-failed", message: "broken", cause },
    { code: "extension-failed", message: "broken too", cause: "broken too" },
  ]);
  expect(closed).toEqual(["a", "b"]);
});
