import { describe, expect, test, vi } from "vitest";
import type { OpeningRequest, Origins } from "../../../src/opening.ts";
import { driveServer } from "../../../src/shell/websocket/driving/drive.ts";
import {
  type AcceptedInit,
  acceptedSocket,
  adoptedSocket,
  clientSocket,
} from "../../../src/shell/server/sockets.ts";
import type { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { readOptions } from "../../../src/shell/websocket/options.ts";
import { masked } from "../../../src/testing/wire/bytes.ts";
import { UsageError } from "../../../src/violation.ts";
import { settle, testRuntime, wire } from "../websocket/wired.ts";

const requestWith = (fields: Record<string, string> = {}): OpeningRequest => ({
  method: "GET",
  target: "/chat",
  headers: new Map(
    Object.entries({
      host: "example.com",
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
      ...fields,
    }),
  ),
});

function accept(init: Partial<AcceptedInit> = {}): {
  socket: WebSocket;
  log: unknown[];
  received: () => string;
  near: AcceptedInit["duplex"];
} {
  const { near, received } = wire();
  const log: unknown[] = [];
  const socket = acceptedSocket({
    runtime: testRuntime(),
    duplex: near,
    request: requestWith(),
    secure: false,
    protocols: [],
    settings: readOptions(undefined, 1000),
    ...init,
  });
  for (const type of ["open", "data", "error", "close"] as const)
    socket.on(type, (event: unknown) => {
      log.push(type === "data" ? event : [type, (event as { code?: unknown }).code]);
    });
  return { socket, log, received, near };
}

describe("an accepted socket", () => {
  test("answers in a tick, with what was settled", async () => {
    const { socket, log, received } = accept({
      request: requestWith({ "sec-websocket-protocol": "a, b" }),
      protocols: ["b"],
      settings: readOptions({ headers: { "X-A": "1" } }, 1000),
      secure: true,
    });
    expect([socket.readyState, socket.url, socket.version, socket.protocol, received()]).toEqual([
      0,
      "wss://example.com/chat",
      "hybi-13",
      "",
      "",
    ]);
    await settle();
    expect([socket.readyState, socket.protocol, log]).toEqual([1, "b", [["open", undefined]]]);
    expect(received()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nX-A: 1\r\n/);
  });

  test("reads what came behind the head", async () => {
    const { log } = accept({ head: masked(1, "early") });
    await settle();
    expect(log).toEqual([["open", undefined], "early"]);
  });

  test("may be closed before it answers", async () => {
    const { socket, log, received } = accept({ head: new Uint8Array(0) });
    socket.close(3000, "changed my mind");
    await settle();
    expect([log, received().startsWith("HTTP/1.1 101")]).toEqual([[["close", 3000]], false]);
  });

  test("has a version before it is open: the one asked for, if it is one", () => {
    expect([
      accept({ request: requestWith({ "sec-websocket-version": "7" }) }).socket.version,
      accept({ request: requestWith({ "sec-websocket-version": "99" }) }).socket.version,
    ]).toEqual(["hybi-7", "hybi-13"]);
    const bare = accept({ request: { method: "GET", target: "/", headers: new Map() } }).socket;
    expect([bare.version, bare.url]).toEqual(["hybi-13", "ws:///"]);
  });

  test.each<
    [
      given: object | undefined,
      init: Origins | undefined,
      origin: string | undefined,
      opens: boolean,
    ]
  >([
    [undefined, undefined, "https://example.com", true],
    [undefined, undefined, undefined, true],
    [undefined, undefined, "https://evil.example", false],
    [undefined, "*", "https://evil.example", true],
    [{ origins: "same-origin" }, "*", "https://evil.example", false],
    [{ origins: ["https://evil.example"] }, undefined, "https://evil.example", true],
  ])(
    "with the options %o, where %s is the default, from %s opens: %s",
    async (given, origins, origin, opens) => {
      const { log, received } = accept({
        request: requestWith(origin === undefined ? {} : { origin }),
        settings: readOptions(given, 1000),
        origins,
      });
      await settle();
      expect(received()).toMatch(
        opens ? /^HTTP\/1\.1 101 / : /^HTTP\/1\.1 403 [^]*may not connect/,
      );
      expect(log[0]).toEqual(opens ? ["open", undefined] : ["error", "handshake-failed"]);
    },
  );

  test("whose function cannot say who may connect refuses with 500, and reports it", async () => {
    const runtime = testRuntime();
    const { received } = accept({
      runtime,
      settings: readOptions({ origins: () => undefined as never }, 1000),
    });
    await settle();
    expect(received()).toMatch(/^HTTP\/1\.1 500 /);
    expect(runtime.reported).toEqual([expect.any(UsageError)]);
  });

  test("is not made with headers that may not be sent", () => {
    expect(() =>
      accept({ settings: readOptions({ headers: { Connection: "close" } }, 1000) }),
    ).toThrow(UsageError);
  });
});

const dead: [name: string, duplex: () => AcceptedInit["duplex"], destroyed: boolean | undefined][] =
  [
    ["undefined", () => undefined, undefined],
    ["null", () => null, undefined],
    ["destroyed", () => wire().near.destroy(), true],
    ["not writable", () => wire().near.end(), true],
    [
      "not readable",
      () => {
        const { near } = wire();
        near.push(null);
        near.resume();
        near.read();
        Object.defineProperty(near, "readable", { value: false });
        return near;
      },
      true,
    ],
  ];
test.each(dead)(
  "a transport that is dead makes a closed socket, which says so in a microtask: %s",
  async (_, make, destroyed) => {
    const duplex = make();
    const { socket, log } = accept({ duplex });
    expect([socket.readyState, socket.send("a"), log]).toEqual([3, false, []]);
    await settle();
    expect(log).toEqual([["close", 1006]]);
    expect(duplex?.destroyed).toBe(destroyed);
  },
);

test("an adopted socket takes over from who listened, and leaves the answer to whoever made it", async () => {
  const { near, received } = wire();
  const runtime = testRuntime();
  const log: string[] = [];
  const driver = driveServer(runtime, near, {
    onRequest: () => {},
    onState: () => {},
    onClose: () => {
      log.push("old listener");
    },
  } as never);
  driver.connection.receiveRequest(requestWith());
  const socket = adoptedSocket({
    runtime,
    driver,
    request: requestWith(),
    secure: false,
    options: { maxBufferedBytes: 5 },
  });
  socket.on("open", () => log.push("open")).on("close", () => log.push("close"));
  await settle();
  expect([log, socket.readyState, socket.url]).toEqual([[], 0, "ws://example.com/chat"]);
  driver.connection.accept();
  await settle();
  socket.terminate();
  expect([log, received().startsWith("HTTP/1.1 101")]).toEqual([["open", "close"], true]);
});

describe("a client's socket", () => {
  const base = { url: "ws://example.com/chat", options: {} };

  test("dials, and asks", async () => {
    const { near, received } = wire();
    const socket = clientSocket({
      ...base,
      runtime: testRuntime(),
      connect: () => near,
      request: { host: "example.com", target: "/chat", protocols: ["a"] },
    });
    await settle();
    expect([socket.readyState, socket.url, socket.version]).toEqual([0, base.url, "hybi-13"]);
    expect(received()).toMatch(/^GET \/chat HTTP\/1\.1\r\nHost: example\.com\r\n/);
    socket.terminate();
    expect(socket.readyState).toBe(3);
  });

  test("does not dial for what may not be sent", () => {
    const dial = vi.fn();
    expect(() =>
      clientSocket({
        ...base,
        runtime: testRuntime(),
        connect: dial,
        request: { host: "example.com", target: "/", headers: { "X-A": "\n" } },
      }),
    ).toThrow(UsageError);
    expect(dial).not.toHaveBeenCalled();
  });
});
