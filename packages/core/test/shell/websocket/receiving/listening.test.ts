import { expect, test } from "vitest";
import { WebSocket } from "../../../../src/shell/websocket/websocket.ts";
import { keepUntaken } from "../../../../src/shell/websocket/receiving/untaken.ts";
import { arrive, fake } from "../fake-driver.ts";

const ways: Record<string, (socket: WebSocket, listener: () => void) => void> = {
  on: (socket, listener) => socket.on("message", listener),
  addListener: (socket, listener) => socket.addListener("message", listener),
  once: (socket, listener) => socket.once("message", listener),
  prependListener: (socket, listener) => socket.prependListener("message", listener),
  prependOnceListener: (socket, listener) => socket.prependOnceListener("message", listener),
  addEventListener: (socket, listener) => {
    socket.addEventListener("message", listener);
  },
  onmessage: (socket, listener) => {
    socket.onmessage = listener;
  },
  pipe: (socket, listener) => {
    socket.pipe({
      writable: true,
      write: listener,
      on: () => {},
      once: () => {},
      emit: () => {},
    } as never);
  },
};

test.each(Object.keys(ways))("%s is noticed", async (way) => {
  const { session, socket } = fake();
  keepUntaken(session);
  arrive(session, "a");
  let told = 0;
  ways[way]!(socket, () => void told++);
  await Promise.resolve();
  expect(told).toBe(1);
});

test("on… is null until a function is set, and the socket's own then", () => {
  const { socket } = fake();
  for (const name of ["onmessage", "onerror", "onclose"] as const) {
    socket[name] = "no function" as never;
    expect(socket[name]).toBeNull();
    const handler = (): void => {};
    socket[name] = handler;
    expect(socket[name]).toBe(handler);
    expect(Object.keys(socket)).toContain(name);
    socket[name] = null;
    expect(socket[name]).toBeNull();
  }
});

test("an old-style subclass listens before it is a socket, and has handlers on its prototype", () => {
  const subclass = Object.create(WebSocket.prototype) as WebSocket;
  const handler = (): void => {};
  subclass.onmessage = handler;
  const socket = Object.create(subclass) as WebSocket;
  expect(() => socket.on("message", () => {})).not.toThrow();
  expect(socket.onmessage).toBe(handler);
});
