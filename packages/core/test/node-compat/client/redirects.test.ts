import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ServerTarget } from "../../../src/node-compat/client/options.ts";
import { readRedirects, redirectedTo } from "../../../src/node-compat/client/redirects.ts";
import { ProtocolViolation, UsageError } from "../../../src/violation.ts";

const target = (url: string, more: Partial<ServerTarget> = {}): ServerTarget => ({
  url: new URL(url),
  text: url,
  transport: {},
  headers: [],
  hops: 5,
  ...more,
});
const response = (location: string) => ({
  status: 302,
  statusText: "Found",
  headers: new Map([["location", location]]),
});
const to = (from: ServerTarget, location: string): ServerTarget => {
  const next = redirectedTo(from, response(location));
  if (next instanceof ProtocolViolation) throw next;
  return next;
};

test.each<[given: unknown, max: number | undefined]>([
  [undefined, undefined],
  [null, undefined],
  [false, undefined],
  [true, 10],
  [{}, 10],
  [{ max: 3 }, 3],
  [{ max: 0 }, 0],
])("followRedirects: %j", (given, max) => {
  expect(readRedirects(given)).toBe(max);
});
test.each([[5], ["yes"], [{ max: -1 }], [{ max: 1.5 }], [{ max: "2" }]])(
  "followRedirects is not %j",
  (given) => expect(() => readRedirects(given)).toThrow(UsageError),
);

test.each<[from: string, location: string, url: string]>([
  ["ws://a/b/c?d", "e?f", "ws://a/b/e?f"],
  ["ws://a/b/c?d", "/e", "ws://a/e"],
  ["ws://a/b", "?x=1#part", "ws://a/b?x=1"],
  ["ws://a/b", "//c/d", "ws://c/d"],
  ["ws://a/b", "http://c:8080/d", "ws://c:8080/d"],
  ["ws://a/b", "https://c/d", "wss://c/d"],
  ["ws://a/b", "wss://c/d", "wss://c/d"],
  ["wss://a:444/b", "/d", "wss://a:444/d"],
  ["wss://a/b", "https://a:443/d", "wss://a/d"],
  ["ws://user:pass@a/b", "http://eve:mine@a/d", "ws://user:pass@a/d"],
  ["ws://user:pass@a/b", "http://eve:mine@c/d", "ws://c/d"],
])("from %s by %s to %s", (from, location, url) => {
  const next = to(target(from), location);
  expect([next.url.href, next.text, next.hops]).toEqual([url, url, 4]);
});

describe("what is not followed", () => {
  const cases: [name: string, from: ServerTarget, location: string, why: RegExp][] = [
    [
      "one too many",
      target("ws://a/", { hops: 0 }),
      "/b",
      /^The server redirects \(302\) to "\/b", and as many redirects have been followed/,
    ],
    [
      "away from TLS",
      target("wss://a/"),
      "http://a/",
      /to "http:\/\/a\/", which would give up TLS$/,
    ],
    ["another scheme", target("ws://a/"), "ftp://a/", /which is no WebSocket URL$/],
    ["no URL", target("ws://a/"), "http://", /which is no WebSocket URL$/],
    [
      "with a connection of the caller's",
      target("ws://a/", { transport: { socket: new PassThrough() } }),
      "/b",
      /the connection was the caller's/,
    ],
    [
      "with TLS over one of the caller's",
      target("wss://a/", { transport: { tls: { socket: new PassThrough() } as never } }),
      "/b",
      /the connection was the caller's/,
    ],
    ["a long location is cut", target("wss://a/"), `http://a/${"x".repeat(500)}`, /^.{100,350}$/],
  ];
  test.each(cases)("%s", (_, from, location, why) => {
    const answer = response(location);
    const violation = redirectedTo(from, answer) as ProtocolViolation;
    expect(violation).toMatchObject({
      name: "ProtocolViolation",
      code: "redirect-refused",
      closeCode: 1006,
      response: answer,
    });
    expect(violation.message).toMatch(why);
  });
});

describe("credentials", () => {
  const headers = [
    ["Authorization", "a"],
    ["COOKIE", "b"],
    ["Proxy-Authorization", "c"],
    ["Cookie2", "d"],
    ["X-Mine", "e"],
  ] as const;
  const route = {
    ca: "trust",
    net: { path: "/sock", host: "h", port: 1, family: 4 },
    tls: {
      cert: "c",
      key: "k",
      pfx: "p",
      passphrase: "s",
      servername: "n",
      rejectUnauthorized: false,
    },
  };

  test.each(["/b", "http://a/b", "http://a:80/b"])("stay with the same origin: %s", (location) => {
    const from = target("ws://a/", { headers, transport: { ca: "trust" } });
    const next = to(from, location);
    expect([next.headers, next.transport]).toEqual([from.headers, from.transport]);
  });

  test.each(["http://b/", "http://a:81/", "https://a/"])("do not go to another: %s", (location) => {
    const next = to(target("ws://a/", { headers, transport: route }), location);
    expect(next.headers).toEqual([["X-Mine", "e"]]);
    expect(next.transport).toEqual({
      ca: "trust",
      net: { family: 4 },
      tls: { rejectUnauthorized: false },
    });
  });

  test("a Unix socket is an origin of its own, which only a path stays with", () => {
    const from = target("ws://localhost/", { headers, transport: { net: { path: "/sock" } } });
    expect([
      to(from, "/b").transport.net,
      to(from, "http://localhost/b").transport.net,
      to(from, "//localhost/b").headers,
    ]).toEqual([{ path: "/sock" }, {}, [["X-Mine", "e"]]]);
  });
});

test("a session of HTTP/2 of the caller's is with one server", () => {
  const from = target("wss://a/", {
    transport: { session: { request: () => undefined } as never },
  });
  expect(to(from, "/b").transport).toBe(from.transport);
  expect((redirectedTo(from, response("https://b/")) as ProtocolViolation).message).toMatch(
    /the session was the caller's/,
  );
});
