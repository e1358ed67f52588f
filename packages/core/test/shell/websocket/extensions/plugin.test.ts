import { createRequire } from "node:module";
import { describe, expect, test, vi } from "vitest";
import { Chain } from "../../../../src/extension/chain.ts";
import type {
  ExtensionFailure,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
} from "../../../../src/extension/extension.ts";
import { answerExtensions, ClientOffers } from "../../../../src/extension/negotiate.ts";
import {
  type ExtensionPlugin,
  extensionFromPlugin,
} from "../../../../src/shell/websocket/extensions/plugin.ts";
import { utf8 } from "../../../../src/testing/wire/bytes.ts";
import { UsageError } from "../../../../src/violation.ts";

const LIMITS = { maxMessageSize: 1000 };

type ClientSession = NonNullable<ReturnType<ExtensionPlugin["createClientSession"]>>;
type ServerSession = NonNullable<ReturnType<ExtensionPlugin["createServerSession"]>>;
type Session = ClientSession & ServerSession;

const sessionOf = (session: Partial<Session> = {}): Session => ({
  generateOffer: () => ({}),
  activate: () => true,
  generateResponse: () => ({}),
  processIncomingMessage: (message, callback) => {
    callback(null, message);
  },
  processOutgoingMessage: (message, callback) => {
    callback(null, message);
  },
  close: () => {},
  ...session,
});
const pluginOf = (
  session: Partial<Session> | null = {},
  plugin: Partial<ExtensionPlugin> = {},
): ExtensionPlugin => ({
  name: "x",
  type: "permessage",
  rsv1: true,
  rsv2: false,
  rsv3: false,
  createClientSession: () => session && sessionOf(session),
  createServerSession: () => session && sessionOf(session),
  ...plugin,
});

/** A server's session of a plug-in. */
function accepted(session: Partial<Session>): ExtensionSession {
  return extensionFromPlugin(pluginOf(session)).accept([new Map()], LIMITS)!.session;
}

/** A message after the session has handled it, and the result of each callback. */
function outcome(
  session: ExtensionSession,
  direction: "incoming" | "outgoing",
  given: Partial<ExtensionMessage> = {},
): { message: ExtensionMessage; failures: (ExtensionFailure | undefined)[] } {
  const message: ExtensionMessage = {
    opcode: 1,
    rsv: 0,
    data: utf8("text"),
    compress: true,
    ...given,
  };
  const failures: (ExtensionFailure | undefined)[] = [];
  session[direction](message, (failure) => failures.push(failure));
  return { message, failures };
}

const refused: [given: unknown, message: string][] = [
  [undefined, "extension.name must be a string"],
  [null, "extension.name must be a string"],
  [{}, "extension.name must be a string"],
  [{ name: "x" }, 'extension.type must be "permessage"'],
  [{ name: "x", type: "perframe" }, 'extension.type must be "permessage"'],
  [{ name: "x", type: "permessage" }, "extension.rsv1 must be true or false"],
  [pluginOf({}, { rsv2: 1 as never }), "extension.rsv2 must be true or false"],
  [pluginOf({}, { rsv3: undefined as never }), "extension.rsv3 must be true or false"],
];
test.each(refused)("%o: %s", (given, message) => {
  expect(() => extensionFromPlugin(given as ExtensionPlugin)).toThrow(new UsageError(message));
});

test.each([
  [{ rsv1: true, rsv2: false, rsv3: false }, 4],
  [{ rsv1: false, rsv2: true, rsv3: true }, 3],
  [{ rsv1: false, rsv2: false, rsv3: false }, 0],
])("%o are the bits %i", (bits, rsv) => {
  expect(extensionFromPlugin(pluginOf({}, bits)).rsv).toBe(rsv);
});

describe("a client's negotiation", () => {
  const offers: [given: unknown, field: string][] = [
    [{}, "x"],
    [{ a: true, b: 5, c: "text", d: [1, true] }, "x; a; b=5; c=text; d=1; d"],
    [[{ a: 1 }, { a: 2 }], "x; a=1, x; a=2"],
    [null, ""],
    [undefined, ""],
    [false, ""],
    [[], ""],
  ];
  test.each(offers)("offers %j as %j", (given, field) => {
    const offer = new ClientOffers(
      [extensionFromPlugin(pluginOf({ generateOffer: () => given as never }))],
      LIMITS,
    );
    expect(offer.field).toBe(field);
  });

  test("no session, no offer", () => {
    expect(new ClientOffers([extensionFromPlugin(pluginOf(null))], LIMITS).field).toBe("");
    expect(extensionFromPlugin(pluginOf(null)).offer(LIMITS).activate(new Map())).toBeUndefined();
    expect(extensionFromPlugin(pluginOf(null)).offer(LIMITS).decline?.()).toBeUndefined();
  });

  test("only true activates, as websocket-extensions has it", () => {
    const answers = [true, 1, "true", undefined, false].map((answer) =>
      new ClientOffers(
        [extensionFromPlugin(pluginOf({ activate: () => answer as boolean }))],
        LIMITS,
      ).activate("x; a=1"),
    );
    expect(
      answers.map((answer) =>
        typeof answer === "string" ? answer : answer.chain instanceof Chain,
      ),
    ).toEqual([
      true,
      ...Array.from({ length: 4 }, () => "Server sent unacceptable extension parameters: x; a=1"),
    ]);
  });

  test("a session that was not chosen is closed", () => {
    const close = vi.fn();
    expect(
      new ClientOffers([extensionFromPlugin(pluginOf({ close }))], LIMITS).activate(""),
    ).toMatchObject({ field: "" });
    expect(close).toHaveBeenCalledOnce();
  });

  test("one that throws over the answer fails the opening", () => {
    const offers = new ClientOffers(
      [
        extensionFromPlugin(
          pluginOf({
            activate: () => {
              throw new Error("what is this?");
            },
          }),
        ),
      ],
      LIMITS,
    );
    expect(offers.activate("x")).toBe("x: what is this?");
  });
});

describe("a server's negotiation", () => {
  test("all offers of the name, plain objects with prototypes; the limit under both its names", () => {
    const createServerSession = vi.fn<ExtensionPlugin["createServerSession"]>(() =>
      sessionOf({ generateResponse: () => ({ b: 2 }) }),
    );
    const { field, chain } = answerExtensions(
      "x; a=1, y, x; constructor; __proto__=5; a; a=2",
      [extensionFromPlugin(pluginOf({}, { createServerSession }))],
      LIMITS,
    ) as Exclude<ReturnType<typeof answerExtensions>, string>;
    expect([field, chain?.rsv]).toEqual(["x; b=2", 4]);
    const [offers, options] = createServerSession.mock.calls[0]!;
    expect(offers.map((offer) => Object.entries(offer))).toEqual([
      [["a", 1]],
      [
        ["constructor", true],
        ["__proto__", 5],
        ["a", [true, 2]],
      ],
    ]);
    expect(
      offers.map((offer) => [
        offer.hasOwnProperty("a"),
        Object.getPrototypeOf(offer) === Object.prototype,
      ]),
    ).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(options).toEqual({ maxMessageSize: 1000, maxLength: 1000 });
  });

  test("no session, no extension", () => {
    expect(answerExtensions("x", [extensionFromPlugin(pluginOf(null))], LIMITS)).toEqual({
      field: "",
      chain: undefined,
    });
  });

  test("one that throws over what a client says refuses the opening, and closes what was accepted before", () => {
    const close = vi.fn();
    const first = extensionFromPlugin(pluginOf({ close }, { name: "first", rsv1: false }));
    const careless = extensionFromPlugin(
      pluginOf(
        {},
        { createServerSession: ([offer]) => (offer!.hasOwnProperty("a") ? sessionOf() : null) },
      ),
    );
    expect(answerExtensions("first, x; hasOwnProperty", [first, careless], LIMITS)).toMatch(
      /^x: .*is not a function/,
    );
    expect(close).toHaveBeenCalledOnce();
  });

  test("npm permessage-deflate", () => {
    const plugin = createRequire(
      new URL("../../../../../node-adapter/package.json", import.meta.url),
    )("permessage-deflate") as ExtensionPlugin;
    const answer = (field: string): string =>
      (answerExtensions(field, [extensionFromPlugin(plugin)], LIMITS) as { field: string }).field;
    expect(answer("permessage-deflate; client_max_window_bits")).toBe("permessage-deflate");
    expect(
      answer(
        "permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9; server_no_context_takeover",
      ),
    ).toBe("permessage-deflate; server_no_context_takeover; server_max_window_bits=9");
    expect(new ClientOffers([extensionFromPlugin(plugin)], LIMITS).field).toBe(
      "permessage-deflate; client_max_window_bits",
    );
  });
});

describe("messages", () => {
  test("are shown as websocket-extensions shows them: bits apart, data as a Buffer over the same bytes", () => {
    const seen: unknown[] = [];
    const session = accepted({
      processOutgoingMessage: (message, callback) => {
        seen.push({
          ...message,
          data: message.data.toString(),
          isBuffer: Buffer.isBuffer(message.data),
        });
        callback(null, message);
      },
    });
    const bytes = utf8("a text");
    outcome(session, "outgoing", { opcode: 2, rsv: 5, data: bytes.subarray(2) });
    expect(seen).toEqual([
      { rsv1: true, rsv2: false, rsv3: true, opcode: 2, data: "text", isBuffer: true },
    ]);
  });

  test("outgoing ones get its bits; from incoming ones they are taken, and others' are left", () => {
    const session = accepted({
      processOutgoingMessage: (message, callback) => {
        callback(null, { ...message, rsv1: true, data: Buffer.from("out") });
      },
      processIncomingMessage: (message, callback) => {
        callback(null, { ...message, data: Buffer.from("in") });
      },
    });
    const out = outcome(session, "outgoing", { rsv: 2 });
    const back = outcome(session, "incoming", { rsv: 6 });
    expect([out.failures, out.message.rsv, Buffer.from(out.message.data).toString()]).toEqual([
      [undefined],
      6,
      "out",
    ]);
    expect([back.failures, back.message.rsv, Buffer.from(back.message.data).toString()]).toEqual([
      [undefined],
      2,
      "in",
    ]);
  });

  const failing: [name: string, process: Session["processIncomingMessage"], message: string][] = [
    [
      "an error",
      (_, callback) => {
        callback(new Error("no"));
      },
      "x: no",
    ],
    [
      "an error that is text",
      (_, callback) => {
        callback("no" as never);
      },
      "x: no",
    ],
    [
      "an exception",
      () => {
        throw new Error("no");
      },
      "x: no",
    ],
    [
      "an exception that is text",
      () => {
        throw "no";
      },
      "x: no",
    ],
    [
      "no message",
      (_, callback) => {
        callback(null);
      },
      "x: the message it made has no data",
    ],
    [
      "a message without data",
      (_, callback) => {
        callback(null, { data: "text" } as never);
      },
      "x: the message it made has no data",
    ],
  ];
  test.each(failing)("%s is a failure, in either direction", (_, process, message) => {
    const session = accepted({ processIncomingMessage: process, processOutgoingMessage: process });
    for (const direction of ["incoming", "outgoing"] as const) {
      const { failures } = outcome(session, direction);
      expect(failures).toMatchObject([{ code: "extension-failed", message }]);
    }
  });

  test("a second callback is ignored, and so is what it brings", () => {
    const session = accepted({
      processOutgoingMessage: (message, callback) => {
        callback(null, { ...message, data: Buffer.from("first") });
        callback(new Error("second"));
        callback(null, { ...message, data: Buffer.from("third") });
      },
    });
    const { failures, message } = outcome(session, "outgoing");
    expect([failures, Buffer.from(message.data).toString()]).toEqual([[undefined], "first"]);
  });

  test("all incoming ones pass through it, marked or not; closing is passed on", () => {
    const close = vi.fn();
    const session = accepted({ close });
    expect(session.onlyMarked).toBe(false);
    session.close();
    expect(close).toHaveBeenCalledOnce();
  });
});

test("parameters are one object per negotiation: a plug-in may change them", () => {
  const parameters: ExtensionParameters = new Map([["a", 1]]);
  extensionFromPlugin(
    pluginOf(
      {},
      {
        createServerSession: ([offer]) => {
          delete offer!["a"];
          return null;
        },
      },
    ),
  ).accept([parameters], LIMITS);
  expect(parameters.get("a")).toBe(1);
});
