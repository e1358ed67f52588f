/** The server's half of the opening. */
import { describe, expect, test } from "vitest";
import type { ServerConnection } from "../../../src/connection/contract.ts";
import { TEXT } from "../../../src/frame/opcode.ts";
import { UsageError } from "../../../src/index.ts";
import { masked, openingHead, utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";
import { decidingServer, newServer, when } from "../story.ts";

const sent = (lines: string[]): string[] => lines.filter((line) => /^(>|on)/.test(line));

const refused: [name: string, head: Uint8Array, status: number, text: string][] = [
  ["no upgrade", openingHead({ Upgrade: undefined }), 400, "Not a WebSocket request"],
  [
    "no key",
    openingHead({ "Sec-WebSocket-Key": undefined }),
    400,
    "Missing handshake request header: Sec-WebSocket-Key",
  ],
  [
    "a version we do not speak",
    openingHead({ "Sec-WebSocket-Version": "99" }),
    426,
    "Unsupported WebSocket version: 99",
  ],
];
test.each(refused)("accept() of a request with %s refuses it", (_, head, status, text) => {
  const { connection, end, story, timers } = newServer();
  when(end, "onRequest", () => {
    connection.accept();
  });
  connection.expectRequest();
  connection.receive(joinBytes([head, masked(TEXT, "never read")]));
  expect(sent(story())).toEqual([
    "onRequest /",
    "onViolation handshake-failed",
    `> HTTP/1.1 ${status} ${status === 400 ? "Bad Request" : "Upgrade Required"} ${text}`,
  ]);
  expect(connection.state).toBe("closing");
  connection.receiveEnd();
  expect(story().at(-1)).toBe(`onClose 1002 ${text}`);
  expect(timers()).toEqual([]);
});

test("a head that is no HTTP is refused before anybody is asked", () => {
  const { connection, story } = newServer();
  connection.expectRequest();
  connection.receive(utf8("HELLO\r\n\r\n"));
  const lines = sent(story());
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe("onViolation handshake-failed");
  expect(lines[1]).toMatch(/^> HTTP\/1\.1 400 /);
});

describe("a good request", () => {
  test("by bytes, however they are cut", () => {
    const bytes = joinBytes([openingHead({}, "/chat?room=1"), masked(TEXT, "early")]);
    for (const step of [1, 7, bytes.length]) {
      const { connection, end, story } = newServer();
      when(end, "onRequest", () => {
        connection.accept();
      });
      connection.expectRequest();
      for (let at = 0; at < bytes.length; at += step)
        connection.receive(bytes.slice(at, at + step));
      expect(sent(story()).sort()).toEqual([
        "> HTTP/1.1 101 Switching Protocols",
        "onOpen",
        "onRequest /chat?room=1",
        "onText early",
      ]);
    }
  });

  test("parsed by somebody else, with bytes behind it", () => {
    const other = decidingServer();
    const { connection, end, story } = newServer();
    let request: Parameters<ServerConnection["receiveRequest"]>[0] | undefined;
    const source = newServer();
    when(source.end, "onRequest", (asked) => {
      request = asked;
    });
    source.connection.expectRequest();
    source.connection.receive(openingHead());
    connection.receiveRequest(request!);
    connection.receive(masked(TEXT, "early"));
    expect(end.timers.size).toBe(0);
    connection.accept();
    expect(sent(story())).toEqual([
      "onRequest /",
      "onOpen",
      "> HTTP/1.1 101 Switching Protocols",
      "onText early",
    ]);
    expect(other.connection.state).toBe("connecting");
  });

  test("what onOpen sends goes behind the response, in the same write", () => {
    const { connection, end } = decidingServer();
    when(end, "onOpen", () => {
      connection.sendText("hi");
    });
    connection.accept();
    expect(end.take().filter(([type]) => type === "write")).toHaveLength(1);
  });

  test("reject() answers and ends", () => {
    const { connection, story, timers } = decidingServer();
    connection.reject({ status: 403, body: "no" });
    expect(story()).toEqual([
      "setTimer close 30000",
      "> HTTP/1.1 403 Forbidden no",
      "endTransport",
      "= closing.ending",
    ]);
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 1006");
    expect(timers()).toEqual([]);
  });
});

describe("commands that make no sense throw and change nothing", () => {
  const rows: [
    name: string,
    make: () => ServerConnection,
    command: (connection: ServerConnection) => void,
    message: string,
  ][] = [
    [
      "accept before a request",
      () => newServer().connection,
      (c) => {
        c.accept();
      },
      "accept: there is no opening request to answer",
    ],
    [
      "reject before a request",
      () => newServer().connection,
      (c) => {
        c.reject({ status: 400 });
      },
      "reject: there is no opening request to answer",
    ],
    [
      "accept after reject",
      () => {
        const { connection } = decidingServer();
        connection.reject({ status: 400 });
        return connection;
      },
      (c) => {
        c.accept();
      },
      "accept: there is no opening request to answer",
    ],
    [
      "accept twice",
      () => {
        const { connection } = decidingServer();
        connection.accept();
        return connection;
      },
      (c) => {
        c.accept();
      },
      "accept: the connection is open, its opening is over",
    ],
    [
      "reject when open",
      () => {
        const { connection } = decidingServer();
        connection.accept();
        return connection;
      },
      (c) => {
        c.reject({ status: 400 });
      },
      "reject: the connection is open, its opening is over",
    ],
    [
      "accept when the peer has gone",
      () => {
        const { connection } = decidingServer();
        connection.receiveError();
        return connection;
      },
      (c) => {
        c.accept();
      },
      "accept: the connection is closed, its opening is over",
    ],
    [
      "a request when closed",
      () => {
        const { connection } = newServer();
        connection.terminate();
        return connection;
      },
      (c) => {
        c.receiveRequest(undefined as never);
      },
      "receiveRequest: the connection is closed, its opening is over",
    ],
  ];
  test.each(rows)("%s", (_, make, command, message) => {
    const connection = make();
    const { path } = connection;
    expect(() => {
      command(connection);
    }).toThrow(new UsageError(message));
    expect(connection.path).toBe(path);
  });

  test("a header or status that may not be sent leaves the request to be answered", () => {
    const { connection, story } = decidingServer();
    expect(() => {
      connection.accept({ headers: { "X-Bad": "a\r\nb" } });
    }).toThrow(UsageError);
    expect(() => {
      connection.reject({ status: 101 });
    }).toThrow(UsageError);
    expect(story()).toEqual([]);
    connection.accept();
    expect(connection.state).toBe("open");
  });
});
