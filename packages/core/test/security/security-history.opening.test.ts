/** Failures of other implementations during the opening, which this one must not have: see `docs/security-history.md`. */
import { describe, expect, test } from "vitest";
import { parseOffers } from "../../src/extension/offers.ts";
import { permessageDeflate } from "../../src/extension/permessage-deflate.ts";
import { chooseProtocol } from "../../src/handshake/negotiate.ts";
import { UsageError } from "../../src/index.ts";
import { openingHead, utf8 } from "../../src/testing/wire/bytes.ts";
import { outcomeOf } from "../../src/testing/recorder.ts";
import { askingClient, newClient, newServer, when } from "../connection/story.ts";
import { FakeCompression } from "../extension/fake-compression.ts";
import { requestWith } from "../handshake/openings.ts";

const told = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("on"));
/** Milliseconds of this process alone: the machine may be busy with others. */
const timed = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

describe("NSP-550, WS-2017-0421 (ws, websocket-extensions 0.1.3): names of properties are names", () => {
  const NAMES = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__defineGetter__",
  ];
  test.each(NAMES)("%s as extension, parameter, subprotocol and field", (name) => {
    const { connection, end, story } = newServer();
    when(end, "onRequest", (request) => {
      expect(request.headers.get(name.toLowerCase())).toBe("x");
      connection.accept({
        protocols: ["chat"],
        extensions: [permessageDeflate(new FakeCompression())],
      });
    });
    connection.expectRequest();
    connection.receive(
      openingHead({
        "Sec-WebSocket-Extensions": `${name}, permessage-deflate; ${name}; ${name}=1`,
        "Sec-WebSocket-Protocol": name,
        [`${name} `.trim()]: "x",
      }),
    );
    expect(told(story())).toEqual(["onRequest /", "onOpen"]);
  });
});

test("CVE-2021-32640 (ws): Sec-WebSocket-Protocol is read in linear time", () => {
  for (const piece of [" ", "\t ", ",", "a ", " ,", "a, "]) {
    const field = `a${piece.repeat((1 << 20) / piece.length)}b`;
    expect(
      timed(() => {
        chooseProtocol(field, ["x"]);
      }),
      JSON.stringify(piece),
    ).toBeLessThan(1000);
  }
});

describe("CVE-2024-37890 (ws): a request may lack what routed it here", () => {
  test.each(["upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "host"])(
    "without %s it is refused or opened, and nothing is thrown",
    (name) => {
      const { connection, end } = newServer();
      when(end, "onRequest", () => {
        connection.accept();
      });
      connection.receiveRequest(requestWith({ [name]: undefined }));
      expect(outcomeOf(end.take()).sent.length).toBeGreaterThan(0);
    },
  );

  test("more fields than are counted are refused, not dropped", () => {
    const { connection, story } = newServer();
    connection.expectRequest();
    connection.receive(
      openingHead(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`X-${at}`, "1"]))),
    );
    expect(story().find((line) => line.startsWith(">"))).toMatch(/^> HTTP\/1\.1 431 /);
  });
});

test("CVE-2020-7662, CVE-2020-7663 (websocket-extensions): the extension header is read in linear time", () => {
  const hostile = `a; b="${"\\c".repeat(500_000)}`;
  expect(
    timed(() => {
      expect(parseOffers(hostile)).toBeUndefined();
    }),
  ).toBeLessThan(1000);
});

test("faye-websocket#42: a malformed extension header refuses the opening, and throws nothing", () => {
  for (const field of ["x-webkit- -frame", "a;;", 'a; b="', "=", '"', "a/b"]) {
    const { connection, end, story } = newServer();
    when(end, "onRequest", () => {
      connection.accept();
    });
    connection.expectRequest();
    connection.receive(openingHead({ "Sec-WebSocket-Extensions": field }));
    expect(story().find((line) => line.startsWith(">"))).toBe(
      `> HTTP/1.1 400 Bad Request Invalid Sec-WebSocket-Extensions header: ${field}`,
    );
  }
});

test("websocket-driver#16, #27: keys of draft 76 that are wrong are refused, and throw nothing", () => {
  for (const key of [
    "",
    " ",
    "abc",
    "123",
    "1 2 3",
    "9".repeat(1000),
    `${"9".repeat(1000)} `,
    " ".repeat(1000),
    "4294967296 1",
  ]) {
    const { connection, end, story } = newServer();
    when(end, "onRequest", () => {
      connection.accept({ drafts: true });
    });
    connection.expectRequest();
    connection.receive(
      openingHead({
        "Sec-WebSocket-Key": undefined,
        "Sec-WebSocket-Version": undefined,
        "Sec-WebSocket-Key1": key,
        "Sec-WebSocket-Key2": "1 1",
      }),
    );
    expect(
      story().some(
        (line) => line.startsWith("> HTTP/1.1 400 ") || line.startsWith("> HTTP/1.1 101 "),
      ),
    ).toBe(true);
  }
});

describe("CVE-2026-1527 (undici), and websocket-driver's headers: no line break gets into a head", () => {
  const EVIL = ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"];
  test.each(EVIL)("%j", (evil) => {
    for (const request of [
      { headers: { "X-One": evil } },
      { headers: { [evil]: "1" } },
      { target: `/${evil}` },
      { host: evil },
      { protocols: [evil] },
    ]) {
      expect(() => newClient(undefined, request), JSON.stringify(request)).toThrow(UsageError);
    }
    for (const choice of [{ headers: { "X-One": evil } }, { headers: { [evil]: "1" } }]) {
      const { connection, end } = newServer();
      connection.receiveRequest(requestWith());
      end.take();
      expect(() => {
        connection.accept(choice);
      }).toThrow(UsageError);
      expect(() => {
        connection.reject({ status: 400, ...choice });
      }).toThrow(UsageError);
      expect(() => {
        connection.reject({ status: 400, statusText: evil });
      }).toThrow(UsageError);
      expect(end.take()).toEqual([]);
    }
  });
});

test("CVE-2026-2229 (undici): parameters out of range fail the handshake, and never reach zlib", async () => {
  for (const bits of ["0", "7", "16", "99999999999", "-1", "1e9", "NaN"]) {
    const compression = new FakeCompression();
    const { connection, response, story } = await askingClient(undefined, {
      extensions: [permessageDeflate(compression)],
    });
    const head = Buffer.from(response)
      .toString()
      .replace(
        "\r\n\r\n",
        `\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_max_window_bits=${bits}\r\n\r\n`,
      );
    connection.receive(utf8(head));
    expect(told(story())[0]).toBe("onViolation handshake-failed");
    expect([compression.deflaters, compression.inflaters]).toEqual([[], []]);
  }
});

describe("CVE-2023-43669, RUSTSEC-2023-0065 (tungstenite): a head that comes octet by octet is read once", () => {
  test.each([16_384, 1 << 20])("of %i bytes", (size) => {
    const { connection, story } = newServer({ maxHeadSize: size });
    connection.expectRequest();
    const head = utf8(`GET / HTTP/1.1\r\nX-Long: ${"x".repeat(size)}`);
    expect(
      timed(() => {
        for (const byte of head) connection.receive(Uint8Array.of(byte));
      }),
    ).toBeLessThan(5000);
    expect(story().find((line) => line.startsWith(">"))).toMatch(/^> HTTP\/1\.1 431 /);
  });
});

test("granian: a subprotocol that is not ASCII is no reason to fall over", () => {
  const { connection, end, story } = newServer();
  when(end, "onRequest", () => {
    connection.accept({ protocols: ["chat"] });
  });
  connection.expectRequest();
  connection.receive(
    Uint8Array.from(
      Buffer.from(
        Buffer.from(openingHead({ "Sec-WebSocket-Protocol": "@" }))
          .toString()
          .replace("@", "caf\u00e9, \u00ff"),
        "latin1",
      ),
    ),
  );
  expect(told(story())).toEqual(["onRequest /", "onOpen"]);
});

test("CVE-2025-43859 (h11): line endings are not guessed", () => {
  for (const head of [
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
  ]) {
    const { connection, story } = newServer();
    connection.expectRequest();
    connection.receive(utf8(head));
    expect(told(story()), JSON.stringify(head)).toEqual(["onViolation handshake-failed"]);
  }
});
