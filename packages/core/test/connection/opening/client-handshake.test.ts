/** The client's half of the opening. */
import { describe, expect, test } from "vitest";
import { TEXT } from "../../../src/frame/opcode.ts";
import { type ClientConnection, UsageError } from "../../../src/index.ts";
import { frame, utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { askingClient, newClient, when } from "../story.ts";

const emitted = (lines: string[]): string[] => lines.filter((line) => line.startsWith("on"));

test("open() sends the request, once", () => {
  const { connection, story } = newClient(undefined, { target: "/chat" });
  connection.open();
  connection.open();
  expect(story().filter((line) => line.startsWith(">"))).toEqual(["> GET /chat HTTP/1.1"]);
});

test.each([1, 5, 1000])(
  "a 101 opens, and frames behind it are read; in pieces of %d bytes",
  async (step) => {
    const { connection, response, story, timers } = await askingClient();
    const bytes = joinBytes([
      utf8("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
      response,
      frame(TEXT, "first"),
      frame(TEXT, "second"),
    ]);
    for (let at = 0; at < bytes.length; at += step) connection.receive(bytes.slice(at, at + step));
    expect(emitted(story())).toEqual(["onOpen", "onText first", "onText second"]);
    expect(timers()).toEqual([]);
  },
);

test("what onOpen does comes before what is behind the response", async () => {
  const { connection, response, end, story } = await askingClient();
  when(end, "onOpen", () => {
    connection.pause();
  });
  connection.receive(joinBytes([response, frame(TEXT, "first")]));
  expect(emitted(story())).toEqual(["onOpen"]);
  connection.resume();
  expect(emitted(story())).toEqual(["onText first"]);
});

describe("what does not open", () => {
  const PREFIX = "Error during WebSocket handshake: ";
  const rows: [name: string, response: string, message: string, status: number | undefined][] = [
    [
      "a wrong key",
      "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      "Sec-WebSocket-Accept mismatch",
      101,
    ],
    ["no upgrade", "HTTP/1.1 101 x\r\n\r\n", "'Upgrade' header is missing", 101],
    [
      "what is TLS",
      "\u0015\u0003\u0001\0\u0002\u0002\u0046",
      "Malformed HTTP head: a control character (the server speaks TLS: is wss: meant?)",
      undefined,
    ],
    [
      "what is HTTP/2",
      "\0\0\u0006\u0004\0\0\0\0\0",
      "Malformed HTTP head: a control character (the server speaks HTTP/2: is that wanted?)",
      undefined,
    ],
    ["what is no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "", undefined],
  ];
  test.each(rows)("%s: destroyed, and the answer is told", async (_, response, message, status) => {
    const { connection, end, story, timers } = await askingClient();
    connection.receive(utf8(response));
    const actions = end.take();
    const violation = actions.find((action) => action[0] === "onViolation")![1];
    expect(violation).toMatchObject({ code: "handshake-failed", closeCode: 1002 });
    expect(violation.message.startsWith(PREFIX + message)).toBe(true);
    expect(violation.message.slice(PREFIX.length)).not.toContain(PREFIX);
    expect(violation.response?.status).toBe(status);
    expect(actions.map(([type]) => type)).toEqual([
      "onViolation",
      "clearTimer",
      "destroyTransport",
      "onState",
      "onClose",
    ]);
    expect(actions.at(-1)).toEqual(["onClose", 1002, violation.message, false]);
    expect(timers()).toEqual([]);
    connection.receive(utf8("more"));
    expect(story()).toEqual([]);
  });

  test.each(["terminate", "close"] as const)("%s() in onViolation: told once", async (command) => {
    const { connection, end, story } = await askingClient();
    when(end, "onViolation", () => {
      connection[command]();
    });
    connection.receive(utf8("HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"));
    expect(emitted(story()).filter((line) => line.startsWith("onClose"))).toHaveLength(1);
  });

  test("the end of the transport before the answer", async () => {
    const { connection, story } = await askingClient();
    connection.receive(utf8("HTTP/1.1 101"));
    connection.receiveEnd();
    expect(emitted(story())).toEqual(["onClose 1006"]);
  });
});

describe("a refusal", () => {
  const HEAD = "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n";
  const END = "HTTP/1.1 403 Forbidden\r\n\r\n";
  type Ending = readonly [
    name: string,
    answer: string,
    end: (connection: ClientConnection) => void,
    body: string,
    order: readonly string[],
  ];
  const LOST = ["clearTimer", "onViolation", "onState", "onClose"];
  const DROPPED = ["onViolation", "clearTimer", "destroyTransport", "onState", "onClose"];
  const endings: Ending[] = [
    ["all of its body", `${HEAD}no, x`, () => {}, "no, x", DROPPED],
    ["no body", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", () => {}, "", DROPPED],
    [
      "a body up to the end",
      `${END}no`,
      (connection) => {
        connection.receiveEnd();
      },
      "no",
      ["clearTimer", "onViolation", "endTransport", "onState", "onClose"],
    ],
    [
      "a body cut short",
      `${HEAD}no`,
      (connection) => {
        connection.receiveError();
      },
      "no",
      LOST,
    ],
    [
      "a body that does not come in time",
      `${HEAD}no`,
      (connection) => {
        connection.fireTimer("handshake");
      },
      "no",
      ["clearTimer", "onViolation", "destroyTransport", "onState", "onClose"],
    ],
    [
      "a body that is too large",
      `${END}${"x".repeat(70_000)}`,
      () => {},
      "x".repeat(65_536),
      DROPPED,
    ],
  ];
  test.each(endings)(
    "%s: told with the answer, then 1006",
    async (_, answer, finish, body, order) => {
      for (const step of [answer.length, 7]) {
        const { connection, end, timers } = await askingClient();
        const bytes = utf8(answer);
        for (let at = 0; at < bytes.length; at += step)
          connection.receive(bytes.slice(at, at + step));
        finish(connection);
        const actions = end.take();
        const violation = actions.find((action) => action[0] === "onViolation")![1];
        expect(violation).toMatchObject({
          code: "opening-refused",
          closeCode: 1006,
          message: "Error during WebSocket handshake: Unexpected response code: 403",
        });
        expect([
          violation.response?.status,
          Buffer.from(violation.response!.body!).toString(),
        ]).toEqual([403, body]);
        expect(actions.map(([type]) => type).slice(-order.length)).toEqual(order);
        expect([actions.at(-1), timers()]).toEqual([["onClose", 1006, "", false], []]);
      }
    },
  );

  test("has as long for its body as the answer had, from its head on", async () => {
    const { connection, end } = await askingClient();
    connection.receive(utf8(HEAD));
    expect(end.take().map(([type, timer]) => [type, timer])).toEqual([
      ["clearTimer", "handshake"],
      ["setTimer", "handshake"],
      ["onState", "alive.connecting.awaitingBody"],
    ]);
  });

  test.each<[followsRedirects: boolean, status: number, location: string, told: boolean]>([
    [true, 302, "Location: /b\r\n", true],
    [true, 308, "Location: /b\r\n", true],
    [true, 302, "", false],
    [true, 403, "Location: /b\r\n", false],
    [false, 302, "Location: /b\r\n", false],
  ])(
    "who follows redirects (%s) need not wait for the body of one: %i %s",
    async (followsRedirects, status, location, told) => {
      const { connection, story } = newClient(undefined, { followsRedirects });
      connection.open();
      connection.receive(utf8(`HTTP/1.1 ${status} x\r\n${location}Content-Length: 5\r\n\r\n`));
      expect(emitted(story()).some((line) => line.startsWith("onClose"))).toBe(told);
    },
  );
});

test("a request that may not be sent is refused when the client is made", () => {
  expect(() => newClient(undefined, { headers: { "X-Bad": "a\nb" } })).toThrow(UsageError);
  expect(() => newClient(undefined, { protocols: ["a b"] })).toThrow(UsageError);
});

test("a pause before the opening does not keep the response out: it holds the messages behind it", async () => {
  const { connection, response, story } = await askingClient();
  connection.pause();
  expect(story()).not.toContain("pauseTransport");
  connection.receive(joinBytes([response, frame(TEXT, "first")]));
  const told = story();
  expect(emitted(told)).toEqual(["onOpen"]);
  expect(told.at(-1)).toBe("pauseTransport");
  connection.resume();
  expect(story()).toEqual(["onText first", "resumeTransport"]);
});

describe("what extensions hold for an offer is given back, once, where the opening fails", () => {
  /** Holds something from the offer on, as plug-ins do. */
  class Holding extends FakeExtension {
    declined = 0;
    override offer(): ReturnType<FakeExtension["offer"]> & { decline(): void } {
      return {
        ...super.offer(),
        decline: () => {
          this.declined++;
        },
      };
    }
  }

  const ends: [name: string, act: (c: ClientConnection, response: string) => void][] = [
    [
      "refused",
      (c) => {
        c.receive(utf8("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"));
      },
    ],
    [
      "no HTTP",
      (c) => {
        c.receive(utf8("SSH-2.0-OpenSSH\r\n\r\n"));
      },
    ],
    [
      "a wrong key",
      (c) => {
        c.receive(
          utf8(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
          ),
        );
      },
    ],
    [
      "an answer to what was not offered",
      (c, response) => {
        c.receive(
          utf8(response.replace("Upgrade: w", "Sec-WebSocket-Extensions: x-other\r\nUpgrade: w")),
        );
      },
    ],
    [
      "accepted without it",
      (c, response) => {
        c.receive(utf8(response));
        c.terminate();
      },
    ],
    [
      "lost",
      (c) => {
        c.receiveError();
      },
    ],
    [
      "ended",
      (c) => {
        c.receiveEnd();
      },
    ],
    [
      "terminate()",
      (c) => {
        c.terminate();
      },
    ],
    [
      "close()",
      (c) => {
        c.close();
      },
    ],
    [
      "too late",
      (c) => {
        c.fireTimer("handshake");
      },
    ],
  ];
  test.each(ends)("%s", async (_, act) => {
    const extension = new Holding("x-test");
    const { connection, response } = await askingClient(undefined, { extensions: [extension] });
    act(connection, new TextDecoder().decode(response));
    expect([connection.state, extension.declined, extension.opened]).toEqual(["closed", 1, 0]);
  });

  test("agreed on: its session is closed with the connection, and the offer not declined", async () => {
    const extension = new Holding("x-test");
    const { connection, response } = await askingClient(undefined, { extensions: [extension] });
    connection.receive(
      utf8(
        new TextDecoder()
          .decode(response)
          .replace("Upgrade: w", "Sec-WebSocket-Extensions: x-test\r\nUpgrade: w"),
      ),
    );
    expect([connection.state, extension.opened, extension.closed]).toEqual(["open", 1, 0]);
    connection.receiveError();
    expect([extension.closed, extension.declined]).toEqual([1, 0]);
  });
});
