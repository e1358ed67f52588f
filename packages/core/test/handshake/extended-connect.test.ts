/** The opening by HTTP/2: RFC 8441. */
import { describe, expect, test } from "vitest";
import { createClientConnection, createServerConnection, UsageError } from "../../src/index.ts";
import {
  acceptConnect,
  checkConnect,
  connectSection,
  refuseConnect,
} from "../../src/handshake/extended-connect.ts";
import { handshakeProblem } from "../../src/handshake/problem.ts";
import type { Choice, ClientRequest, OpeningRequest, OpeningResponse } from "../../src/opening.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { frame } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { permessageDeflate } from "../../src/extension/permessage-deflate.ts";
import { FakeCompression } from "../extension/fake-compression.ts";
import { accepted, headersOf, latin1 } from "./openings.ts";

type Changes = Partial<Pick<OpeningRequest, "method" | "protocol" | "target">> & {
  readonly fields?: Readonly<Record<string, string | undefined>>;
};

/** A good request, but for `changes`. */
function requestWith({ fields = {}, ...rest }: Changes = {}): OpeningRequest {
  const all = { host: "server.example.com", "sec-websocket-version": "13", ...fields };
  return {
    method: "CONNECT",
    protocol: "websocket",
    target: "/chat",
    httpVersion: "2.0",
    headers: headersOf(
      Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined),
    ),
    ...rest,
  };
}

const section = (
  request: Partial<ClientRequest> = {},
  extensions = "",
): readonly (readonly [string, string])[] =>
  connectSection({ host: "server.example.com", target: "/chat", ...request }, "https", extensions);
const accept = (request: OpeningRequest, choice: Choice = {}): ReturnType<typeof accepted> =>
  accepted(acceptConnect(request, choice, DEFAULT_OPTIONS));

describe("the client's request", () => {
  test("has the pseudo-fields first, and no key", () => {
    expect(section()).toEqual([
      [":method", "CONNECT"],
      [":protocol", "websocket"],
      [":scheme", "https"],
      [":authority", "server.example.com"],
      [":path", "/chat"],
      ["sec-websocket-version", "13"],
    ]);
  });

  test("offers what it would by HTTP/1.1, custom fields before the extensions", () => {
    expect(
      section(
        {
          protocols: ["a", "b"],
          headers: { Cookie: "x", Connection: "close", Host: "other", "Sec-WebSocket-Key": "x" },
        },
        "e; p",
      ).slice(6),
    ).toEqual([
      ["sec-websocket-protocol", "a, b"],
      ["cookie", "x"],
      ["sec-websocket-extensions", "e; p"],
    ]);
  });
});

describe("the server", () => {
  const wrong: [name: string, changes: Changes, status: number, text: string][] = [
    ["another protocol", { protocol: "connect-udp" }, 501, "Unsupported protocol: connect-udp"],
    ["no protocol", { protocol: "" }, 501, "Unsupported protocol: "],
    ["another method", { method: "GET" }, 400, "Not a WebSocket request"],
    [
      "a body",
      { fields: { "content-length": "5" } },
      400,
      "An opening request has no body: it came with Content-Length or Transfer-Encoding",
    ],
    ["no path", { target: "" }, 400, "Missing handshake request header: :path"],
    [
      "no authority",
      { fields: { host: undefined } },
      400,
      "Missing handshake request header: :authority",
    ],
    [
      "two authorities",
      { fields: { host: "a, b" } },
      400,
      "Invalid handshake request header: :authority",
    ],
    [
      "no version",
      { fields: { "sec-websocket-version": undefined } },
      400,
      "Missing handshake request header: Sec-WebSocket-Version",
    ],
    [
      "a draft's version",
      { fields: { "sec-websocket-version": "8" } },
      400,
      "Unsupported WebSocket version: 8",
    ],
  ];
  test.each(wrong)("finds %s", (_, changes, status, message) => {
    expect(checkConnect(requestWith(changes))).toEqual({ status, message });
  });
  test("finds nothing wrong with a good request", () => {
    expect(checkConnect(requestWith())).toBeUndefined();
  });

  test("answers 200, and nothing that is HTTP/1.1's", () => {
    expect(accept(requestWith())).toEqual({
      bytes: new Uint8Array(0),
      section: { fields: [[":status", "200"]] },
      chain: undefined,
      opening: { version: "hybi-13", protocol: "", extensions: "", response: undefined },
    });
  });

  test("answers with the subprotocol, the extensions and the application's fields", () => {
    const request = requestWith({
      fields: {
        "sec-websocket-protocol": "x, b",
        "sec-websocket-extensions": "permessage-deflate",
      },
    });
    const {
      section: answer,
      opening,
      chain,
    } = accept(request, {
      protocols: ["a", "b"],
      headers: { "Set-Cookie": "k=v" },
      extensions: [permessageDeflate(new FakeCompression())],
    });
    expect(answer?.fields.map(([name]) => name)).toEqual([
      ":status",
      "set-cookie",
      "sec-websocket-protocol",
      "sec-websocket-extensions",
    ]);
    expect(opening.protocol).toBe("b");
    expect(chain).toBeDefined();
  });

  test("answers a key, which clients need not send, as by HTTP/1.1", () => {
    const request = requestWith({ fields: { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } });
    expect(accept(request).section?.fields).toEqual([
      [":status", "200"],
      ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ]);
  });

  test("refuses extensions that are malformed", () => {
    expect(
      acceptConnect(
        requestWith({ fields: { "sec-websocket-extensions": "a;;" } }),
        {},
        DEFAULT_OPTIONS,
      ),
    ).toMatchObject({ status: 400 });
  });

  test("refuses in fields and a body", () => {
    const { fields, body } = refuseConnect({
      status: 401,
      headers: { "WWW-Authenticate": "Basic" },
      body: "é",
    });
    expect(fields).toEqual([
      [":status", "401"],
      ["www-authenticate", "Basic"],
      ["content-type", "text/plain; charset=utf-8"],
      ["content-length", "2"],
    ]);
    expect(body).toEqual(Uint8Array.of(0xc3, 0xa9));
  });
  test("says which version it takes", () => {
    expect(refuseConnect(handshakeProblem("no")).fields).toContainEqual([
      "sec-websocket-version",
      "13",
    ]);
  });
  test("a refusal without a body has none", () => {
    expect(refuseConnect({ status: 304 })).toEqual({ fields: [[":status", "304"]] });
  });
  test.each([100, 200, 204, 299, 600, 300.5])("does not refuse with %d", (status) => {
    expect(() => refuseConnect({ status })).toThrow(UsageError);
  });
});

describe("a connection by HTTP/2", () => {
  const server = (): {
    actions: Recorder;
    connection: ReturnType<typeof createServerConnection>;
  } => {
    const actions = new Recorder();
    return { actions, connection: createServerConnection(actions, createTestPlatform()) };
  };
  const names = (actions: Recorder): string[] =>
    actions
      .take()
      .map(([name]) => name)
      .filter((name) => name !== "onState");

  test("server: fields, then frames", () => {
    const { actions, connection } = server();
    connection.receiveRequest(requestWith());
    connection.accept({ drafts: true });
    connection.sendText("hi");
    const taken = actions.take().filter(([name]) => name.startsWith("write") || name === "onOpen");
    expect(taken.map(([name]) => name)).toEqual(["writeHead", "onOpen", "write"]);
    expect(taken[2]![1]).toEqual(frame(1, "hi"));
  });

  test("server: a request that breaks the rules is refused", () => {
    const { actions, connection } = server();
    connection.receiveRequest(requestWith({ protocol: "x" }));
    connection.accept();
    expect(names(actions)).toEqual([
      "onRequest",
      "onViolation",
      "writeHead",
      "setTimer",
      "write",
      "endTransport",
    ]);
    connection.receiveEnd();
    expect(connection.closure).toMatchObject({ code: 1002, reason: "Unsupported protocol: x" });
  });

  test("server: reject()", () => {
    const { actions, connection } = server();
    connection.receiveRequest(requestWith());
    expect(() => {
      connection.reject({ status: 200 });
    }).toThrow(UsageError);
    connection.reject({ status: 403, body: "no" });
    expect(actions.take()).toContainEqual([
      "writeHead",
      expect.objectContaining({ fields: expect.arrayContaining([[":status", "403"]]) }),
    ]);
  });

  const client = (
    request: Partial<ClientRequest> = {},
  ): { actions: Recorder; connection: ReturnType<typeof createClientConnection> } => {
    const actions = new Recorder();
    return {
      actions,
      connection: createClientConnection(actions, createTestPlatform(), {
        host: "h",
        target: "/",
        http2: { scheme: "http" },
        protocols: ["a"],
        ...request,
      }),
    };
  };
  const response = (
    status: number,
    fields: Readonly<Record<string, string>> = {},
  ): OpeningResponse => ({ status, statusText: "", headers: headersOf(Object.entries(fields)) });

  test("client: asks for fields, and has bytes where HTTP/1.1 is spoken after all", () => {
    const { actions, connection } = client();
    connection.open();
    const head = actions.take().find(([name]) => name === "writeHead") as [
      "writeHead",
      { fields: readonly unknown[]; bytes: Uint8Array },
    ];
    expect(head[1].fields).toContainEqual([":protocol", "websocket"]);
    expect(latin1(head[1].bytes)).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: h\r\n/);
  });

  test.each([200, 204])("client: %d opens, and what follows are frames", (status) => {
    const { actions, connection } = client();
    connection.open();
    connection.receiveResponse(response(status, { "sec-websocket-protocol": "a" }));
    connection.receive(frame(1, "hi"));
    expect(names(actions)).toEqual(["writeHead", "setTimer", "clearTimer", "onOpen", "onText"]);
    connection.receiveResponse(response(500)); // too late to matter
    expect(connection.state).toBe("open");
  });

  test("client: an answer to what it has not asked is none", () => {
    const { actions, connection } = client();
    connection.open();
    connection.receiveResponse(response(200, { "sec-websocket-extensions": "x-unknown" }));
    expect(names(actions)).toEqual([
      "writeHead",
      "setTimer",
      "onViolation",
      "clearTimer",
      "destroyTransport",
      "onClose",
    ]);
  });

  test("client: a refusal is told with its body", () => {
    const { actions, connection } = client();
    connection.open();
    connection.receiveResponse(response(403));
    connection.receiveResponse(response(200)); // there is one answer
    connection.receive(Uint8Array.of(104, 105));
    connection.receiveEnd();
    expect(actions.take()).toContainEqual([
      "onViolation",
      expect.objectContaining({
        code: "opening-refused",
        response: expect.objectContaining({ status: 403, body: Uint8Array.of(104, 105) }),
      }),
    ]);
    expect(connection.closure?.code).toBe(1006);
  });
});
