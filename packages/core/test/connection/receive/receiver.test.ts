/** Bytes that arrive while the connection cannot read them: it holds them in order, and reads them later. */
import { describe, expect, test } from "vitest";
import type { Connection, ServerConnection } from "../../../src/connection/contract.ts";
import { BINARY, CLOSE, TEXT } from "../../../src/frame/opcode.ts";
import { closePayload, masked, openingHead } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";
import { decidingServer, newServer, openServer, when } from "../story.ts";

const text = (...data: string[]): Uint8Array => joinBytes(data.map((each) => masked(TEXT, each)));
const close = masked(CLOSE, closePayload(1000, "x"));
const ended = ["endTransport", "= closed", "onClose 1006"];

type Step = [name: string, act: (connection: ServerConnection) => void, expected: string[]];
const pause: Step = [
  "pause",
  (c) => {
    c.pause();
  },
  ["pauseTransport"],
];
const pauseAgain: Step = [
  "pause again",
  (c) => {
    c.pause();
  },
  [],
];
const held = (...data: string[]): Step => [
  `${data.join()} arrive`,
  (c) => {
    c.receive(text(...data));
  },
  [],
];
const end: Step = [
  "the end arrives",
  (c) => {
    c.receiveEnd();
  },
  [],
];
const resume = (...expected: string[]): Step => [
  "resume",
  (c) => {
    c.resume();
  },
  expected,
];

const scenes: [name: string, steps: Step[]][] = [
  ["pause, resume", [pause, resume("resumeTransport")]],
  ["twice", [pause, pauseAgain, resume("resumeTransport"), resume()]],
  [
    "what is in flight waits, in order",
    [
      pause,
      held("a"),
      held("b", "c"),
      resume("onText a", "onText b", "onText c", "resumeTransport"),
      [
        "d arrives",
        (c) => {
          c.receive(text("d"));
        },
        ["onText d"],
      ],
    ],
  ],
  [
    "the end waits behind what is held",
    [pause, held("a"), end, end, resume("onText a", "resumeTransport", ...ended)],
  ],
  [
    "the end with nothing held does not wait",
    [
      pause,
      [
        "the end arrives",
        (c) => {
          c.receiveEnd();
        },
        ended,
      ],
      resume(),
    ],
  ],
  [
    "a held close frame, and the end behind it",
    [
      pause,
      [
        "close arrives",
        (c) => {
          c.receive(joinBytes([text("a"), close]));
        },
        [],
      ],
      end,
      resume(
        "onText a",
        "setTimer close 30000",
        "= closing.replying",
        "setTimer close 2000",
        "resumeTransport",
        "> close 1000 x",
        "endTransport",
        "= closing.ending",
        "clearTimer close",
        "= closed",
        "onClose 1000 x clean",
      ),
    ],
  ],
  [
    "ended and lost: likewise, for it may never be resumed",
    [
      pause,
      held("a"),
      end,
      [
        "lost",
        (c) => {
          c.receiveError();
        },
        ["= closed", "onClose 1006"],
      ],
      resume(),
    ],
  ],
  [
    "lost: what is held is never told",
    [
      pause,
      held("a"),
      [
        "lost",
        (c) => {
          c.receiveError();
        },
        ["= closed", "onClose 1006"],
      ],
      resume(),
    ],
  ],
  [
    "terminate(): likewise",
    [
      pause,
      held("a"),
      [
        "terminate",
        (c) => {
          c.terminate();
        },
        ["destroyTransport", "= closed", "onClose 1006"],
      ],
      resume(),
    ],
  ],
  [
    "close() resumes: it could not see the peer's answer",
    [
      pause,
      held("a"),
      [
        "close",
        (c) => {
          c.close();
        },
        [
          "setTimer close 30000",
          "= closing.draining",
          "= closing.awaitingClose",
          "> close",
          "onText a",
          "resumeTransport",
        ],
      ],
      [
        "pause is of no use now",
        (c) => {
          c.pause();
        },
        [],
      ],
    ],
  ],
  [
    "close() with the answer held, and the end behind it",
    [
      pause,
      [
        "close arrives",
        (c) => {
          c.receive(close);
        },
        [],
      ],
      end,
      [
        "close",
        (c) => {
          c.close();
        },
        [
          "setTimer close 30000",
          "= closing.draining",
          "= closing.awaitingClose",
          "> close",
          "setTimer close 2000",
          "resumeTransport",
          "endTransport",
          "= closing.ending",
          "clearTimer close",
          "= closed",
          "onClose 1000 x clean",
        ],
      ],
    ],
  ],
  [
    "close() with the end held behind messages only",
    [
      pause,
      held("a"),
      end,
      [
        "close",
        (c) => {
          c.close();
        },
        [
          "setTimer close 30000",
          "= closing.draining",
          "= closing.awaitingClose",
          "> close",
          "onText a",
          "resumeTransport",
          "clearTimer close",
          "endTransport",
          "= closed",
          "onClose 1006",
        ],
      ],
    ],
  ],
  [
    "a held violation drops what is behind it",
    [
      pause,
      [
        "bad bytes arrive",
        (c) => {
          c.receive(joinBytes([text("a"), masked(3, ""), text("b")]));
        },
        [],
      ],
      held("c"),
      resume(
        "onText a",
        "onViolation unknown-opcode",
        "setTimer close 30000",
        "resumeTransport",
        "> close 1002 Unrecognized frame opcode: 3",
        "endTransport",
        "= closing.ending",
      ),
    ],
  ],
];

for (const ownsChunks of [false, true]) {
  test.each(scenes)(`%s (chunks ${ownsChunks ? "ours" : "lent"})`, (_, steps) => {
    const { connection, story } = openServer({ ownsChunks });
    for (const [name, act, expected] of steps) {
      act(connection);
      expect(story(), name).toEqual(expected);
    }
  });
}

describe("inside a handler", () => {
  const reactions: [
    name: string,
    react: (connection: Connection, nth: number) => void,
    expected: string[],
    later: string[],
  ][] = [
    [
      "pause stops after the message; resume tells the rest",
      (c, nth) => {
        if (nth === 1) c.pause();
      },
      ["onText a", "pauseTransport"],
      ["onText b", "onText c", "resumeTransport"],
    ],
    [
      "pause at the chunk's last message",
      (c, nth) => {
        if (nth === 3) c.pause();
      },
      ["onText a", "onText b", "onText c", "pauseTransport"],
      ["resumeTransport"],
    ],
    [
      "pause and resume change nothing",
      (c) => {
        c.pause();
        c.resume();
      },
      ["onText a", "pauseTransport", "onText b", "onText c", "resumeTransport"],
      [],
    ],
    [
      "pause each time",
      (c) => {
        c.pause();
      },
      ["onText a", "pauseTransport"],
      ["onText b"],
    ],
    [
      "pause and close: the rest is read",
      (c, nth) => {
        if (nth === 1) {
          c.pause();
          c.close();
        }
      },
      [
        "onText a",
        "pauseTransport",
        "setTimer close 30000",
        "= closing.draining",
        "= closing.awaitingClose",
        "onText b",
        "onText c",
        "resumeTransport",
        "> close",
      ],
      [],
    ],
    [
      "pause and terminate: nothing more",
      (c) => {
        c.pause();
        c.terminate();
      },
      ["onText a", "pauseTransport", "destroyTransport", "= closed", "onClose 1006"],
      [],
    ],
  ];
  for (const ownsChunks of [false, true]) {
    test.each(reactions)(
      `%s (chunks ${ownsChunks ? "ours" : "lent"})`,
      (_, react, expected, later) => {
        const { connection, end: stage, story } = openServer({ ownsChunks });
        let nth = 0;
        when(stage, "onText", () => {
          react(connection, ++nth);
        });
        const chunk = text("a", "b", "c");
        connection.receive(chunk);
        if (!ownsChunks) chunk.fill(0xff); // lent until the call returned
        expect(story()).toEqual(expected);
        connection.resume();
        expect(story()).toEqual(later);
      },
    );
  }

  test("a message held in several chunks, each paused at, is read once and in order", () => {
    const { connection, end: stage } = openServer();
    const told: string[] = [];
    when(stage, "onText", (bytes, start, stop) => {
      told.push(Buffer.from(bytes.slice(start, stop)).toString());
      connection.pause();
    });
    const stream = text("one", "two", "three", "four");
    for (let at = 0; at < stream.length; at += 5) connection.receive(stream.slice(at, at + 5));
    for (let i = 0; i < 10; i++) connection.resume();
    expect(told).toEqual(["one", "two", "three", "four"]);
  });
});

describe("before the opening is decided", () => {
  test("early frames wait for accept(), and are told after onOpen", () => {
    const { connection, story } = decidingServer();
    connection.receive(text("early", "bird"));
    connection.receive(masked(BINARY, "x"));
    expect(story()).toEqual(["pauseTransport"]);
    connection.accept();
    expect(story()).toEqual([
      "= open",
      "onOpen",
      "> HTTP/1.1 101 Switching Protocols",
      "onText early",
      "onText bird",
      "onBinary x",
      "resumeTransport",
    ]);
  });

  test("the end behind early frames waits, and is heard", () => {
    const { connection, story } = decidingServer();
    connection.receive(text("early"));
    connection.receiveEnd();
    story();
    connection.accept();
    expect(story().filter((line) => line.startsWith("on"))).toEqual([
      "onOpen",
      "onText early",
      "onClose 1006",
    ]);
  });

  test("the end and the loss behind early frames: it is gone before it opened", () => {
    const { connection, story } = decidingServer();
    connection.receive(text("early"));
    connection.receiveEnd();
    connection.receiveError();
    expect(story().filter((line) => line.startsWith("on"))).toEqual(["onClose 1006"]);
  });

  test("reject() drops them, and lets the peer's end be seen", () => {
    const { connection, story } = decidingServer();
    connection.receive(text("early"));
    story();
    connection.reject({ status: 403 });
    expect(story()).toEqual([
      "setTimer close 30000",
      "resumeTransport",
      "> HTTP/1.1 403 Forbidden Forbidden",
      "endTransport",
      "= closing.ending",
    ]);
  });

  test("paused while deciding, they wait for resume()", () => {
    const { connection, story } = decidingServer();
    connection.pause();
    connection.receive(text("early"));
    connection.accept();
    expect(story()).toEqual([
      "pauseTransport",
      "= open",
      "onOpen",
      "> HTTP/1.1 101 Switching Protocols",
    ]);
    connection.resume();
    expect(story()).toEqual(["onText early", "resumeTransport"]);
  });

  test("accepted, and terminated in onOpen: nothing follows onClose", () => {
    const { connection, end: stage, story } = decidingServer();
    when(stage, "onOpen", () => {
      connection.terminate();
    });
    connection.receive(text("early"));
    connection.accept();
    expect(story().at(-1)).toBe("onClose 1006");
  });

  test("the request itself may be there before we are told to expect it", () => {
    const { connection, story } = newServer();
    connection.receive(joinBytes([openingHead(), text("early")]));
    story();
    connection.expectRequest();
    expect(story()).toContain("onRequest /");
    connection.accept();
    expect(story().at(-2)).toBe("onText early");
  });
});

test("what is lent in a Buffer is copied where it is held: its slice() would be a view", () => {
  const { connection, story } = openServer();
  const chunk = Buffer.from(text("held"));
  connection.pause();
  connection.receive(chunk);
  chunk.fill(0);
  story();
  connection.resume();
  expect(story()).toEqual(["onText held", "resumeTransport"]);
});

test("paused again at the last message held, the transport stays stopped until resume()", () => {
  const { connection, end: stage, story } = openServer();
  connection.pause();
  connection.receive(text("held"));
  story();
  when(stage, "onText", () => {
    connection.pause();
  });
  connection.resume();
  expect(story()).toEqual(["onText held"]);
  expect(stage.paused).toBe(true);
  connection.resume();
  expect(story()).toEqual(["resumeTransport"]);
});
