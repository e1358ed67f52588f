import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import type { OpeningResponse } from "../../../src/opening.ts";
import type { Attempt } from "../../../src/shell/client/opening.ts";
import { clientSocket } from "../../../src/shell/server/sockets.ts";
import type { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { ProtocolViolation } from "../../../src/violation.ts";
import { settle, testRuntime, wire } from "../websocket/wired.ts";

const REDIRECT = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 99\r\n\r\n";

/** A client whose redirects lead where `next` says, and the wires it was given. */
function client(
  next:
    | ((
        response: OpeningResponse,
        attempt: (url: string) => Attempt,
      ) => Attempt | ProtocolViolation)
    | undefined,
  signal?: AbortSignal,
  handshakeTimeout = 0,
) {
  const wires: ReturnType<typeof wire>[] = [];
  const log: unknown[] = [];
  const dial = () => {
    const made = wire();
    wires.push(made);
    return made.near;
  };
  const attempt = (url: string): Attempt => ({
    connect: dial,
    url,
    request: { host: "example.com", target: new URL(url).pathname },
    redirect: next && ((response) => next(response, attempt)),
  });
  const socket = clientSocket({
    ...attempt("ws://example.com/first"),
    runtime: testRuntime(),
    options: { handshakeTimeout },
    signal,
  });
  for (const type of ["open", "message", "error", "close"] as const)
    socket.on(type, (event: unknown) => {
      const { data, message, code } = event as {
        data?: unknown;
        message?: unknown;
        code?: unknown;
      };
      log.push([type, data ?? message ?? code]);
    });
  return { socket, wires, log };
}
async function answer({ far, received }: ReturnType<typeof wire>, after = ""): Promise<void> {
  await settle();
  const accept = createHash("sha1")
    .update(
      `${/Sec-WebSocket-Key: (\S+)/.exec(received())![1]!}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    )
    .digest("base64");
  far.write(
    Buffer.from(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n${after}`,
      "latin1",
    ),
  );
  await settle();
}
async function say({ far }: ReturnType<typeof wire>, text: string): Promise<void> {
  await settle();
  far.write(text);
  await settle();
}
const path = ({ received }: ReturnType<typeof wire>): string | undefined =>
  /^GET (\S+)/.exec(received())?.[1];
const told = (socket: WebSocket): unknown[] => [socket.readyState, socket.url];

describe("a redirect", () => {
  test("leads to another connection, and nothing is told of the first; its body is not waited for", async () => {
    const { socket, wires, log } = client((_, attempt) => attempt("ws://example.com/second"));
    socket.send("early");
    await say(wires[0]!, REDIRECT);
    expect([wires[0]!.near.destroyed, wires.length, path(wires[1]!), log, told(socket)]).toEqual([
      true,
      2,
      "/second",
      [],
      [0, "ws://example.com/second"],
    ]);
    await answer(wires[1]!, "\u0081\u0002hi");
    expect([log, told(socket)]).toEqual([
      [
        ["open", undefined],
        ["message", "hi"],
      ],
      [1, "ws://example.com/second"],
    ]);
    expect(wires[1]!.received()).toContain("\u0081\u0085");
  });

  test("that is not to be followed fails with why", async () => {
    const { wires, log } = client(
      (response) => new ProtocolViolation("redirect-refused", "not there", { response }),
    );
    await say(wires[0]!, REDIRECT);
    expect([wires.length, log]).toEqual([
      1,
      [
        ["error", "not there"],
        ["close", 1006],
      ],
    ]);
  });

  test("is a refusal to who does not follow, and so is another status to who does", async () => {
    const plain = client(undefined);
    const following = client((_, attempt) => attempt("ws://x/"));
    await say(plain.wires[0]!, REDIRECT.replace("99", "0"));
    await say(following.wires[0]!, "HTTP/1.1 304 x\r\nLocation: /a\r\n\r\n");
    expect([plain.log, following.log]).toEqual(
      [302, 304].map((status) => [
        ["error", `Error during WebSocket handshake: Unexpected response code: ${status}`],
        ["close", 1006],
      ]),
    );
  });

  test("to where it cannot be dialled fails with that", async () => {
    const { wires, log, socket } = client((_, attempt) => ({
      ...attempt("ws://other/"),
      connect: () => {
        throw new Error("no port");
      },
    }));
    await say(wires[0]!, REDIRECT);
    expect([log, told(socket)]).toEqual([
      [
        ["error", "Network error: ws://other/: no port"],
        ["close", 1006],
      ],
      [3, "ws://other/"],
    ]);
    const odd = client((_, attempt) => ({
      ...attempt("ws://other/"),
      connect: () => {
        throw "no port";
      },
    }));
    await say(odd.wires[0]!, REDIRECT);
    expect(odd.log[0]).toEqual(["error", "Network error: ws://other/: no port"]);
  });

  test("and the second connection fails", async () => {
    const { wires, log } = client((_, attempt) => attempt("ws://example.com/second"));
    await say(wires[0]!, REDIRECT);
    wires[1]!.near.destroy(new Error("gone"));
    await settle();
    expect(log).toEqual([
      ["error", "Network error: ws://example.com/second: gone"],
      ["close", 1006],
    ]);
  });

  test("has no more time than what is left of the first's, and leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { wires, log } = client(
      (_, attempt) => attempt("ws://example.com/second"),
      undefined,
      60,
    );
    vi.advanceTimersByTime(40);
    await say(wires[0]!, REDIRECT);
    vi.advanceTimersByTime(19);
    expect([log, wires.length]).toEqual([[], 2]);
    vi.advanceTimersByTime(1);
    await settle();
    expect([log, vi.getTimerCount()]).toEqual([
      [
        [
          "error",
          expect.stringMatching(
            /^ws:.*: The opening handshake took longer than 60 ms: the other side has not answered/,
          ),
        ],
        ["close", 1006],
      ],
      0,
    ]);
    vi.useRealTimers();
  });

  test("and the application closes meanwhile", async () => {
    const { socket, wires, log } = client((_, attempt) => attempt("ws://example.com/second"));
    await say(wires[0]!, REDIRECT);
    socket.close(3000, "enough");
    await settle();
    expect([log, wires[1]!.near.destroyed]).toEqual([[["close", 3000]], true]);
  });
});

describe("a signal", () => {
  test("gives up: error, then close", async () => {
    for (const reason of [new Error("too late"), "too late"]) {
      const controller = new AbortController();
      const { wires, log } = client(undefined, controller.signal);
      controller.abort(reason);
      await settle();
      expect([log, wires[0]!.near.destroyed]).toEqual([
        [
          ["error", "Connecting to ws://example.com/first was given up: too late"],
          ["close", 1006],
        ],
        true,
      ]);
    }
  });

  test("gives up after a redirect too", async () => {
    const controller = new AbortController();
    const { wires, log } = client(
      (_, attempt) => attempt("ws://example.com/second"),
      controller.signal,
    );
    await say(wires[0]!, REDIRECT);
    controller.abort(new Error("too late"));
    expect([log.length, wires.length]).toEqual([2, 2]);
  });

  test.each(["open", "closed"] as const)("means nothing once %s", async (state) => {
    const controller = new AbortController();
    const { socket, wires, log } = client(undefined, controller.signal);
    if (state === "open") await answer(wires[0]!);
    else socket.terminate();
    controller.abort();
    await settle();
    expect([socket.readyState, log.length]).toEqual([state === "open" ? 1 : 3, 1]);
  });
});
