/** The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1), and that reading it takes linear time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ParameterValue } from "../../src/extension/extension.ts";
import { type ExtensionOffer, formatOffer, parseOffers } from "../../src/extension/offers.ts";

type Plain = [
  name: string,
  ...parameters: [name: string, value: ParameterValue | readonly ParameterValue[]][],
];
const plain = (offers: readonly ExtensionOffer[] | undefined): Plain[] | undefined =>
  offers?.map(({ name, parameters }) => [name, ...parameters]);

const good: [field: string, offers: Plain[]][] = [
  ["", []],
  ["a", [["a"]]],
  ["a, b", [["a"], ["b"]]],
  ["a,a", [["a"], ["a"]]],
  [" \t a \t,\t b ", [["a"], ["b"]]],
  [",, a ,, b ,", [["a"], ["b"]]],
  ["a; x", [["a", ["x", true]]]],
  ["a; x=1; y=b", [["a", ["x", 1], ["y", "b"]]]],
  ["a \t; \tx \t= \t1 ; y", [["a", ["x", 1], ["y", true]]]],
  ['a; x=1; x; x="two"', [["a", ["x", [1, true, "two"]]]]],
  ['a; x=""', [["a", ["x", ""]]]],
  ['a; x="b, c; d", e', [["a", ["x", "b, c; d"]], ["e"]]],
  ['a; x="\\"\\\\\\a"', [["a", ["x", '"\\a']]]],
  ['a; x="10"', [["a", ["x", 10]]]],
  ["a; x=0; y=-1; z=1.5", [["a", ["x", 0], ["y", -1], ["z", 1.5]]]],
  [
    "a; x=015; y=1e3; z=0x10; w=+1",
    [["a", ["x", "015"], ["y", "1e3"], ["z", "0x10"], ["w", "+1"]]],
  ],
  [
    "a; x=1.; y=.5; z=--1; w=Infinity",
    [["a", ["x", "1."], ["y", ".5"], ["z", "--1"], ["w", "Infinity"]]],
  ],
  [
    "a; x=99999999999999999; y=9007199254740993",
    [["a", ["x", "99999999999999999"], ["y", "9007199254740993"]]],
  ],
  ["a; x=-0; y=1.50", [["a", ["x", "-0"], ["y", "1.50"]]]],
  ["a; x=0.12345678901234567", [["a", ["x", "0.12345678901234567"]]]],
  [
    "__proto__; constructor=1; __proto__; toString=x",
    [["__proto__", ["constructor", 1], ["__proto__", true], ["toString", "x"]]],
  ],
  [
    "permessage-deflate; client_max_window_bits, permessage-deflate",
    [["permessage-deflate", ["client_max_window_bits", true]], ["permessage-deflate"]],
  ],
];
test.each(good)("%j", (field, offers) => {
  expect(plain(parseOffers(field))).toEqual(offers);
});

test.each([
  ";",
  "a;",
  "a;;b",
  "a; ; b",
  "=",
  "a=1",
  "a; x=",
  "a; x=,b",
  "a; =1",
  "a b",
  "a; x y",
  "a; x=1 2",
  'a; x="1" 2',
  'a; x="1"2',
  "a; x==1",
  'a; x="',
  'a; x="b',
  'a; x="\\',
  'a; x="\\"',
  'a; "x"=1',
  '"a"',
  "a/b",
  "a; x=b/c",
  "ä",
  "a; x=é",
  "a\u0000",
  "a\r\n",
  "a(b)",
  "\u212a",
])("%j is malformed", (field) => {
  expect(parseOffers(field)).toBeUndefined();
});

const token = fc.string({
  unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"),
  minLength: 1,
  maxLength: 12,
});
const name = fc.oneof(
  token,
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "permessage-deflate"),
);
const looksLikeNumber = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);
const value: fc.Arbitrary<ParameterValue> = fc.oneof(
  fc.constant(true as const),
  fc.integer().map((number) => number),
  token.filter((text) => !looksLikeNumber(text)),
  fc.string({ unit: fc.constantFrom(...'\\"\t ,;=aé'), maxLength: 12 }),
);
const offer: fc.Arbitrary<ExtensionOffer> = fc.record({
  name,
  parameters: fc
    .uniqueArray(fc.tuple(name, fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 3 }))), {
      selector: ([key]) => key,
      maxLength: 5,
    })
    .map((entries) => new Map(entries)),
});

test("what is written reads the same", () => {
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 5 }), (offers) => {
      expect(plain(parseOffers(offers.map(formatOffer).join(", ")))).toEqual(plain(offers));
    }),
  );
});

test("what is read and written reads the same again", () => {
  const field = fc.string({ unit: fc.constantFrom(...'ab10.-\\",;= \t'), maxLength: 40 });
  fc.assert(
    fc.property(
      fc.oneof(
        field,
        field.map((text) => `a; x=${text}`),
      ),
      (text) => {
        const offers = parseOffers(text);
        if (offers !== undefined)
          expect(plain(parseOffers(offers.map(formatOffer).join(", ")))).toEqual(plain(offers));
      },
    ),
    { numRuns: 1000 },
  );
});

test("a name of a property is a name", () => {
  const [first] = parseOffers("__proto__; __proto__=polluted; constructor; toString")!;
  expect([...first!.parameters.keys()]).toEqual(["__proto__", "constructor", "toString"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

describe("hostile fields take linear time", () => {
  /** The first is that of CVE-2020-7662. */
  const hostile: [name: string, of: (size: number) => string][] = [
    ["an unterminated quoted string of escapes", (size) => `a; b="${"\\c".repeat(size / 2)}`],
    ["the same, terminated", (size) => `a; b="${"\\c".repeat(size / 2)}"`],
    ["many unterminated strings", (size) => 'a; b="\\"'.repeat(size / 8)],
    ["blanks", (size) => `a${" \t".repeat(size / 2)};`],
    ["blanks everywhere", (size) => "a ; b = c , ".repeat(size / 12)],
    ["commas", (size) => ",".repeat(size)],
    ["semicolons", (size) => `a${";".repeat(size)}`],
    ["one token", (size) => "a".repeat(size)],
    ["offers", (size) => "a,".repeat(size / 2)],
    ["one parameter over and over", (size) => `a${";x=1".repeat(size / 4)}`],
    ["digits", (size) => `a; x=${"1".repeat(size)}`],
    ["digits with points", (size) => `a; x=${"1.".repeat(size / 2)}`],
    [
      "parameters of as many names",
      (size) => `a${Array.from({ length: size / 8 }, (_, at) => `;${at}`).join("")}`,
    ],
  ];
  /** Milliseconds of this process alone: the machine may be busy with others. */
  const timeOf = (work: () => void): number => {
    let best = Infinity;
    for (let round = 0; round < 3; round++) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, (user + system) / 1000);
    }
    return best;
  };

  test.each(hostile)("%s", (_, of) => {
    const large = of(1 << 20);
    const small = of(1 << 16);
    const base = timeOf(() => parseOffers(small));
    const time = timeOf(() => parseOffers(large));
    // Sixteen times the length; what is quadratic would take 256 times as long, what is exponential for ever.
    expect(time).toBeLessThan(Math.max(16 * 5 * base, 500));
  });

  test("whatever the piece that is repeated", () => {
    const piece = fc.string({
      unit: fc.constantFrom(...'ab1\\",;= \t.'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(piece, piece, (head, again) => {
        const field = `a; b=${head}${again.repeat(Math.floor(65_536 / again.length))}`;
        expect(timeOf(() => parseOffers(field))).toBeLessThan(250);
      }),
      { numRuns: 20 },
    );
  });
});
