import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { adapterApi, type AdapterParts } from "../../src/node-compat/adapter.ts";
import { netListen } from "../../src/node-compat/server/listen.ts";
import { layer } from "./fake-modules.ts";

const parts: AdapterParts = {
  modules: layer,
  cluster: () => {
    throw new Error("no cluster here");
  },
  client: {
    fetch: () => new Promise(() => {}),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: (handle) => {
      clearTimeout(handle as NodeJS.Timeout);
    },
  },
};

test("an adapter's exports work together, from its modules alone", async () => {
  const { listen, connect, WebSocket, Client, EventSource, EventSourceClient } = adapterApi(parts);
  const server = listen({
    port: 0,
    hostname: "127.0.0.1",
    websocket: {
      message(socket, data) {
        socket.send(data);
      },
    },
  });
  await server.ready;
  const socket = await connect(server.url);
  socket.send("hello");
  expect(await once(socket, "message")).toMatchObject([{ data: "hello" }]);
  expect(socket).toBeInstanceOf(Client);
  expect(WebSocket.Client).toBe(Client);
  expect(EventSource.Client).toBe(EventSourceClient);
  expect(EventSourceClient.name).toBe("EventSourceClient");
  await server.stop();
});

test("what the runtime does by itself goes first", async () => {
  const connectDirectly = vi.fn(() => {
    throw new Error("connects by itself");
  });
  const listen = netListen(layer);
  const api = adapterApi({ ...parts, connectDirectly, listen, pingAtMost: 5 });
  expect(api.listen).toBe(listen);
  await expect(api.connect("ws://127.0.0.1:1/")).rejects.toThrow("connects by itself");
  expect(connectDirectly).toHaveBeenCalledOnce();
});

test("clients of event streams use the runtime's fetch", async () => {
  const fetch = vi.fn(parts.client.fetch);
  const { EventSourceClient } = adapterApi({ ...parts, client: { ...parts.client, fetch } });
  const client = new EventSourceClient("http://127.0.0.1/events");
  await vi.waitFor(() => {
    expect(fetch).toHaveBeenCalledOnce();
  });
  expect(client.readyState).toBe(EventSourceClient.CONNECTING);
  client.close();
});
