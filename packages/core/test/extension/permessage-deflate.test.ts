/** The parameters of permessage-deflate (RFC 7692 §7.1) in both roles. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeflateParameters, InflateParameters } from "../../src/extension/compression.ts";
import type {
  Extension,
  ExtensionMessage,
  ExtensionSession,
} from "../../src/extension/extension.ts";
import { answerExtensions, ClientOffers } from "../../src/extension/negotiate.ts";
import {
  permessageDeflate,
  type PermessageDeflateOptions,
} from "../../src/extension/permessage-deflate.ts";
import { UsageError } from "../../src/violation.ts";
import { FakeCompression } from "./fake-compression.ts";

const LIMITS = { maxMessageSize: 1000 };
/** Nothing but what is said: contexts are kept, windows are full. */
const KEEP = { serverNoContextTakeover: false, clientNoContextTakeover: false } as const;
const NAME = "permessage-deflate";

interface Used {
  deflate: Pick<DeflateParameters, "windowBits" | "takeover">;
  inflate: Pick<InflateParameters, "windowBits" | "takeover">;
}

/** The parameters with which a session uses zlib. */
function useOf(compression: FakeCompression, session: ExtensionSession): Used {
  const message = (rsv: number): ExtensionMessage => ({
    opcode: 2,
    rsv,
    data: new Uint8Array(2000),
    compress: true,
  });
  session.outgoing(message(0), () => {});
  session.incoming(message(4), () => {});
  return { deflate: compression.deflaters.at(-1)!, inflate: compression.inflaters.at(-1)! };
}

const server = (field: string, options: PermessageDeflateOptions = {}): string | undefined => {
  const answer = answerExtensions(
    field,
    [permessageDeflate(new FakeCompression(), options)],
    LIMITS,
  );
  return typeof answer === "string" ? undefined : answer.field;
};
const withName = (parameters: string): string =>
  parameters === "" ? NAME : `${NAME}; ${parameters}`;

describe("a server answers", () => {
  const rows: [offer: string, options: PermessageDeflateOptions, answer: string | undefined][] = [
    ["", {}, "server_no_context_takeover; client_no_context_takeover"],
    ["", KEEP, ""],
    ["client_max_window_bits", {}, "server_no_context_takeover; client_no_context_takeover"],
    ["client_max_window_bits", KEEP, ""],
    ["client_max_window_bits=15", KEEP, ""],
    ["client_max_window_bits=10", KEEP, "client_max_window_bits=10"],
    ["client_max_window_bits=8", KEEP, "client_max_window_bits=8"],
    ["server_no_context_takeover", KEEP, "server_no_context_takeover"],
    ["client_no_context_takeover", KEEP, "client_no_context_takeover"],
    ["server_max_window_bits=9", KEEP, "server_max_window_bits=9"],
    ["server_max_window_bits=15", KEEP, "server_max_window_bits=15"],
    ['server_max_window_bits="12"', KEEP, "server_max_window_bits=12"],
    [
      "server_max_window_bits=15",
      { ...KEEP, serverMaxWindowBits: 11 },
      "server_max_window_bits=11",
    ],
    ["server_max_window_bits=9", { ...KEEP, serverMaxWindowBits: 11 }, "server_max_window_bits=9"],
    ["", { ...KEEP, serverMaxWindowBits: 11 }, "server_max_window_bits=11"],
    ["client_max_window_bits", { ...KEEP, clientMaxWindowBits: 12 }, "client_max_window_bits=12"],
    [
      "client_max_window_bits=14",
      { ...KEEP, clientMaxWindowBits: 12 },
      "client_max_window_bits=12",
    ],
    [
      "client_max_window_bits=10",
      { ...KEEP, clientMaxWindowBits: 12 },
      "client_max_window_bits=10",
    ],
    // §7.1.2.2: a server cannot limit the window of a client that does not offer the parameter.
    ["", { ...KEEP, clientMaxWindowBits: 12 }, undefined],
    // §7.1: what must be declined.
    ["unknown", {}, undefined],
    ["server_no_context_takeover=1", {}, undefined],
    ["server_no_context_takeover=true", {}, undefined],
    ['client_no_context_takeover=""', {}, undefined],
    ["server_no_context_takeover; server_no_context_takeover", {}, undefined],
    ["client_max_window_bits; client_max_window_bits", {}, undefined],
    ["client_max_window_bits=9; client_max_window_bits=9", {}, undefined],
    ["server_max_window_bits", {}, undefined],
    ...[
      "7",
      "16",
      "0",
      "-8",
      "8.5",
      "08",
      "015",
      "x",
      "1e1",
      '""',
      "999999999999",
      "__proto__",
    ].flatMap((bits): [string, PermessageDeflateOptions, undefined][] => [
      [`server_max_window_bits=${bits}`, {}, undefined],
      [`client_max_window_bits=${bits}`, {}, undefined],
    ]),
    ["__proto__", {}, undefined],
    ["constructor=15", {}, undefined],
  ];
  test.each(rows)("%j by %j: %j", (offer, options, answer) => {
    expect(server(withName(offer), options)).toBe(answer === undefined ? "" : withName(answer));
  });

  test("the first of several offers that it can take", () => {
    expect(
      server(
        `${NAME}; unknown, ${NAME}; server_max_window_bits=99, ${NAME}; server_max_window_bits=10, ${NAME}`,
        KEEP,
      ),
    ).toBe(`${NAME}; server_max_window_bits=10`);
    expect(server(`${NAME}; unknown, ${NAME}; server_max_window_bits=7`, KEEP)).toBe("");
  });
});

describe("a client", () => {
  const offered: [options: PermessageDeflateOptions, offer: string][] = [
    [{}, "server_no_context_takeover; client_no_context_takeover; client_max_window_bits"],
    [KEEP, "client_max_window_bits"],
    [
      { ...KEEP, serverMaxWindowBits: 10, clientMaxWindowBits: 9 },
      "server_max_window_bits=10; client_max_window_bits=9",
    ],
    [
      { ...KEEP, serverNoContextTakeover: true },
      "server_no_context_takeover; client_max_window_bits",
    ],
  ];
  test.each(offered)("with %j offers", (options, offer) => {
    expect(
      new ClientOffers([permessageDeflate(new FakeCompression(), options)], LIMITS).field,
    ).toBe(withName(offer));
  });

  const rows: [answer: string, options: PermessageDeflateOptions, taken: boolean][] = [
    ["", KEEP, true],
    ["server_no_context_takeover; client_no_context_takeover", {}, true],
    ["server_no_context_takeover; client_no_context_takeover", KEEP, true],
    ["server_no_context_takeover", {}, true],
    ["", {}, true], // the default asks for it; tornado and Mojolicious ignore that
    ["client_no_context_takeover", {}, true],
    ["", { serverNoContextTakeover: true }, false], // §7.1.1.1: the application asked for it, and it is not promised
    ["client_no_context_takeover", { serverNoContextTakeover: true }, false],
    ["server_max_window_bits=12", KEEP, true],
    ["server_max_window_bits=10", { ...KEEP, serverMaxWindowBits: 10 }, true],
    ["server_max_window_bits=8", { ...KEEP, serverMaxWindowBits: 10 }, true],
    ["server_max_window_bits=11", { ...KEEP, serverMaxWindowBits: 10 }, false],
    ["", { ...KEEP, serverMaxWindowBits: 10 }, false],
    ["client_max_window_bits=12", KEEP, true],
    ["client_max_window_bits=12", { ...KEEP, clientMaxWindowBits: 10 }, false],
    ["client_max_window_bits=9", { ...KEEP, clientMaxWindowBits: 10 }, true],
    ["client_max_window_bits", KEEP, false],
    ["server_max_window_bits", KEEP, false],
    ["server_max_window_bits=7", KEEP, false],
    ["server_max_window_bits=16", KEEP, false],
    ["server_max_window_bits=99999", KEEP, false], // CVE-2026-2229
    ["client_max_window_bits=1000000000000", KEEP, false],
    ["server_no_context_takeover=1", KEEP, false],
    ["server_no_context_takeover; server_no_context_takeover", KEEP, false],
    ["mystery", KEEP, false],
  ];
  test.each(rows)("answered %j with %j: %s", (answer, options, taken) => {
    const compression = new FakeCompression();
    const agreement = new ClientOffers([permessageDeflate(compression, options)], LIMITS).activate(
      withName(answer),
    );
    expect(typeof agreement !== "string").toBe(taken);
    if (!taken)
      expect(agreement).toMatch(
        /^Server sent unacceptable extension parameters: permessage-deflate/,
      );
    expect([compression.deflaters, compression.inflaters]).toEqual([[], []]);
  });
});

describe("any two ends that agree", () => {
  const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(of, { nil: undefined });
  const bits = optional(fc.integer({ min: 8, max: 15 }));
  const options: fc.Arbitrary<PermessageDeflateOptions> = fc.record({
    serverNoContextTakeover: optional(fc.boolean()),
    clientNoContextTakeover: optional(fc.boolean()),
    serverMaxWindowBits: bits,
    clientMaxWindowBits: bits,
  });

  const smaller = (...limits: (number | undefined)[]): number =>
    Math.min(...limits.map((limit) => limit ?? 15));
  const forbids = (...wishes: (boolean | undefined)[]): boolean =>
    wishes.some((wish) => wish ?? true);

  test("can read each other, and keep what each was promised", () => {
    fc.assert(
      fc.property(options, options, (ours, theirs) => {
        const client = new FakeCompression();
        const host = new FakeCompression();
        const session = {
          client: undefined as ExtensionSession | undefined,
          server: undefined as ExtensionSession | undefined,
        };
        const spy = (role: "client" | "server", extension: Extension): Extension => ({
          name: extension.name,
          rsv: extension.rsv,
          offer(limits) {
            const offer = extension.offer(limits);
            return {
              parameters: offer.parameters,
              activate: (answer) => (session[role] = offer.activate(answer)),
            };
          },
          accept(offers, limits) {
            const answer = extension.accept(offers, limits);
            session[role] = answer?.session;
            return answer;
          },
        });
        const offers = new ClientOffers([spy("client", permessageDeflate(client, ours))], LIMITS);
        const answer = answerExtensions(
          offers.field,
          [spy("server", permessageDeflate(host, theirs))],
          LIMITS,
        );
        if (typeof answer === "string") throw new Error(answer);
        expect(answer.field).not.toBe(""); // our client's offer lets the server set every limit
        const agreed = offers.activate(answer.field);
        expect(typeof agreed, String(agreed)).toBe("object");
        const a = useOf(client, session.client!);
        const b = useOf(host, session.server!);
        for (const [writer, reader] of [
          [a.deflate, b.inflate],
          [b.deflate, a.inflate],
        ] as const) {
          expect(writer.windowBits).toBeLessThanOrEqual(reader.windowBits);
          if (writer.takeover) expect(reader.takeover).toBe(true);
        }
        // The limits each has set for itself or asked of the other.
        expect(b.deflate.windowBits).toBeLessThanOrEqual(
          smaller(ours.serverMaxWindowBits, theirs.serverMaxWindowBits),
        );
        expect(a.deflate.windowBits).toBeLessThanOrEqual(
          smaller(ours.clientMaxWindowBits, theirs.clientMaxWindowBits),
        );
        if (forbids(ours.serverNoContextTakeover, theirs.serverNoContextTakeover))
          expect(b.deflate.takeover).toBe(false);
        if (forbids(ours.clientNoContextTakeover, theirs.clientNoContextTakeover))
          expect(a.deflate.takeover).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

test("the inflater is told the largest message, the deflater the level", () => {
  const compression = new FakeCompression();
  const extension = permessageDeflate(compression, { level: 3, memLevel: 4, threshold: 0 });
  useOf(compression, extension.accept([new Map()], LIMITS)!.session);
  expect(compression.inflaters[0]).toEqual({ windowBits: 15, takeover: false, maxSize: 1000 });
  expect(compression.deflaters[0]).toEqual({
    windowBits: 15,
    takeover: false,
    level: 3,
    memLevel: 4,
  });
});

describe("options", () => {
  const wrong: [options: object, message: string][] = [
    [
      { treshold: 1 },
      "Unrecognized option: perMessageDeflate.treshold; is perMessageDeflate.threshold meant?",
    ],
    [{ constructor: 1 }, "Unrecognized option: perMessageDeflate.constructor"],
    [
      { serverMaxWindowBits: 7 },
      "perMessageDeflate.serverMaxWindowBits: expected a whole number from 8 to 15, got 7",
    ],
    [
      { clientMaxWindowBits: 16 },
      "perMessageDeflate.clientMaxWindowBits: expected a whole number from 8 to 15, got 16",
    ],
    [
      { clientMaxWindowBits: "10" },
      "perMessageDeflate.clientMaxWindowBits: expected a whole number from 8 to 15, got 10",
    ],
    [
      { serverNoContextTakeover: 1 },
      "perMessageDeflate.serverNoContextTakeover: expected a boolean, got 1",
    ],
    [
      { threshold: -1 },
      "perMessageDeflate.threshold: expected a whole number from 0 to 9007199254740991, got -1",
    ],
    [{ level: 10 }, "perMessageDeflate.level: expected a whole number from 0 to 9, got 10"],
    [{ memLevel: 0 }, "perMessageDeflate.memLevel: expected a whole number from 1 to 9, got 0"],
    [
      { level: Symbol("x") },
      "perMessageDeflate.level: expected a whole number from 0 to 9, got Symbol(x)",
    ],
  ];
  test.each(wrong)("%j", (options, message) => {
    expect(() => permessageDeflate(new FakeCompression(), options)).toThrow(
      new UsageError(message),
    );
  });

  test("undefined is the default", () => {
    expect(() =>
      permessageDeflate(new FakeCompression(), { level: undefined, threshold: undefined }),
    ).not.toThrow();
  });
});
