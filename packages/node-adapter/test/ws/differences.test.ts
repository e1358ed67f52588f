/** Where the API of `ws` is different here on purpose, and is not seen in the rows: under the titles of `docs/migrating-from-ws.md`. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { frame, masked } from "@sansocket/core/testing";
import { type ServerOptions, WebSocket, WebSocketServer } from "../../src/ws.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function served(options: ServerOptions = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  open.push({
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `ws://127.0.0.1:${port}/` };
}

/** Both ends of a connection. */
async function pair(options: ServerOptions = {}, clientOptions: object = {}) {
  const { server, url } = await served(options);
  const client = new WebSocket(url, clientOptions);
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "open")]);
  return { client, accepted: accepted as WebSocket };
}

const socketOf = (websocket: WebSocket): net.Socket =>
  (websocket as unknown as { _socket: net.Socket })._socket;

const FIELDS = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

/** A connection by hand, open: what comes on it is gathered. */
async function byHand(port: number, fields: readonly string[] = []) {
  const socket = net.connect(port, "127.0.0.1");
  open.push({
    close: () => {
      socket.destroy();
    },
  });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(
    ["GET / HTTP/1.1", `Host: 127.0.0.1:${port}`, ...FIELDS, ...fields, "", ""].join("\r\n"),
  );
  const seen = (): string => Buffer.concat(chunks).toString("latin1");
  await expect.poll(seen).toContain("\r\n\r\n");
  return {
    socket,
    seen,
    frames: () => Buffer.from(seen().slice(seen().indexOf("\r\n\r\n") + 4), "latin1"),
  };
}

test("Writes leave when the turn ends", async () => {
  const { client, accepted } = await pair({ perMessageDeflate: false });
  const sizes: number[] = [];
  const { write } = socketOf(client);
  socketOf(client).write = function (this: net.Socket, ...args: [Uint8Array]) {
    sizes.push(args[0].length);
    return Reflect.apply(write, this, args) as boolean;
  } as typeof write;
  client.send("one");
  client.send("two");
  expect(sizes).toEqual([]);
  const [[first]] = [await once(accepted, "message")];
  expect([String(first), sizes]).toEqual(["one", [18]]);
});

test("what was sent before terminate() is written", async () => {
  const { client, accepted } = await pair();
  client.send("last words");
  client.terminate();
  const [data] = (await once(accepted, "message")) as [Buffer];
  expect(String(data)).toBe("last words");
});

test("what was sent before bufferedAmount was asked for is written, also while the connection opens", async () => {
  const { port } = await served();
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  const seen = await new Promise((resolve) => {
    client.on("open", () => {
      client.send("four");
      resolve([client.bufferedAmount, socketOf(client).bytesWritten > 0]);
    });
  });
  expect(seen).toEqual([0, true]);
});

test("and before terminate(), while it opens", async () => {
  const { port, server } = await served();
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  client.on("open", () => {
    client.send("first and last");
    client.terminate();
  });
  const [accepted] = (await once(server, "connection")) as [WebSocket];
  const [data] = (await once(accepted, "message")) as [Buffer];
  expect(String(data)).toBe("first and last");
});

test("Short messages are compressed at once", async () => {
  const { client, accepted } = await pair({ perMessageDeflate: { threshold: 0 } });
  const left = new Promise((resolve) => {
    client.send("foo", resolve);
  });
  expect([client.extensions, client.bufferedAmount]).toEqual(["permessage-deflate", 0]);
  client.terminate();
  const [data] = (await once(accepted, "message")) as [Buffer];
  expect([String(data), await left]).toEqual(["foo", undefined]);
});

test("`mask` is not a choice", async () => {
  const { client, accepted } = await pair();
  expect(() => {
    client.send("x", { mask: false });
  }).toThrow(/a client must mask its frames .*leave the option out/);
  expect(() => {
    accepted.ping("x", true);
  }).toThrow(/a server must not mask its frames/);
  client.send("x", { mask: true });
  accepted.send("y", { mask: false });
  const [[one], [two]] = await Promise.all([once(accepted, "message"), once(client, "message")]);
  expect([String(one), String(two)]).toEqual(["x", "y"]);
});

test("Messages in pieces are not compressed", async () => {
  const { server, port } = await served({ perMessageDeflate: true });
  const { frames } = await byHand(port, ["Sec-WebSocket-Extensions: permessage-deflate"]);
  const [accepted] = [...server.clients];
  accepted!.send("aaaa", { fin: false });
  accepted!.send("bbbb");
  await expect.poll(() => frames().length).toBe(12);
  expect([frames()[0], frames()[6]]).toEqual([0x01, 0x80]);
});

test("Lengths must be in their shortest form", async () => {
  const { server, port } = await served();
  const { socket } = await byHand(port);
  const [accepted] = [...server.clients];
  socket.write(Uint8Array.of(0x82, 0xfe, 0, 1, 0, 0, 0, 0, 7));
  const [error] = (await once(accepted!, "error")) as [Error];
  expect(error).toMatchObject({ code: "non-minimal-length" });
});

test("A reason is always UTF-8", async () => {
  const { server, port } = await served({ skipUTF8Validation: true });
  const { socket } = await byHand(port);
  const [accepted] = [...server.clients];
  socket.write(masked(1, Uint8Array.of(0xff)));
  const [data] = (await once(accepted!, "message")) as [Buffer];
  expect([...data]).toEqual([0xff]);
  socket.write(masked(8, Uint8Array.of(3, 0xe8, 0xff)));
  const [error] = (await once(accepted!, "error")) as [Error];
  expect(error).toMatchObject({ code: "WS_ERR_INVALID_UTF8" });
});

describe("A line break in a field of the answer throws", () => {
  test("in headers", () => {
    const server = new WebSocketServer({ noServer: true });
    server.on("headers", (headers) => {
      headers.push("X: a\r\nY: b");
    });
    const socket = new net.Socket();
    Object.defineProperties(socket, { readable: { value: true }, writable: { value: true } });
    const request = Object.assign(new http.IncomingMessage(socket), {
      method: "GET",
      url: "/",
      headers: {
        upgrade: "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
    expect(() => {
      server.handleUpgrade(request, socket, Buffer.alloc(0), () => {});
    }).toThrow(/must not have a line break/);
    expect(socket.destroyed).toBe(true);
  });
});

describe("secure: true", () => {
  const statusOf = async (port: number, origin: string): Promise<string> =>
    (await byHand(port, [`Origin: ${origin}`])).seen().slice(0, 12);

  test("takes pages of the same origin only, unless origins says otherwise", async () => {
    const strict = await served({ secure: true });
    const listed = await served({ secure: true, origins: ["https://a.example"] });
    const lenient = await served();
    expect(await statusOf(strict.port, "https://a.example")).toBe("HTTP/1.1 403");
    expect(await statusOf(strict.port, `http://127.0.0.1:${strict.port}`)).toBe("HTTP/1.1 101");
    expect(await statusOf(listed.port, "https://a.example")).toBe("HTTP/1.1 101");
    expect(await statusOf(lenient.port, "https://a.example")).toBe("HTTP/1.1 101");
  });

  test("a peer that does not read is closed with 1013 once maxBufferedBytes wait", async () => {
    const { server, port } = await served({ secure: true, maxBufferedBytes: 1024 * 1024 });
    const { socket } = await byHand(port);
    socket.pause();
    const [accepted] = [...server.clients];
    const failed = once(accepted!, "error");
    for (let i = 0; i < 100 && accepted!.readyState === 1; i++)
      accepted!.send(Buffer.alloc(1024 * 1024));
    expect((await failed)[0]).toMatchObject({ code: "output-overflow" });
  });

  test("pings by itself", async () => {
    const { server, port } = await served({ secure: true, pingInterval: 20, pongTimeout: 60 });
    const { frames } = await byHand(port);
    const [accepted] = [...server.clients];
    const [error] = (await once(accepted!, "error")) as [Error];
    expect(error).toMatchObject({ code: "pong-timeout" });
    expect([...frames().subarray(0, 3)]).toEqual([...frame(9, "1")]);
  });
});

describe("callbacks", () => {
  test("come in order, once their message has left, also behind compression", async () => {
    const { client, accepted } = await pair({ perMessageDeflate: true });
    const order: string[] = [];
    const sent = (name: string) => (error?: Error) => {
      order.push(`${name} ${error?.message ?? "sent"}`);
    };
    client.send("x".repeat(100_000), sent("large"));
    client.send("small", sent("small"));
    client.ping("p", undefined as never, sent("ping"));
    await once(accepted, "message");
    await expect.poll(() => order).toEqual(["large sent", "small sent", "ping sent"]);
  });

  test("say so where it never will", async () => {
    const { client } = await pair({ perMessageDeflate: true });
    const failed = new Promise<Error | undefined>((resolve) => {
      client.send("x".repeat(1_000_000), resolve);
    });
    client.terminate();
    expect(await failed).toBeInstanceOf(Error);
  });
});

test("each of these titles is on the page", () => {
  const page = readFileSync(
    fileURLToPath(new URL("../../../../docs/migrating-from-ws.md", import.meta.url)),
    "utf8",
  );
  const own = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const rows = readFileSync(fileURLToPath(new URL("behaviour.test.ts", import.meta.url)), "utf8");
  expect(rows).toContain("each difference has its section");
  const shown = [
    ...page.slice(0, page.indexOf("## By writing it anew")).matchAll(/^### (.*)$/gm),
  ].map(([, title]) => title!);
  const inRows = [
    "Nothing is delivered after `terminate()`",
    "`pause()` holds from the next message on",
    "`close()` ends a pause",
    "Automatic pongs leave at once",
    "Fragments are pieces, and need not be frames",
    "An empty piece of a message is no frame",
    "The server ends the connection",
    "Events have their properties themselves",
    "Inner parts",
  ];
  expect(shown.filter((title) => !inRows.includes(title) && !own.includes(`("${title}"`))).toEqual(
    [],
  );
});
