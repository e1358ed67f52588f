import { describe, expect, test, vi } from "vitest";
import { Clients, type WebSocketHandlers } from "../../../src/shell/server/clients.ts";
import { FakeSocket } from "./served-socket.ts";

const connect = (clients: Clients<FakeSocket>): FakeSocket => {
  const socket = new FakeSocket();
  clients.add(socket);
  return socket;
};

/** Handlers that write down their name and arguments. */
function journal(): { told: unknown[][]; handlers: WebSocketHandlers<FakeSocket> } {
  const told: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      told.push([name, ...args]);
  return {
    told,
    handlers: {
      open: note("open"),
      message: note("message"),
      close: note("close"),
      drain: note("drain"),
      error: note("error"),
    },
  };
}

describe("handlers", () => {
  test("each event reaches its handler, with the socket", () => {
    const { told, handlers } = journal();
    const clients = new Clients(handlers);
    const error = new Error("broken");
    const socket = connect(clients).open();
    socket.emit("message", { data: "hello" });
    socket.emit("drain");
    socket.emit("error", { message: "broken", error });
    socket.gone(1002, "broken");
    expect(told).toEqual([
      ["open", socket],
      ["message", socket, "hello"],
      ["drain", socket],
      ["error", socket, error],
      ["close", socket, 1002, "broken"],
    ]);
  });

  test("an error that is no Error becomes one, and keeps what it was", () => {
    const { told, handlers } = journal();
    connect(new Clients(handlers))
      .open()
      .emit("error", { message: "Network error", error: "text" });
    const [, , error] = told[1]!;
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ message: "Network error", cause: "text" });
  });

  test("a socket that never opened is not spoken of", () => {
    const { told, handlers } = journal();
    const clients = new Clients(handlers);
    const socket = connect(clients);
    socket.emit("error", { message: "Not a WebSocket request", error: undefined });
    socket.gone(1002, "Not a WebSocket request");
    expect(told).toEqual([]);
  });

  test("handlers are called on their object, and may be missing", () => {
    const object = {
      seen: [] as unknown[],
      message(_: FakeSocket, data: unknown) {
        this.seen.push(data);
      },
    };
    const socket = connect(new Clients<FakeSocket>(object)).open();
    socket.emit("message", { data: "x" });
    socket.gone(1000, "");
    expect(object.seen).toEqual(["x"]);
  });

  test("listeners are shared by all sockets, and only those that are wanted are added", () => {
    const clients = new Clients<FakeSocket>({ message() {} });
    const [one, two] = [connect(clients), connect(clients)];
    expect(one.eventNames()).toEqual(["open", "close", "message"]);
    expect(one.listeners("message")[0]).toBe(two.listeners("message")[0]);
  });
});

describe("tracking", () => {
  test("counts and gives the open sockets", () => {
    const clients = new Clients<FakeSocket>({});
    const [one, two, three] = [connect(clients), connect(clients), connect(clients)];
    expect([clients.size, [...clients]]).toEqual([0, []]);
    one.open();
    two.open();
    expect([clients.size, [...clients]]).toEqual([2, [one, two]]);
    const seen: FakeSocket[] = [];
    clients.forEach((socket) => {
      seen.push(socket);
    });
    expect([seen, clients.has(one), clients.has(three)]).toEqual([[one, two], true, false]);
    one.gone(1000, "");
    three.gone(1006, "");
    expect([...clients]).toEqual([two]);
  });

  test("a socket that is closed already is left alone", () => {
    const clients = new Clients<FakeSocket>({});
    const socket = new FakeSocket();
    socket.readyState = 3;
    clients.add(socket);
    expect(socket.eventNames()).toEqual([]);
  });

  test("an open after the close is no open", () => {
    const { told, handlers } = journal();
    const clients = new Clients(handlers);
    const socket = connect(clients);
    socket.gone(1006, "");
    socket.open();
    expect([told, clients.size]).toEqual([[], 0]);
  });

  test("is empty when the last is gone, even if a handler throws", async () => {
    const clients = new Clients<FakeSocket>({
      close() {
        throw new Error("from the application");
      },
    });
    const socket = connect(clients).open();
    const empty = vi.fn();
    const waiting = clients.empty().then(empty);
    await Promise.resolve();
    expect(empty).not.toHaveBeenCalled();
    expect(() => {
      socket.gone(1000, "");
    }).toThrow("from the application");
    await waiting;
    await clients.empty();
    expect(empty).toHaveBeenCalledOnce();
  });
});

describe("leaving", () => {
  test("closeAll closes the open, drops the opening, and turns away who still comes", () => {
    const clients = new Clients<FakeSocket>({});
    const open = connect(clients).open();
    const opening = connect(clients);
    clients.closeAll(1001, "bye");
    const late = connect(clients);
    expect([open.calls, opening.calls, late.calls]).toEqual([
      ["cork", "close 1001 bye"],
      ["terminate"],
      ["terminate"],
    ]);
    expect(clients.size).toBe(1);
  });

  test("a connection that is no socket yet is waited for, and dropped with the rest", async () => {
    const clients = new Clients<FakeSocket>({});
    const calls: string[] = [];
    const arrival = (name: string) => ({
      terminate: () => {
        calls.push(name);
      },
    });
    const one = arrival("one");
    const two = arrival("two");
    clients.expect(one);
    clients.expect(two);
    clients.forget(two);
    expect(clients.size).toBe(0);
    clients.closeAll(1001, "bye");
    clients.expect(arrival("late"));
    expect(calls).toEqual(["one", "late"]);
    const empty = clients.empty();
    clients.forget(one);
    await empty;
  });

  test("terminateAll drops everyone", () => {
    const clients = new Clients<FakeSocket>({});
    const open = connect(clients).open();
    const opening = connect(clients);
    clients.terminateAll();
    expect([open.calls, opening.calls, connect(clients).calls]).toEqual([
      ["terminate"],
      ["terminate"],
      ["terminate"],
    ]);
    expect(clients.size).toBe(0);
  });
});
