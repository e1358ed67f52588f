import { describe, expect, test } from "vitest";
import { Clients } from "../../../src/shell/server/clients.ts";
import type { Runtime } from "../../../src/shell/runtime/runtime.ts";
import {
  ListenError,
  Server,
  type Address,
  type Listener,
} from "../../../src/shell/server/server.ts";
import { FakeSocket } from "./served-socket.ts";

/** A listener without a port, a clock that is wound by hand, and a journal of both. */
const NO_BUDGET = { connections: 0, bufferedBytes: 0, refused: 0, dropped: 0, delayed: 0 };

function rig(
  listening: Promise<Address> = Promise.resolve({ hostname: "localhost", port: 4711 }),
  requested = { hostname: "localhost", port: 0, secure: false },
) {
  const calls: string[] = [];
  const timers = new Map<number, () => void>();
  let closed = (): void => {};
  const listener: Listener = {
    listening,
    close: () => {
      calls.push("close");
      return new Promise((resolve) => {
        closed = resolve;
      });
    },
    destroy: () => {
      calls.push("destroy");
      closed();
    },
  };
  const runtime = {
    setTimeout: (callback: () => void, milliseconds: number) => {
      calls.push(`timer ${milliseconds}`);
      return timers.set(1, callback) && 1;
    },
    clearTimeout: (handle: number) => void timers.delete(handle),
  } as unknown as Runtime;
  const clients = new Clients<FakeSocket>({});
  const server = new Server(listener, clients, runtime, { ...requested, budget: NO_BUDGET });
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    clients.add(socket);
    return socket.open();
  };
  return {
    calls,
    timers,
    server,
    open,
    listenerClosed: () => {
      closed();
    },
  };
}
const settled = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => {
      setImmediate(() => {
        resolve(false);
      });
    }),
  ]);

describe("the address", () => {
  test("is what was asked for until it listens, then what was given", async () => {
    const { server } = rig();
    expect([server.port, server.hostname]).toEqual([0, "localhost"]);
    await server.ready;
    expect([server.port, server.hostname, server.url]).toEqual([
      4711,
      "localhost",
      "ws://localhost:4711/",
    ]);
  });

  test.each<[address: Address, secure: boolean, url: string]>([
    [{ hostname: "::1", port: 1 }, false, "ws://[::1]:1/"],
    [{ hostname: "::", port: 2 }, true, "wss://localhost:2/"],
    [{ hostname: "0.0.0.0", port: 3 }, false, "ws://localhost:3/"],
    [{ hostname: "", port: 4 }, false, "ws://localhost:4/"],
    [{ hostname: "example.com", port: 443 }, true, "wss://example.com:443/"],
    [{ hostname: "", port: 0, path: "/run/chat" }, false, "ws+unix:/run/chat"],
  ])("%j, secure %s: %s", async (address, secure, url) => {
    const { server } = rig(Promise.resolve(address), { hostname: "", port: 0, secure });
    await server.ready;
    expect(server.url).toBe(url);
  });
});

describe("what cannot be listened on", () => {
  test.each<[cause: unknown, code: string, message: RegExp]>([
    [
      { code: "EADDRINUSE" },
      "EADDRINUSE",
      /^localhost:80 is taken: stop what listens there, or choose another port/,
    ],
    [{ code: "EACCES" }, "EACCES", /^localhost:80 may not be listened on by this user/],
    [{ code: "EADDRNOTAVAIL" }, "EADDRNOTAVAIL", /^localhost:80 is not an address of this machine/],
    [{ code: "ENOTFOUND" }, "ENOTFOUND", /^localhost:80 is not a host name this machine knows/],
    [new Error("no more"), "UNKNOWN", /^Cannot listen on localhost:80: no more$/],
    [{ code: 7 }, "UNKNOWN", /^Cannot listen on localhost:80: \[object Object\]$/],
    [null, "UNKNOWN", /^Cannot listen on localhost:80: null$/],
  ])("%j is explained", async (cause, code, message) => {
    const { server, calls } = rig(Promise.reject(cause), {
      hostname: "localhost",
      port: 80,
      secure: false,
    });
    const error: unknown = await server.ready.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ code, cause, message: expect.stringMatching(message) as string });
    await server.stop();
    expect(calls).toEqual([]);
  });

  test("without a host name, the port is named alone", () => {
    expect(new ListenError({ hostname: "", port: 80 }, { code: "EADDRINUSE" }).message).toMatch(
      /^Port 80 is taken/,
    );
  });

  test.each([
    [
      "EADDRINUSE",
      "/run/chat is taken: stop what listens there, or remove the file if nothing does.",
    ],
    [
      "EACCES",
      "/run/chat may not be listened on by this user: choose a path in a folder that is there, and that you may write.",
    ],
  ])("a path is named as it is, and what helps with paths: %s", (code, message) => {
    expect(new ListenError({ hostname: "", port: 0, path: "/run/chat" }, { code }).message).toBe(
      message,
    );
  });
});

describe("stopping", () => {
  test("closes the listener and tells every client; resolves when all are gone", async () => {
    const { server, open, calls, timers, listenerClosed } = rig();
    const [one, two] = [open(), open()];
    const stopped = server.stop();
    expect(await settled(stopped)).toBe(false);
    expect([calls, one.calls, two.calls]).toEqual([
      ["close", "timer 5000"],
      ["cork", "close 1001 The server is going away"],
      ["cork", "close 1001 The server is going away"],
    ]);
    one.gone(1001, "");
    two.gone(1001, "");
    expect(await settled(stopped)).toBe(false);
    listenerClosed();
    await stopped;
    expect([timers.size, server.clients.size]).toEqual([0, 0]);
  });

  test("drops what is left when the time is up", async () => {
    const { server, open, calls, timers } = rig();
    const socket = open();
    const stopped = server.stop({ timeout: 100 });
    expect(await settled(stopped)).toBe(false);
    timers.get(1)!();
    await stopped;
    expect([calls, socket.calls.at(-1)]).toEqual([["close", "timer 100", "destroy"], "terminate"]);
  });

  test("by force, at once", async () => {
    const { server, open } = rig();
    const socket = open();
    await server.stop({ force: true });
    expect(socket.calls).toEqual(["terminate"]);
  });

  test("again, by force, hurries; again, without, waits for the same", async () => {
    const { server, open } = rig();
    const socket = open();
    const stopped = server.stop();
    expect(server.stop()).toBe(stopped);
    expect(await settled(stopped)).toBe(false);
    expect(server.stop({ force: true })).toBe(stopped);
    await stopped;
    expect(socket.calls).toEqual(["cork", "close 1001 The server is going away", "terminate"]);
  });

  test("at the end of a scope", async () => {
    const { server, listenerClosed } = rig();
    const disposed = server[Symbol.asyncDispose]();
    expect(await settled(disposed)).toBe(false);
    listenerClosed();
    await disposed;
  });
});
