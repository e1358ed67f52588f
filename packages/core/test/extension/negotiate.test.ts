/** Agreeing on extensions (RFC 6455 §9.1): what a server answers, and what a client takes for an answer. */
import { describe, expect, test } from "vitest";
import type {
  Extension,
  ExtensionParameters,
  SessionLimits,
} from "../../src/extension/extension.ts";
import { answerExtensions, ClientOffers } from "../../src/extension/negotiate.ts";
import { FakeExtension } from "./fake-extension.ts";

const LIMITS: SessionLimits = { maxMessageSize: 1000 };
const answer = (
  field: string | undefined,
  ...extensions: Extension[]
): [field: string, rsv: number | undefined] | string => {
  const agreement = answerExtensions(field, extensions, LIMITS);
  return typeof agreement === "string" ? agreement : [agreement.field, agreement.chain?.rsv];
};
const a = (): FakeExtension => new FakeExtension("a", { rsv: 4 });
const b = (): FakeExtension => new FakeExtension("b", { rsv: 2 });

describe("a server", () => {
  const rows: [
    name: string,
    field: string | undefined,
    extensions: Extension[],
    expected: [string, number | undefined] | string,
  ][] = [
    ["nothing offered", undefined, [a()], ["", undefined]],
    ["an empty field", "", [a()], ["", undefined]],
    ["nothing known", "x, y; z=1", [a()], ["", undefined]],
    ["none of ours", "a", [], ["", undefined]],
    ["one of two", "x, a", [a(), b()], ["a", 4]],
    ["both, in our order", "b, a", [a(), b()], ["a, b", 6]],
    [
      "one that wants a bit which is taken",
      "b, a",
      [a(), new FakeExtension("b", { rsv: 6 })],
      ["a", 4],
    ],
    ["one that wants no bit", "b, a", [a(), new FakeExtension("b", { rsv: 0 })], ["a, b", 4]],
    ["names are compared with case", "A", [a()], ["", undefined]],
    [
      "names of properties",
      "__proto__, constructor, toString; hasOwnProperty",
      [a()],
      ["", undefined],
    ],
    [
      "an extension of such a name",
      "__proto__",
      [new FakeExtension("__proto__")],
      ["__proto__", 4],
    ],
    ["malformed", 'a; b="', [a()], 'Invalid Sec-WebSocket-Extensions header: a; b="'],
    ["malformed, though we have none", "a;;", [], "Invalid Sec-WebSocket-Extensions header: a;;"],
  ];
  test.each(rows)("%s", (_, field, extensions, expected) => {
    expect(answer(field, ...extensions)).toEqual(expected);
  });

  test("an extension is shown all its offers and the limits, and may refuse; then its bits are free", () => {
    const seen: [readonly ExtensionParameters[], SessionLimits][] = [];
    const picky: Extension = {
      ...a(),
      name: "picky",
      rsv: 2,
      offer: () => ({ parameters: [], activate: () => undefined }),
      accept: (...given) => {
        seen.push(given);
        return undefined;
      },
    };
    expect(answer("picky; x=1, b, picky", picky, b())).toEqual(["b", 2]);
    expect(seen).toEqual([[[new Map([["x", 1]]), new Map()], LIMITS]]);
  });

  test("parameters of the answer are written", () => {
    const extension: Extension = {
      ...a(),
      name: "p",
      rsv: 4,
      offer: () => ({ parameters: [], activate: () => undefined }),
      accept: () => ({
        parameters: new Map<string, true | number>([
          ["x", true],
          ["y", 9],
        ]),
        session: a().session(),
      }),
    };
    expect(answer("p", extension)).toEqual(["p; x; y=9", 4]);
  });
});

describe("a client", () => {
  const offers = (...extensions: Extension[]): ClientOffers => new ClientOffers(extensions, LIMITS);

  test("offers all alternatives of all its extensions, in order, also where they want the same bit", () => {
    const two: Extension = {
      ...a(),
      name: "two",
      rsv: 4,
      accept: () => undefined,
      offer: () => ({ parameters: [new Map([["x", 1]]), new Map()], activate: () => undefined }),
    };
    const none: Extension = {
      ...a(),
      name: "none",
      rsv: 4,
      accept: () => undefined,
      offer: () => ({ parameters: [], activate: () => undefined }),
    };
    expect(offers(two, none, a()).field).toBe("two; x=1, two, a");
    expect(offers().field).toBe("");
  });

  const rows: [name: string, field: string, expected: [string, number | undefined] | string][] = [
    ["nothing", "", ["", undefined]],
    ["one", "b", ["b", 2]],
    ["both, in the server's order", "b, a", ["b, a", 6]],
    ["one not offered", "x", 'Server sent an extension response for unknown extension "x"'],
    [
      "the name of a property",
      "constructor",
      'Server sent an extension response for unknown extension "constructor"',
    ],
    ["one twice", "a, a", 'Server sent an extension response for unknown extension "a"'],
    [
      "two that use one bit",
      "a, rival",
      'Server sent two extension responses that use the RSV1 bit: "a" and "rival"',
    ],
    [
      "two that use another bit",
      "third, b, rival",
      'Server sent two extension responses that use the RSV2 bit: "b" and "rival"',
    ],
    [
      "a third",
      "third, last",
      'Server sent two extension responses that use the RSV3 bit: "third" and "last"',
    ],
    ["malformed", "a;", "Invalid Sec-WebSocket-Extensions header: a;"],
  ];
  test.each(rows)("answered %s", (_, field, expected) => {
    const extensions = [
      a(),
      b(),
      new FakeExtension("rival", { rsv: 6 }),
      new FakeExtension("third", { rsv: 1 }),
      new FakeExtension("last", { rsv: 1 }),
    ];
    const agreement = offers(...extensions).activate(field);
    expect(
      typeof agreement === "string" ? agreement : [agreement.field, agreement.chain?.rsv],
    ).toEqual(expected);
    // A refusal closes the sessions that were opened before it.
    const isRefused = typeof agreement === "string";
    expect(extensions.every(({ opened, closed }) => closed === (isRefused ? opened : 0))).toBe(
      true,
    );
  });

  test("an extension that refuses its answer fails the handshake, and those before it are closed", () => {
    const first = a();
    const picky: Extension = {
      ...a(),
      name: "picky",
      rsv: 2,
      accept: () => undefined,
      offer: () => ({ parameters: [new Map()], activate: () => undefined }),
    };
    expect(offers(first, picky).activate('a, picky; x=1; y="é"')).toBe(
      'Server sent unacceptable extension parameters: picky; x=1; y="é"',
    );
    expect([first.opened, first.closed]).toEqual([1, 1]);
  });

  test("extensions that were not chosen are told", () => {
    const declined: string[] = [];
    const make = (name: string, rsv: number): Extension => ({
      name,
      rsv,
      accept: () => undefined,
      offer: () => ({
        parameters: [new Map()],
        activate: () => a().session(),
        decline: () => {
          declined.push(name);
        },
      }),
    });
    offers(make("a", 4), make("b", 2), make("c", 1)).activate("b");
    expect(declined).toEqual(["a", "c"]);
  });
});

describe("an extension that throws", () => {
  const thrower = (error: unknown): Extension => ({
    name: "thrower",
    rsv: 1,
    accept: () => {
      throw error;
    },
    offer: () => ({
      parameters: [new Map()],
      activate: () => {
        throw error;
      },
      decline: () => {
        throw error;
      },
    }),
  });
  const errors: [error: unknown, text: string][] = [
    [new Error("no"), "thrower: no"],
    ["why not", "thrower: why not"],
  ];

  test.each(errors)("%s: the server refuses, and closes what it has opened", (error, text) => {
    const first = a();
    expect(answer("a, thrower", first, thrower(error))).toBe(text);
    expect([first.opened, first.closed]).toEqual([1, 1]);
  });

  test.each(errors)("%s: the client refuses, and closes what it has opened", (error, text) => {
    const first = a();
    expect(new ClientOffers([first, thrower(error)], LIMITS).activate("a, thrower")).toBe(text);
    expect([first.opened, first.closed]).toEqual([1, 1]);
  });

  test("when it is declined: nobody cares", () => {
    expect(new ClientOffers([a(), thrower(new Error("no"))], LIMITS).activate("a")).toMatchObject({
      field: "a",
    });
  });
});
