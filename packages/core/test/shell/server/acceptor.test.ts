import { describe, expect, test } from "vitest";
import { Clients, type WebSocketHandlers } from "../../../src/shell/server/clients.ts";
import type { Origins } from "../../../src/opening.ts";
import type { MessageData } from "../../../src/shell/events/message-event.ts";
import { Acceptor, type AcceptorOptions } from "../../../src/shell/server/acceptor.ts";
import type { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { settle, testRuntime, wire } from "../websocket/wired.ts";

const HEAD =
  "GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\n\r\n";
const HELLO = "\u0081\u0085\u0000\u0000\u0000\u0000hello";
const REQUEST = {
  method: "GET",
  target: "/chat?room=1",
  headers: new Map([
    ["host", "example.com"],
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["sec-websocket-version", "13"],
    ["sec-websocket-protocol", "a, b"],
  ]),
};
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function rig(
  handlers: WebSocketHandlers<WebSocket, MessageData> = {},
  options: Partial<AcceptorOptions> = {},
) {
  const told: unknown[] = [];
  const failures: unknown[] = [];
  const runtime = testRuntime();
  const clients = new Clients<WebSocket, MessageData>({
    open: (socket) => told.push(["open", socket.url, socket.protocol]),
    message: (_, data) => told.push(data),
    close: (_, code) => told.push(code),
  });
  const acceptor = new Acceptor(runtime, clients, {
    limits: {},
    handlers,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { ...wire(), told, failures, clients, acceptor: acceptor };
}

describe("a connection", () => {
  test("from its first byte: head, then frames, in one chunk", async () => {
    const { acceptor: acceptor, near, far, received, told } = rig({}, { protocols: ["b", "a"] });
    acceptor.receive(near, true);
    far.write(bytes(HEAD + HELLO));
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 101 [^]*Sec-WebSocket-Protocol: a\r\n/);
    expect(told).toEqual([["open", "wss://example.com/chat?room=1", "a"], "hello"]);
  });

  test("whose request is parsed: what came after its head is first", async () => {
    const { acceptor: acceptor, near, far, told } = rig();
    far.write(bytes(HELLO.replace("hello", "later")));
    acceptor.receiveRequest(near, false, REQUEST, bytes(HELLO));
    await settle();
    expect(told).toEqual([["open", "ws://example.com/chat?room=1", ""], "hello", "later"]);
  });

  test("that is gone already is no connection", async () => {
    const { acceptor: acceptor, near, told, clients } = rig();
    near.destroy();
    acceptor.receive(near, false);
    acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
    await clients.empty();
    expect(told).toEqual([]);
  });

  test("that goes before its request is forgotten", async () => {
    const { acceptor: acceptor, near, far, told, clients } = rig();
    acceptor.receive(near, false);
    far.write(bytes(HEAD.slice(0, 40)));
    await settle();
    near.destroy(new Error("reset"));
    await clients.empty();
    expect(told).toEqual([]);
  });

  test("that says no HTTP is refused, and forgotten", async () => {
    const { acceptor: acceptor, near, far, received, clients } = rig();
    acceptor.receive(near, false);
    far.write(bytes("hello there\r\n\r\n"));
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    far.end();
    await clients.empty();
  });

  test("is dropped where the server is leaving, before and after its request", async () => {
    const { acceptor: acceptor, near, clients } = rig();
    const second = wire();
    const third = wire();
    acceptor.receive(near, false);
    clients.closeAll(1001, "bye");
    acceptor.receive(second.near, false);
    acceptor.receiveRequest(third.near, false, REQUEST, bytes(HELLO));
    await clients.empty();
    expect([near.destroyed, second.near.destroyed, third.near.destroyed]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("the application's decision", () => {
  const refused = { status: 403, body: "no" };
  const decisions: [
    name: string,
    upgrade: NonNullable<WebSocketHandlers<WebSocket>["upgrade"]>,
    status: RegExp,
  ][] = [
    ["nothing", () => undefined, /^HTTP\/1\.1 101 /],
    [
      "a choice",
      ({ headers }) => ({ headers: { "X-Host": headers.get("host") ?? "" } }),
      /^HTTP\/1\.1 101 [^]*X-Host: example.com/,
    ],
    ["a choice of subprotocols", () => ({ protocols: ["b"] }), /^HTTP\/1\.1 101 [^]*Protocol: b/],
    ["a refusal", () => refused, /^HTTP\/1\.1 403 [^]*\r\n\r\nno/],
    ["a promise of nothing", () => Promise.resolve(), /^HTTP\/1\.1 101 /],
    ["a promise of a refusal", () => Promise.resolve(refused), /^HTTP\/1\.1 403 /],
    [
      "a fetch Response",
      () => new Response("who?", { status: 401, headers: { "WWW-Authenticate": "Basic" } }),
      /^HTTP\/1\.1 401 [^]*www-authenticate: Basic\r\n[^]*\r\n\r\nwho\?/i,
    ],
    [
      "a promise of one",
      async () => Response.json({ a: 1 }, { status: 409 }),
      /^HTTP\/1\.1 409 [^]*application\/json[^]*\r\n\r\n\{"a":1\}/,
    ],
  ];
  test.each(decisions)("%s", async (_, upgrade, answer) => {
    const { acceptor: acceptor, near, received, failures } = rig({ upgrade });
    acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
    await settle();
    expect(received()).toMatch(answer);
    expect(failures).toEqual([]);
  });

  const error = new Error("from the application");
  const failing: [
    name: string,
    upgrade: NonNullable<WebSocketHandlers<WebSocket>["upgrade"]>,
    failure: unknown,
  ][] = [
    [
      "throws",
      () => {
        throw error;
      },
      error,
    ],
    ["rejects", () => Promise.reject(error), error],
    [
      "chooses what may not be sent",
      () => ({ headers: { "X-Bad": "a\r\nb" } }),
      expect.objectContaining({ name: "UsageError" }),
    ],
    [
      "answers with what is no answer",
      () => Response.error(),
      expect.objectContaining({ name: "UsageError" }),
    ],
    [
      "promises what may not be sent",
      () => Promise.resolve({ headers: { Upgrade: "x" } }),
      expect.objectContaining({ name: "UsageError" }),
    ],
  ];
  test.each(failing)("that %s: 500, and the error is told", async (_, upgrade, failure) => {
    const { acceptor: acceptor, near, received, failures, told } = rig({ upgrade });
    acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 500 /);
    expect([failures, told]).toEqual([[failure], []]);
  });

  test.each<[name: string, outcome: () => Promise<undefined>, failures: number]>([
    ["acceptance", () => Promise.resolve(undefined), 0],
    ["error", () => Promise.reject(error), 1],
  ])(
    "an %s that comes when the client has gone changes nothing",
    async (_, outcome, failuresTold) => {
      let decide = (): void => {};
      const {
        acceptor: acceptor,
        near,
        told,
        failures,
        clients,
      } = rig({
        upgrade: () =>
          new Promise<void>((resolve) => {
            decide = resolve;
          }).then(outcome),
      });
      acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
      near.destroy();
      await clients.empty();
      decide();
      await settle();
      expect([told, failures.length]).toEqual([[], failuresTold]);
    },
  );

  test.each<[origins: Origins | undefined, origin: string | undefined, status: number]>([
    [undefined, undefined, 101],
    [undefined, "https://example.com", 101],
    [undefined, "https://evil.example", 403],
    ["*", "https://evil.example", 101],
    [["https://a.example"], "https://a.example", 101],
    [["https://a.example"], "https://example.com", 403],
    [(origin) => origin !== undefined, undefined, 403],
  ])(
    "origins: %s, from %s: %i, before the application is asked",
    async (origins, origin, status) => {
      let asked = 0;
      const {
        acceptor: acceptor,
        near,
        received,
        failures,
      } = rig(
        {
          upgrade: () => {
            asked++;
          },
        },
        { origins },
      );
      const headers = new Map([
        ...REQUEST.headers,
        ...(origin === undefined ? [] : [["origin", origin] as const]),
      ]);
      acceptor.receiveRequest(near, false, { ...REQUEST, headers }, new Uint8Array(0));
      await settle();
      expect([received().split(" ", 2)[1], asked, failures.length]).toEqual([
        String(status),
        status === 101 ? 1 : 0,
        status === 101 ? 0 : 1,
      ]);
      if (status === 403 && origin)
        expect(received()).toContain(`\r\n\r\nOrigin ${origin} may not connect`);
    },
  );

  test("a function that cannot say who may connect refuses with 500, and is told", async () => {
    const {
      acceptor: acceptor,
      near,
      received,
      failures,
    } = rig({}, { origins: (async () => false) as never });
    acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 500 /);
    expect(failures).toEqual([expect.objectContaining({ name: "UsageError" })]);
  });

  test.each<[path: string | undefined, status: RegExp]>([
    ["/chat", /^HTTP\/1\.1 101 /],
    [undefined, /^HTTP\/1\.1 101 /],
    ["/", /^HTTP\/1\.1 404 /],
    ["/cha", /^HTTP\/1\.1 404 /],
  ])("with the path %s", async (path, answer) => {
    const { acceptor: acceptor, near, received } = rig({}, { path });
    acceptor.receiveRequest(near, false, REQUEST, new Uint8Array(0));
    await settle();
    expect(received()).toMatch(answer);
  });
});

test("limits are checked at once", () => {
  expect(() => rig({}, { limits: { maxMessageSize: 0 } })).toThrow(/maxMessageSize/);
});
