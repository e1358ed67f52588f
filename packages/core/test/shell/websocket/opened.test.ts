import { describe, expect, test } from "vitest";
import { clientSocket } from "../../../src/shell/server/sockets.ts";
import { ConnectError, opened } from "../../../src/shell/websocket/opened.ts";
import type { WebSocket } from "../../../src/shell/websocket/websocket.ts";
import { settle, testRuntime, wire } from "./wired.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** A client, and the other end of its wire. */
function dial(handshakeTimeout = 0) {
  const { near, far, received } = wire();
  const socket = clientSocket({
    runtime: testRuntime(),
    connect: () => near,
    url: "ws://example.com/",
    request: { host: "example.com", target: "/" },
    options: { handshakeTimeout },
  });
  const accept = async (after = ""): Promise<void> => {
    await settle();
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(received())![1]!;
    const { createHash } = await import("node:crypto");
    const answer = createHash("sha1")
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    far.write(
      bytes(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n${after}`,
      ),
    );
  };
  return { socket, near, far, accept };
}
const text = (data: string): string => `\u0081${String.fromCharCode(data.length)}${data}`;
/** Keeps callbacks until `run`. */
function later(): { later: (callback: () => void) => void; run: () => void } {
  const callbacks: (() => void)[] = [];
  return {
    later: (callback) => callbacks.push(callback),
    run: () => {
      for (const callback of callbacks.splice(0)) callback();
    },
  };
}
const listeners = (socket: WebSocket): number[] =>
  ["open", "error", "close"].map((type) => socket.listenerCount(type));

describe("resolves", () => {
  test("with the socket, once it is open, and leaves no listener", async () => {
    const { socket, accept } = dial();
    const promise = opened(socket, setImmediate);
    await accept();
    expect(await promise).toBe(socket);
    expect([socket.readyState, listeners(socket)]).toEqual([1, [0, 0, 0]]);
  });

  test("before any message, though it stood in the same chunk", async () => {
    const { socket, accept } = dial();
    const turn = later();
    const promise = opened(socket, turn.later);
    const told: unknown[] = [];
    await accept(text("one") + text("two"));
    await promise;
    socket.on("message", ({ data }) => {
      told.push(data);
    });
    await settle();
    expect(told).toEqual([]);
    turn.run();
    expect(told).toEqual(["one", "two"]);
    expect(Object.hasOwn(socket, "pause") || Object.hasOwn(socket, "resume")).toBe(false);
  });

  test.each<[name: string, act: (socket: WebSocket) => void, flows: boolean]>([
    [
      "pause",
      (socket) => {
        socket.pause();
      },
      false,
    ],
    [
      "pause and resume",
      (socket) => {
        socket.pause();
        socket.resume();
      },
      true,
    ],
  ])("and what is said meanwhile about pausing holds: %s", async (_, act, flows) => {
    const { socket, accept } = dial();
    const turn = later();
    const promise = opened(socket, turn.later);
    const told: unknown[] = [];
    await accept(text("early"));
    await promise;
    socket.on("message", ({ data }) => {
      told.push(data);
    });
    act(socket);
    turn.run();
    expect(told).toEqual(flows ? ["early"] : []);
    socket.resume();
    expect(told).toEqual(["early"]);
  });
});

describe("rejects", () => {
  const refusal = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
  const cases: [name: string, act: (ends: ReturnType<typeof dial>) => void, expected: object][] = [
    [
      "refused",
      ({ far }) => {
        far.write(bytes(refusal));
      },
      {
        code: "opening-refused",
        status: 302,
        message: "Error during WebSocket handshake: Unexpected response code: 302",
        cause: { name: "ProtocolViolation" },
      },
    ],
    [
      "hung up",
      ({ far }) => {
        far.end();
      },
      {
        code: "closed",
        status: undefined,
        message:
          "ws://example.com/ was closed before it opened: 1006 (it ended before the server answered: does it want a subprotocol, of which none was offered, does it speak WebSocket there, does it want wss:, or a certificate of the client's?)",
      },
    ],
    [
      "lost",
      ({ near }) => {
        near.destroy(Object.assign(new Error("gone"), { code: "ECONNRESET" }));
      },
      {
        code: "ECONNRESET",
        message:
          "Network error: ws://example.com/: gone (the other side dropped the connection before it opened; does it want wss:, or did a firewall do it?)",
        cause: { message: "gone" },
      },
    ],
    [
      "closed by the application",
      ({ socket }) => {
        socket.close(4000, "changed my mind");
      },
      {
        code: "closed",
        message: "ws://example.com/ was closed before it opened: 4000 changed my mind",
      },
    ],
  ];
  test.each(cases)("where it is %s", async (_, act, expected) => {
    const ends = dial();
    const promise = opened(ends.socket, setImmediate).catch((error: unknown) => error);
    await settle();
    act(ends);
    const error = await promise;
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ name: "ConnectError", ...expected });
    expect(listeners(ends.socket)).toEqual([0, 0, 0]);
  });

  test("where the server says nothing for handshakeTimeout", async () => {
    await expect(opened(dial(20).socket, setImmediate)).rejects.toMatchObject({
      code: "handshake-timeout",
      message:
        "ws://example.com/: The opening handshake took longer than 20 ms: the other side has not answered the opening request",
    });
  });

  test("with the reason of a signal, before and while connecting", async () => {
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const { socket, near } = dial();
    const promise = opened(socket, setImmediate, controller.signal);
    controller.abort(reason);
    await expect(promise).rejects.toBe(reason);
    await expect(opened(dial().socket, setImmediate, controller.signal)).rejects.toBe(reason);
    await settle();
    expect(near.destroyed).toBe(true);
  });

  test("no more, once open: a signal that aborts later changes nothing", async () => {
    const controller = new AbortController();
    const { socket, accept } = dial();
    const promise = opened(socket, setImmediate, controller.signal);
    await accept();
    await promise;
    controller.abort();
    expect(socket.readyState).toBe(1);
  });
});
