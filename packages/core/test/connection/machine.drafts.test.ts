/** A connection that speaks draft 75 or 76, from its opening to its end. */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/index.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { draftHead, draftServer, SAMPLE_ANSWER, SAMPLE_BODY, sentText } from "./extended.ts";
import { newServer, type Stage, storyOf, when } from "./story.ts";
import type { ServerConnection } from "../../src/connection/contract.ts";

const text = (...data: string[]): Uint8Array =>
  joinBytes(data.map((one) => joinBytes([Uint8Array.of(0), utf8(one), Uint8Array.of(255)])));
const CLOSE = Uint8Array.of(255, 0);
const told = ({ end }: Stage<ServerConnection>): string[] =>
  storyOf(end.take()).filter((line) => /^(on|=|endT|destroy)/.test(line));

describe("the body of draft 76", () => {
  const asked = (): Stage<ServerConnection> => {
    const made = newServer();
    made.connection.expectRequest();
    made.connection.receive(draftHead("hixie-76"));
    made.end.take();
    return made;
  };

  test("is there already: head and answer, in one write", () => {
    const made = asked();
    made.connection.receive(SAMPLE_BODY.slice());
    expect(made.end.take()).toEqual([["pauseTransport"]]);
    made.connection.accept({ drafts: true });
    expect(made.connection.state).toBe("open");
    const actions = made.end.take();
    expect(sentText(actions)).toMatch(
      /^HTTP\/1\.1 101 WebSocket Protocol Handshake\r\n[^]*\r\n\r\n8jKS'y:G\*Co,Wxa-$/,
    );
    expect(storyOf(actions).filter((line) => /^(on|resume)/.test(line))).toEqual([
      "onOpen",
      "resumeTransport",
    ]);
  });

  test("comes late: our head goes at once, the answer and onOpen when it is there, in a time of its own", () => {
    const { connection, end, timers } = asked();
    connection.accept({ drafts: true });
    expect(sentText(end.take())).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
    expect([connection.path, connection.sendable, timers()]).toEqual([
      "alive.connecting.completing",
      false,
      ["handshake"],
    ]);
    connection.receive(SAMPLE_BODY.slice(0, 3));
    expect(end.take()).toEqual([]);
    connection.receive(joinBytes([SAMPLE_BODY.slice(3), text("early")]));
    const actions = end.take();
    expect([sentText(actions), timers()]).toEqual([SAMPLE_ANSWER, []]);
    expect(storyOf(actions).filter((line) => line.startsWith("on"))).toEqual([
      "onOpen",
      "onText early",
    ]);
  });

  test("however it is cut, with what follows it", () => {
    const stream = joinBytes([draftHead("hixie-76"), SAMPLE_BODY, text("a", "b"), CLOSE]);
    for (let step = 1; step <= stream.length; step += step < 12 ? 1 : 37) {
      const { connection, end } = newServer();
      when(end, "onRequest", () => {
        connection.accept({ drafts: true });
      });
      connection.expectRequest();
      for (let at = 0; at < stream.length; at += step)
        connection.receive(stream.slice(at, at + step));
      const actions = end.take();
      expect(sentText(actions).slice(-18), `in pieces of ${step}`).toBe(`${SAMPLE_ANSWER}\xff\0`);
      expect(storyOf(actions).filter((line) => line.startsWith("on"))).toEqual([
        "onRequest /",
        "onOpen",
        "onText a",
        "onText b",
      ]);
    }
  });

  test("what onOpen sends goes behind the answer, in the same write", () => {
    const made = asked();
    made.connection.accept({ drafts: true });
    made.end.take();
    when(made.end, "onOpen", () => {
      made.connection.sendText("hi");
    });
    made.connection.receive(SAMPLE_BODY.slice());
    const actions = made.end.take();
    expect(sentText(actions)).toBe(`${SAMPLE_ANSWER}\0hi\xff`);
    expect(actions.filter(([type]) => type === "write")).toHaveLength(1);
  });

  const endings: [name: string, act: (c: ServerConnection) => void, expected: string[]][] = [
    [
      "it never comes",
      (c) => {
        c.fireTimer("handshake");
      },
      ["onViolation handshake-timeout", "destroyTransport", "= closed", "onClose 1006"],
    ],
    [
      "the peer ends before it",
      (c) => {
        c.receive(SAMPLE_BODY.slice(0, 7));
        c.receiveEnd();
      },
      ["endTransport", "= closed", "onClose 1006"],
    ],
    [
      "the transport is lost",
      (c) => {
        c.receiveError();
      },
      ["= closed", "onClose 1006"],
    ],
    [
      "close()",
      (c) => {
        c.close();
      },
      ["destroyTransport", "= closed", "onClose 1006"],
    ],
    [
      "terminate()",
      (c) => {
        c.terminate();
      },
      ["destroyTransport", "= closed", "onClose 1006"],
    ],
  ];
  test.each(endings)("%s", (_, act, expected) => {
    const made = asked();
    made.connection.accept({ drafts: true });
    made.end.take();
    act(made.connection);
    expect(told(made)).toEqual(expected);
    expect(made.timers()).toEqual([]);
    made.connection.receive(SAMPLE_BODY.slice());
    expect(made.end.take()).toEqual([]);
  });

  test("commands that come too late throw", () => {
    const { connection } = asked();
    connection.accept({ drafts: true });
    expect(() => {
      connection.accept({ drafts: true });
    }).toThrow(UsageError);
    expect(() => {
      connection.reject({ status: 403 });
    }).toThrow(UsageError);
    expect(() => {
      connection.sendText("x");
    }).toThrow(UsageError);
    expect(connection.path).toBe("alive.connecting.completing");
  });

  test("paused meanwhile: it opens, and messages wait", () => {
    const { connection, end } = asked();
    connection.accept({ drafts: true });
    connection.pause();
    connection.receive(joinBytes([SAMPLE_BODY, text("early")]));
    expect(connection.state).toBe("open");
    expect(storyOf(end.take()).filter((line) => line.startsWith("on"))).toEqual(["onOpen"]);
    connection.resume();
    expect(storyOf(end.take()).filter((line) => line.startsWith("on"))).toEqual(["onText early"]);
  });
});

test("drafts are refused where they are not asked for", () => {
  for (const draft of ["hixie-75", "hixie-76"] as const) {
    const { connection, end, story } = newServer();
    when(end, "onRequest", () => {
      connection.accept();
    });
    connection.expectRequest();
    connection.receive(draftHead(draft));
    expect(story()).toContain(
      "> HTTP/1.1 400 Bad Request Missing handshake request header: Sec-WebSocket-Version",
    );
  }
});

describe.each(["hixie-75", "hixie-76"] as const)("%s", (draft) => {
  test("text both ways", () => {
    const { connection, end } = draftServer(draft);
    connection.receive(text("hé", ""));
    connection.sendText("wörld");
    connection.sendTextBytes(utf8("xyz"), 1, 2);
    connection.sendParts("text", [utf8("p"), utf8("q")], 2);
    const actions = end.take();
    expect(storyOf(actions).filter((line) => line.startsWith("on"))).toEqual([
      "onText hé",
      "onText",
    ]);
    expect(Buffer.from(sentText(actions), "latin1")).toEqual(Buffer.from(text("wörld", "y", "pq")));
  });

  test("what it cannot say throws, and sends nothing", () => {
    const { connection, end } = draftServer(draft);
    expect(connection.supports).toMatchObject({ binary: false, ping: false });
    for (const command of [
      () => {
        connection.sendBinary(utf8("x"));
      },
      () => {
        connection.sendParts("binary", [utf8("x")], 1);
      },
      () => {
        connection.ping();
      },
      () => {
        connection.pong();
      },
    ]) {
      expect(command).toThrow("the peer speaks a draft that has no such message");
    }
    expect(end.take()).toEqual([]);
    expect(connection.sendable).toBe(true);
  });

  test("text that is not UTF-8, and text that is too long", () => {
    const bad = draftServer(draft);
    const long = draftServer(draft, { maxMessageSize: 4 });
    bad.connection.receive(Uint8Array.of(0, 0x61, 0xc0));
    expect(told(bad)[0]).toBe("onViolation invalid-utf8");
    long.connection.receive(text("1234", "12345"));
    expect(told(long).slice(0, 2)).toEqual(["onText 1234", "onViolation message-too-big"]);
  });

  test("what is wrong first is what is told, however it is cut", () => {
    const stream = joinBytes([
      Uint8Array.of(0, 0x61, 0xc0),
      utf8("x".repeat(100)),
      Uint8Array.of(255),
    ]);
    for (const step of [1, 2, 50, stream.length]) {
      const made = draftServer(draft, { maxMessageSize: 50 });
      for (let at = 0; at < stream.length; at += step)
        made.connection.receive(stream.slice(at, at + step));
      expect(told(made)[0], `in pieces of ${step}`).toBe("onViolation invalid-utf8");
    }
  });

  test("lengths that no number holds are refused (CVE-2026-54466)", () => {
    const made = draftServer(draft);
    made.connection.receive(Uint8Array.of(0x80, ...new Array<number>(100).fill(0xff)));
    expect(told(made)[0]).toBe("onViolation message-too-big");
  });

  test("never pings", () => {
    expect(draftServer(draft, { pingInterval: 1000 }).timers()).toEqual([]);
  });

  test("paused, it reads on where it was", () => {
    const made = draftServer(draft);
    const seen: string[] = [];
    when(made.end, "onText", (bytes, start, end) => {
      seen.push(Buffer.from(bytes.slice(start, end)).toString());
      made.connection.pause();
    });
    made.connection.receive(text("a", "b"));
    expect(seen).toEqual(["a"]);
    made.connection.resume();
    expect(seen).toEqual(["a", "b"]);
  });
});

describe("closing", () => {
  test("76: ours first", () => {
    const made = draftServer("hixie-76");
    made.connection.sendText("last");
    made.connection.close(1000, "unsaid");
    expect(sentText(made.end.take())).toBe("\0last\xff\xff\0");
    made.connection.receive(joinBytes([text("still read"), CLOSE]));
    made.connection.receiveEnd();
    expect(told(made)).toEqual([
      "onText still read",
      "endTransport",
      "= closing.ending",
      "= closed",
      "onClose 1005 clean",
    ]);
  });

  test("76: theirs first, and nothing after it is read", () => {
    const made = draftServer("hixie-76");
    made.connection.receive(joinBytes([CLOSE, text("unheard")]));
    expect(sentText(made.end.take())).toBe("\xff\0");
    made.connection.receiveEnd();
    expect(told(made)).toEqual(["= closed", "onClose 1005 clean"]);
  });

  test("75: there is no handshake, ours ends the transport and tells our code", () => {
    const made = draftServer("hixie-75");
    made.connection.sendText("last");
    made.connection.close(4000, "why");
    const actions = made.end.take();
    expect(sentText(actions)).toBe("\0last\xff");
    expect(storyOf(actions).at(-1)).toBe("= closing.ending");
    expect(actions).toContainEqual(["endTransport"]);
    made.connection.receiveEnd();
    expect(told(made).slice(0, 1)).toEqual(["= closed"]);
  });

  test.each([
    [undefined, 1005],
    [1000, 1000],
    [4000, 4000],
  ] as const)("75: close(%s) is told as %s", (code, expected) => {
    const { connection, end } = draftServer("hixie-75");
    connection.close(code);
    connection.receiveEnd();
    expect(end.take().at(-1)).toEqual(["onClose", expected, "", false]);
  });

  test("75: theirs is the end of the transport", () => {
    const made = draftServer("hixie-75");
    made.connection.receiveEnd();
    expect(told(made)).toEqual(["endTransport", "= closed", "onClose 1006"]);
  });

  test.each(["hixie-75", "hixie-76"] as const)(
    "%s: a peer that does not end is dropped in time",
    (draft) => {
      const made = draftServer(draft);
      made.connection.close();
      expect(made.timers()).toEqual(["close"]);
      made.connection.fireTimer("close");
      expect([made.end.destroyed, made.timers()]).toEqual([true, []]);
    },
  );

  test.each(["hixie-75", "hixie-76"] as const)("%s: close() while paused", (draft) => {
    const made = draftServer(draft);
    made.connection.pause();
    made.connection.close();
    made.connection.receive(CLOSE.slice());
    made.connection.receiveEnd();
    expect(made.connection.state).toBe("closed");
  });
});
