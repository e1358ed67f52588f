import { describe, expect, test } from "vitest";
import { Tunnel, type TunnelRequest } from "../../../src/connection/opening/tunnel.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { type ProtocolViolation, UsageError } from "../../../src/violation.ts";

const LIMITS = { maxHeadSize: 1000, maxHeaderCount: 10 };

function tunnel(request: Partial<TunnelRequest> = {}) {
  const log: unknown[] = [];
  const violations: ProtocolViolation[] = [];
  const subject = new Tunnel(
    { authority: "example.com:443", ...request },
    {
      write: (bytes) => log.push(Buffer.from(bytes).toString("latin1")),
      onOpen: (bytes, start, end) =>
        log.push(["open", Buffer.from(bytes.subarray(start, end)).toString()]),
      onRefusal: () => log.push("refusal"),
      onViolation: (violation) => violations.push(violation),
    },
    LIMITS,
  );
  return {
    subject,
    log,
    violations,
    told: () =>
      violations.map(({ code, closeCode, message, response }) => [
        code,
        closeCode,
        message,
        response?.status,
        response?.body && Buffer.from(response.body).toString(),
      ]),
  };
}

describe("the request", () => {
  const cases: [name: string, request: Partial<TunnelRequest>, lines: string[]][] = [
    [
      "plain",
      {},
      [
        "CONNECT example.com:443 HTTP/1.1",
        "Host: example.com:443",
        "Connection: keep-alive",
        "Proxy-Connection: keep-alive",
      ],
    ],
    [
      "an IPv6 address",
      { authority: "[::1]:99" },
      [
        "CONNECT [::1]:99 HTTP/1.1",
        "Host: [::1]:99",
        "Connection: keep-alive",
        "Proxy-Connection: keep-alive",
      ],
    ],
    [
      "authorization goes before a custom one",
      { authorization: "Basic eDp5", headers: { "proxy-authorization": "Basic no", "X-A": "1" } },
      [
        "CONNECT example.com:443 HTTP/1.1",
        "Host: example.com:443",
        "Connection: keep-alive",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eDp5",
        "X-A: 1",
      ],
    ],
    [
      "custom fields do not replace its own",
      {
        headers: {
          Host: "evil",
          "Transfer-Encoding": "chunked",
          "Proxy-Authorization": "Bearer x",
        },
      },
      [
        "CONNECT example.com:443 HTTP/1.1",
        "Host: example.com:443",
        "Connection: keep-alive",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Bearer x",
      ],
    ],
  ];
  test.each(cases)("%s", (_, request, lines) => {
    const { subject, log } = tunnel(request);
    subject.open();
    expect(log).toEqual([`${lines.join("\r\n")}\r\n\r\n`]);
  });

  test.each<[name: string, request: Partial<TunnelRequest>]>([
    ["a line break in a header", { headers: { "X-A": "a\r\nb: c" } }],
    ["a line break in the authority", { authority: "a\r\n:1" }],
    ["no port", { authority: "example.com" }],
    ["a line break in the authorization", { authorization: "a\nb" }],
  ])("is refused before anything is written: %s", (_, request) =>
    expect(() => tunnel(request)).toThrow(UsageError),
  );
});

describe("the answer", () => {
  test.each([1, 7, 1000])(
    "any 2xx opens, and what is behind it is the server's: in pieces of %i bytes",
    (size) => {
      for (const status of [200, 204, 299]) {
        const { subject, log, told } = tunnel();
        const bytes = utf8(
          `HTTP/1.1 ${status} Connection established\r\nContent-Length: 5\r\n\r\n`,
        );
        for (let at = 0; at < bytes.length; at += size)
          subject.receive(bytes, at, Math.min(at + size, bytes.length));
        subject.receive(utf8("more"));
        subject.receiveEnd();
        expect([log, told()]).toEqual([[["open", ""]], []]);
      }
      const { subject, log } = tunnel();
      subject.receive(utf8("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nearly"));
      expect(log).toEqual([["open", "early"]]);
    },
  );

  const REFUSED = "The proxy refused to connect to example.com:443: ";
  const refusals: [
    name: string,
    answer: string,
    end: (subject: Tunnel) => void,
    told: unknown[],
    waits: boolean,
  ][] = [
    [
      "with a body",
      "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
      () => {},
      ["proxy-refused", 1006, `${REFUSED}407 Proxy Authentication Required`, 407, "no"],
      false,
    ],
    [
      "with a body that ends with the connection",
      "HTTP/1.0 503 x\r\n\r\nno",
      (subject) => {
        subject.receiveEnd();
      },
      ["proxy-refused", 1006, `${REFUSED}503 x`, 503, "no"],
      true,
    ],
    [
      "with a body that takes too long",
      "HTTP/1.1 502\r\nContent-Length: 9\r\n\r\nno",
      (subject) => {
        subject.expire();
      },
      ["proxy-refused", 1006, `${REFUSED}502`, 502, "no"],
      true,
    ],
    [
      "with a redirect",
      "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
      () => {},
      ["proxy-refused", 1006, `${REFUSED}302 Found`, 302, ""],
      false,
    ],
    [
      "with an upgrade",
      "HTTP/1.1 101 x\r\nContent-Length: 0\r\n\r\n",
      () => {},
      ["proxy-refused", 1006, `${REFUSED}101 x`, 101, ""],
      false,
    ],
    [
      "by hanging up",
      "HTTP/1.1 20",
      (subject) => {
        subject.receiveEnd();
      },
      [
        "proxy-refused",
        1006,
        "The proxy ended the connection before it answered CONNECT example.com:443",
        undefined,
        undefined,
      ],
      false,
    ],
    [
      "with what is no HTTP",
      "SSH-2.0-OpenSSH\r\n\r\n",
      () => {},
      [
        "proxy-refused",
        1006,
        "The proxy's answer is not HTTP: Malformed HTTP head: not a status line",
        undefined,
        undefined,
      ],
      false,
    ],
    [
      "with a head that is too large",
      `HTTP/1.1 200 OK\r\nX: ${"x".repeat(1000)}\r\n\r\n`,
      () => {},
      [
        "proxy-refused",
        1006,
        "The proxy's answer is not HTTP: HTTP head is larger than 1000 bytes",
        undefined,
        undefined,
      ],
      false,
    ],
  ];
  test.each(refusals)(
    "refuses %s: told once, and nothing after",
    (_, answer, end, expected, waits) => {
      const { subject, log, told } = tunnel();
      subject.receive(utf8(answer));
      expect(log).toEqual(waits ? ["refusal"] : []);
      end(subject);
      subject.receive(utf8("more"));
      subject.receiveEnd();
      subject.expire();
      expect(told()).toEqual([expected]);
    },
  );

  test("of a huge body 64 KiB are told", () => {
    const { subject, violations } = tunnel();
    subject.receive(utf8(`HTTP/1.1 403 x\r\n\r\n${"x".repeat(100_000)}`));
    expect(violations[0]?.response?.body).toHaveLength(65_536);
  });
});
