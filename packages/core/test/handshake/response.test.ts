import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handshakeProblem } from "../../src/handshake/problem.ts";
import { writeAcceptance, writeRefusal } from "../../src/handshake/response.ts";
import { verifyResponse } from "../../src/handshake/verify.ts";
import type { Choice, Refusal } from "../../src/opening.ts";
import { UsageError } from "../../src/violation.ts";
import { accepted, ACCEPT, KEY, latin1, readResponse, requestWith, NO_OFFERS } from "./openings.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";

/** Any code point; fast-check's own unit for that takes seconds to make. */
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
const offering = requestWith({ "sec-websocket-protocol": "chat, superchat" });
const START = "HTTP/1.1 101 Switching Protocols\r\n";
const OWN = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n`;

describe("accepting", () => {
  const cases: [name: string, choice: Choice, protocol: string, text: string][] = [
    ["the plain case", {}, "", `${START}${OWN}\r\n`],
    [
      "the client's first subprotocol of ours",
      { protocols: ["x", "superchat", "chat"] },
      "chat",
      `${START}${OWN}Sec-WebSocket-Protocol: chat\r\n\r\n`,
    ],
    ["no subprotocol in common", { protocols: ["x"] }, "", `${START}${OWN}\r\n`],
    [
      "custom fields come first",
      { headers: { "X-A": "b", "Set-Cookie": "c=d" } },
      "",
      `${START}X-A: b\r\nSet-Cookie: c=d\r\n${OWN}\r\n`,
    ],
  ];
  test.each(cases)("%s", (_, choice, protocol, text) => {
    const { bytes, opening } = accepted(
      writeAcceptance(offering, choice, "hybi-13", DEFAULT_OPTIONS),
    );
    expect(latin1(bytes)).toBe(text);
    expect(opening).toEqual({ version: "hybi-13", protocol, extensions: "", response: undefined });
  });

  test("none was offered", () => {
    expect(
      accepted(writeAcceptance(requestWith(), { protocols: ["chat"] }, "hybi-8", DEFAULT_OPTIONS))
        .opening,
    ).toEqual({ version: "hybi-8", protocol: "", extensions: "", response: undefined });
  });

  test("a request without a key, which no check has passed, does not throw", () => {
    expect(
      latin1(
        accepted(
          writeAcceptance(
            requestWith({ "sec-websocket-key": undefined }),
            {},
            "hybi-13",
            DEFAULT_OPTIONS,
          ),
        ).bytes,
      ),
    ).toContain("Sec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=");
  });

  test.each([
    "Upgrade",
    "connection",
    "Sec-WebSocket-Accept",
    "sec-websocket-protocol",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Version",
    "Content-Length",
    "Transfer-Encoding",
  ])("refuses a custom %s", (name) => {
    expect(() =>
      writeAcceptance(offering, { headers: { [name]: "x" } }, "hybi-13", DEFAULT_OPTIONS),
    ).toThrow(new UsageError(`header ${name}: is the handshake's own and may not be set`));
  });
});

describe("refusing", () => {
  const cases: [name: string, refusal: Refusal, text: string][] = [
    [
      "a status alone",
      { status: 403 },
      "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden",
    ],
    [
      "a phrase, fields, a body",
      {
        status: 401,
        statusText: "Who?",
        headers: { "WWW-Authenticate": "Basic" },
        body: "Tell us",
      },
      "HTTP/1.1 401 Who?\r\nWWW-Authenticate: Basic\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\nConnection: close\r\n\r\nTell us",
    ],
    [
      "a body of another type",
      { status: 400, headers: { "content-type": "application/json" }, body: "{}" },
      "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    ],
    [
      "a body beyond ASCII, counted in bytes",
      { status: 404, body: "né" },
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\nn\u00c3\u00a9",
    ],
    [
      "an empty body",
      { status: 503, body: "" },
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ],
    [
      "a status without a phrase",
      { status: 499 },
      "HTTP/1.1 499 \r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ],
    [
      "a redirect",
      { status: 302, headers: { Location: "/x" } },
      "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\nConnection: close\r\n\r\nFound",
    ],
    [
      "a status that has no body",
      { status: 204 },
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ],
    [
      "another",
      { status: 304, headers: { ETag: '"x"' }, body: "" },
      'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nConnection: close\r\n\r\n',
    ],
  ];
  test.each(cases)("%s", (_, refusal, text) => expect(latin1(writeRefusal(refusal))).toBe(text));

  const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";
  const problems: [status: number, text: string][] = [
    [
      400,
      `HTTP/1.1 400 Bad Request\r\n${TEXT}Content-Length: 3\r\nConnection: close\r\nSec-WebSocket-Version: 13, 8, 7\r\n\r\nWhy`,
    ],
    [
      426,
      `HTTP/1.1 426 Upgrade Required\r\n${TEXT}Content-Length: 3\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13, 8, 7\r\n\r\nWhy`,
    ],
    [414, `HTTP/1.1 414 URI Too Long\r\n${TEXT}Content-Length: 3\r\nConnection: close\r\n\r\nWhy`],
    [
      431,
      `HTTP/1.1 431 Request Header Fields Too Large\r\n${TEXT}Content-Length: 3\r\nConnection: close\r\n\r\nWhy`,
    ],
    [
      505,
      `HTTP/1.1 505 HTTP Version Not Supported\r\n${TEXT}Content-Length: 3\r\nConnection: close\r\n\r\nWhy`,
    ],
  ];
  test.each(problems)("a problem of %i", (status, text) =>
    expect(latin1(writeRefusal(handshakeProblem("Why", status)))).toBe(text),
  );

  test("a problem that quotes its request is a body, whatever it quotes", () => {
    const { response, body } = readResponse(
      writeRefusal(handshakeProblem("Unsupported WebSocket version: \u00ff<b>", 426)),
    );
    expect(new TextDecoder().decode(body)).toBe("Unsupported WebSocket version: \u00ff<b>");
    expect(response.headers.get("content-length")).toBe(String(body.length));
  });

  const refused: [name: string, refusal: Refusal, message: string][] = [
    ["101", { status: 101 }, "status: a refusal has a status from 200 to 599, got 101"],
    [
      "a status above 599",
      { status: 1000 },
      "status: expected a whole number from 100 to 599, got 1000",
    ],
    [
      "a body where there is none",
      { status: 204, body: "x" },
      "body: a response with status 204 has none",
    ],
    [
      "a phrase of two lines",
      { status: 400, statusText: "a\r\nb" },
      'statusText: expected text without line breaks, other control characters or characters above U+00FF, got "a\\r\\nb"',
    ],
    [
      "a line break in a field",
      { status: 400, headers: { "X-A": "b\nc" } },
      'header X-A: expected text without line breaks, other control characters or characters above U+00FF, got "b\\nc"',
    ],
    ...["Connection", "content-length", "Transfer-Encoding"].map(
      (name): [string, Refusal, string] => [
        `a custom ${name}`,
        { status: 400, headers: { [name]: "x" } },
        `header ${name}: is the handshake's own and may not be set`,
      ],
    ),
  ];
  test.each(refused)("refuses %s", (_, refusal, message) =>
    expect(() => writeRefusal(refusal)).toThrow(new UsageError(message)),
  );
});

describe("properties", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("\r", "\n", "\0", " ", ":", "a", "é", "\u010a"),
  });
  const headers = fc.array(
    fc.tuple(
      fc.oneof(hostile, fc.constantFrom("X-A", "upgrade", "Content-Length", "content-type")),
      hostile,
    ),
    { maxLength: 3 },
  );
  const unless = <T>(write: () => T): T | undefined => {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return undefined;
    }
  };

  test("whatever is accepted opens the client, with what was chosen", () => {
    fc.assert(
      fc.property(
        headers,
        fc.array(fc.oneof(hostile, fc.constantFrom("chat", "superchat"))),
        (custom, protocols) => {
          const acceptance = unless(() =>
            accepted(
              writeAcceptance(offering, { headers: custom, protocols }, "hybi-13", DEFAULT_OPTIONS),
            ),
          );
          if (acceptance === undefined) return;
          const { response, body } = readResponse(acceptance.bytes);
          expect(body).toHaveLength(0);
          expect(
            verifyResponse(response, {
              key: KEY,
              protocols: ["chat", "superchat"],
              extensions: NO_OFFERS,
            }),
          ).toMatchObject({ opening: { ...acceptance.opening, response } });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("whatever is refused is one response, as long as it says, that closes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 190, max: 610 }),
        hostile,
        headers,
        fc.string({ unit: codePoint }),
        (status, statusText, custom, body) => {
          const bytes = unless(() => writeRefusal({ status, statusText, headers: custom, body }));
          if (bytes === undefined) return;
          const read = readResponse(bytes);
          expect([
            read.response.status,
            read.response.headers.get("connection"),
            read.response.headers.get("content-length") ?? "0",
          ]).toEqual([status, "close", String(read.body.length)]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
