import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  type ClientOptions,
  readClientOptions,
  readUrl,
} from "../../../src/node-compat/client/options.ts";
import { UsageError } from "../../../src/violation.ts";

const dispatcher = { dispatch: () => true };
const createConnection = (): undefined => undefined;

test("nothing asked for", () => {
  for (const options of [
    undefined,
    null,
    {},
    {
      proxy: null,
      origin: null,
      followRedirects: null,
      signal: null,
      socketPath: null,
      socket: null,
      createConnection: null,
      dispatcher: null,
      tls: null,
      net: null,
      ca: null,
    },
  ]) {
    expect(readClientOptions(options, undefined)).toEqual({
      transport: {},
      origin: undefined,
      maxRedirects: undefined,
      signal: undefined,
    });
  }
});

test("each as it was given; the caller's objects are not written to", () => {
  const net = Object.freeze({ family: 4 });
  const socket = new PassThrough();
  const { signal } = new AbortController();
  expect(readClientOptions({ net, socketPath: "/sock" }, undefined).transport.net).toEqual({
    family: 4,
    path: "/sock",
  });
  expect(readClientOptions({ net, socketPath: "/sock" }, "/url").transport.net).toEqual({
    family: 4,
    path: "/url",
  });
  expect(readClientOptions({ socket }, undefined).transport.socket).toBe(socket);
  expect(readClientOptions({ createConnection }, undefined).transport.createConnection).toBe(
    createConnection,
  );
  expect(readClientOptions({ dispatcher }, undefined).transport.dispatcher).toBe(dispatcher);
  expect(
    readClientOptions({ origin: "https://a", followRedirects: true, signal }, undefined),
  ).toMatchObject({ origin: "https://a", maxRedirects: 10, signal });
  expect(
    readClientOptions(
      { proxy: { origin: new URL("http://u:p@proxy:3128"), headers: { "X-A": 1 } } },
      undefined,
    ).transport.proxy,
  ).toMatchObject({ authorization: "Basic dTpw", headers: [["X-A", "1"]] });
});

describe("what is not accepted", () => {
  const cases: [options: object, message: RegExp][] = [
    [{ origin: 5 }, /^origin: expected a string, got number/],
    [{ socketPath: "" }, /^socketPath: expected a path/],
    [{ socketPath: 5 }, /^socketPath: expected a path/],
    [{ socket: {} }, /^socket: expected a stream/],
    [{ createConnection: {} }, /^createConnection: expected a function/],
    [{ dispatcher: {} }, /^dispatcher: expected an undici Dispatcher/],
    [{ dispatcher, ca: "x" }, /^dispatcher: it makes the connection/],
    [{ dispatcher, createConnection }, /^createConnection and dispatcher: only one of them/],
    [{ proxy: { origin: "http://proxy" }, socketPath: "/x" }, /^proxy and socketPath: only one/],
    [{ proxy: "http://proxy:3128" }, /^proxy: expected an object with an origin, got a string$/],
    [{ proxy: { url: "http://proxy:3128" } }, /^Unrecognized option: proxy\.url$/],
    [
      { proxy: { origin: "proxy:3128" } },
      /^proxy\.origin: expected an http: or https: URL, got "proxy:3128"/,
    ],
    [{ proxy: { origin: "ftp://user:secret@proxy" } }, /got "ftp:\/\/proxy"$/],
    [{ proxy: { origin: "http://proxy", headers: { "X-A": "a\r\nb" } } }, /X-A/],
    [{ followRedirects: 3 }, /^followRedirects/],
    [{ http2: "yes" }, /^http2: expected a boolean, got string/],
    [{ session: {} }, /^session: expected a session of http2.connect/],
    [{ http2: true, proxy: { origin: "http://proxy" } }, /^http2 and proxy: only one/],
  ];
  test.each(cases)("%j", (options, message) => {
    expect(() => readClientOptions(options as ClientOptions, undefined)).toThrow(UsageError);
    expect(() => readClientOptions(options as ClientOptions, undefined)).toThrow(message);
  });

  test("a signal that has aborted: its reason", () => {
    const reason = new Error("too late");
    expect(() => readClientOptions({ signal: AbortSignal.abort(reason) }, undefined)).toThrow(
      reason,
    );
  });
});

describe("a URL", () => {
  test.each<[url: string | URL, text: string, href: string, socketPath: string | undefined]>([
    ["ws://a/b?c", "ws://a/b?c", "ws://a/b?c", undefined],
    [new URL("wss://a"), "wss://a/", "wss://a/", undefined],
    ["ws+unix:/tmp/a.sock", "ws+unix:/tmp/a.sock", "ws://localhost/", "/tmp/a.sock"],
    [
      "ws+unix:///tmp/a b.sock:/chat?x=1",
      "ws+unix:///tmp/a b.sock:/chat?x=1",
      "ws://localhost/chat?x=1",
      "/tmp/a b.sock",
    ],
    ["ws+unix:/tmp/a.sock:chat", "ws+unix:/tmp/a.sock:chat", "ws://localhost/chat", "/tmp/a.sock"],
  ])("%s", (url, text, href, socketPath) => {
    const read = readUrl(url);
    expect([read.text, read.parsed.href, read.socketPath]).toEqual([text, href, socketPath]);
  });

  test.each([["http://a/"], [""], ["ws://"], ["ws+unix:/"]])("is not %j", (url) =>
    expect(() => readUrl(url)).toThrow(`${url} is not a valid WebSocket URL`),
  );
  test.each([[undefined], [null], [5]])("is not %s", (url) =>
    expect(() => readUrl(url as never)).toThrow(
      new TypeError(`${url} is not a valid WebSocket URL`),
    ),
  );
});
