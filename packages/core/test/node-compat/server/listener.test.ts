import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  checkWays,
  type ListenAddress,
  listenOn,
  requestedAddress,
} from "../../../src/node-compat/server/listener.ts";
import { UsageError } from "../../../src/violation.ts";
import { layer } from "../fake-modules.ts";

let server: net.Server;
afterEach(() => {
  vi.restoreAllMocks();
  server?.close();
});

test.each<[asked: ListenAddress, understood: object]>([
  [{}, { hostname: "", port: 0 }],
  [
    { port: 80, hostname: "localhost" },
    { hostname: "localhost", port: 80 },
  ],
  [{ port: "8080" as unknown as number }, { hostname: "", port: 8080 }],
  [
    { unix: "/run/x", port: 80, hostname: "localhost" },
    { hostname: "", port: 0, path: "/run/x" },
  ],
])("%j asks for %j", (asked, understood) => {
  expect(requestedAddress(asked)).toEqual(understood);
});

test.each<[asked: ListenAddress, message: string]>([
  [{ fd: 3, port: 80 }, "fd: expected without port, got both: the descriptor listens already"],
  [{ fd: 3, unix: "/x" }, "fd: expected without unix, got both: the descriptor listens already"],
  [{ reusePort: true, unix: "/x" }, "reusePort: expected with a port, got unix"],
  [{ fd: 3 }, "fd: not here"],
  [{ reusePort: true }, "reusePort: nor this"],
])("%j is refused where it cannot be", (asked, message) => {
  const lacks = { fd: "not here", reusePort: "nor this" };
  expect(() => checkWays({ lacks }, asked)).toThrow(new UsageError(message));
});

test.each([-1, 1.5, "3", NaN])("the descriptor %j is none", (fd) => {
  expect(() => requestedAddress({ fd: fd as number })).toThrow(
    `fd: expected a descriptor, a whole number from 0, got ${String(fd)}`,
  );
});

test("what a runtime does not lack is let through", () => {
  checkWays({}, { fd: 3 });
  checkWays({}, { reusePort: true, port: 80 });
  checkWays({ lacks: { fd: "not here" } }, { reusePort: false });
});

describe("listenOn", () => {
  test.each<[name: string, asked: ListenAddress]>([
    ["all addresses", {}],
    ["one address", { hostname: "127.0.0.1", backlog: 5 }],
    ["a host name", { hostname: "localhost", port: undefined }],
  ])("tells the port it got on %s", async (_, asked) => {
    server = net.createServer();
    const listen = vi.spyOn(server, "listen");
    const { port, hostname } = await listenOn(layer, server, asked).listening;
    expect(port).toBe((server.address() as net.AddressInfo).port);
    expect(hostname).toBe(asked.hostname ?? "");
    expect(listen.mock.calls[0]![0]).toMatchObject(
      asked.backlog === undefined ? {} : { backlog: asked.backlog },
    );
  });

  test("rejects with the system's error", async () => {
    server = net.createServer();
    const { port } = await listenOn(layer, server, { hostname: "127.0.0.1" }).listening;
    await expect(
      listenOn(layer, net.createServer(), { hostname: "127.0.0.1", port }).listening,
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("rejects in words where the process may not listen, and does not try: that would throw where nobody can catch it", async () => {
    const refused = net.createServer();
    const listen = vi.spyOn(refused, "listen");
    const asked: ListenAddress[] = [{ hostname: "127.0.0.1" }, {}, { unix: "/run/x" }];
    for (const address of asked)
      await expect(
        listenOn({ ...layer, mayUseNetwork: () => false }, refused, address).listening,
      ).rejects.toMatchObject({
        code: "ERR_ACCESS_DENIED",
        message: "Node's permission model forbids it (--permission): give --allow-net too",
      });
    expect(listen).not.toHaveBeenCalled();
  });

  test("warns of an error that comes later, and goes on", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    server = net.createServer();
    await listenOn(layer, server, { hostname: "127.0.0.1" }).listening;
    server.emit("error", new Error("accept EMFILE"));
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("accept EMFILE"), "SansocketWarning"],
    ]);
    expect(server.listening).toBe(true);
  });

  test("destroy drops every connection, and close resolves then", async () => {
    server = net.createServer();
    const listener = listenOn(layer, server, { hostname: "127.0.0.1" });
    const { port } = await listener.listening;
    const sockets = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")];
    const gone = sockets.map((socket) => once(socket.on("error", () => {}).resume(), "close"));
    await once(server, "connection");
    await once(server, "connection");
    const closed = listener.close();
    listener.destroy();
    await Promise.all([closed, ...gone]);
  });

  test("leaves no listener on a connection that is gone", async () => {
    server = net.createServer();
    const { port } = await listenOn(layer, server, { hostname: "127.0.0.1" }).listening;
    const client = net.connect(port, "127.0.0.1");
    const [socket] = (await once(server, "connection")) as [net.Socket];
    expect(socket.listenerCount("close")).toBe(1);
    client.destroy();
    socket.resume();
    await once(socket, "close");
    expect(socket.listenerCount("close")).toBe(0);
  });
});
