import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { connect, listen, type SocketServer } from "../../src/index.ts";

let stop: (() => unknown) | undefined;
afterEach(() => stop?.());

async function start(
  open?: Parameters<typeof listen>[0]["websocket"]["open"],
): Promise<SocketServer> {
  const server = listen({ hostname: "127.0.0.1", websocket: open ? { open } : {} });
  stop = () => server.stop({ force: true });
  await server.ready;
  return server;
}

/** The URL of a server that sends `answer`, whatever the request. */
async function answering(answer: string | undefined): Promise<string> {
  const server = net
    .createServer((socket) => {
      socket.on("error", () => {});
      if (answer === undefined) return;
      socket.once("data", () => socket.end(answer));
    })
    .listen(0, "127.0.0.1");
  stop = () => server.close();
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

describe("connect", () => {
  test("resolves with an open socket", async () => {
    const { url } = await start();
    const socket = await connect(url);
    expect([socket.readyState, socket.statusCode, socket.url]).toEqual([1, 101, url]);
  });

  test("misses nothing that the server says at once, in order", async () => {
    const { url } = await start((socket) => {
      for (const text of ["one", "two", "three"]) socket.send(text);
    });
    const socket = await connect(new URL(url));
    const told: unknown[] = [];
    await Promise.resolve();
    socket.on("message", ({ data }) => {
      told.push(data);
    });
    while (told.length < 3) await once(socket, "message");
    expect(told).toEqual(["one", "two", "three"]);
  });

  test.each(["a", ["a", "b"]])(
    "subprotocols in place of options are told where they go: %j",
    async (protocols) => {
      await expect(connect("ws://localhost/", protocols as never)).rejects.toThrow(
        `connect(url, { protocols: ${JSON.stringify(protocols)} })`,
      );
    },
  );

  test("does not undo a pause: it holds until resumed", async () => {
    const { url } = await start((socket) => {
      socket.send("early");
    });
    const socket = await connect(url);
    const told: unknown[] = [];
    socket.on("message", ({ data }) => {
      told.push(data);
    });
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).toEqual([]);
    socket.resume();
    expect(told).toEqual(["early"]);
  });

  test("leaves nothing of its own on the socket", async () => {
    const { url } = await start();
    const socket = await connect(url);
    await new Promise((resolve) => setImmediate(resolve));
    expect(["open", "error", "close"].map((type) => socket.listenerCount(type))).toEqual([0, 0, 0]);
    expect(Object.keys(socket)).not.toEqual(expect.arrayContaining(["pause"]));
  });
});

describe("rejects", () => {
  test("where nobody listens, with the system's code", async () => {
    const { url } = await start();
    await stop!();
    await expect(connect(url)).rejects.toMatchObject({
      name: "ConnectError",
      code: "ECONNREFUSED",
      status: undefined,
      message: expect.stringMatching(/^Network error: .*ECONNREFUSED/) as string,
      cause: { code: "ECONNREFUSED" },
    });
  });

  test("where the server refuses, with its answer", async () => {
    const url = await answering(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    );
    const error = (await connect(url).catch((reason: unknown) => reason)) as {
      response: { headers: { get(name: string): string } };
    };
    expect(error).toMatchObject({
      name: "ConnectError",
      code: "opening-refused",
      status: 401,
      message: "Error during WebSocket handshake: Unexpected response code: 401",
    });
    expect(error.response.headers.get("www-authenticate")).toBe("Basic");
  });

  test("where the server hangs up", async () => {
    const url = await answering("");
    await expect(connect(url)).rejects.toMatchObject({
      name: "ConnectError",
      code: "closed",
      message: expect.stringMatching(
        /was closed before it opened: 1006 \(it ended before the server answered: /,
      ) as string,
    });
  });

  test("where the server says nothing, after handshakeTimeout", async () => {
    const url = await answering(undefined);
    await expect(connect(url, { handshakeTimeout: 50 })).rejects.toMatchObject({
      name: "ConnectError",
      code: "handshake-timeout",
    });
  });

  test("where the caller gives up, with the reason given", async () => {
    const url = await answering(undefined);
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const connecting = connect(url, { signal: controller.signal });
    setTimeout(() => {
      controller.abort(reason);
    }, 10);
    await expect(connecting).rejects.toBe(reason);
    await expect(connect(url, { signal: controller.signal })).rejects.toBe(reason);
  });

  test.each<[url: string, options: object, message: RegExp]>([
    ["http://localhost/", {}, /is not a valid WebSocket URL/],
    ["nonsense", {}, /is not a valid WebSocket URL/],
    ["ws://localhost/", { maxMesageSize: 1 }, /Unrecognized option: maxMesageSize/],
    ["ws://localhost/", { headers: { "X-Bad": "a\r\nb" } }, /X-Bad/],
  ])("what cannot be asked: %s with %j", async (url, options, message) => {
    await expect(connect(url, options)).rejects.toThrow(message);
  });
});
