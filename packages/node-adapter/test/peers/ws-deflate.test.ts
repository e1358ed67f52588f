/** permessage-deflate (RFC 7692) against `ws`: every combination of the four parameters, in both roles. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import Ws, { type PerMessageDeflateOptions, WebSocketServer } from "ws";
import { connect, serve, type SocketServer, type WebSocket } from "../../src/index.ts";

type Bits = 8 | 9 | 12 | 15 | undefined;

interface Parameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: Bits;
  readonly clientMaxWindowBits: Bits;
}

const BITS: readonly Bits[] = [undefined, 8, 9, 12, 15];
const TAKEOVERS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

/** By the takeovers and the server's window; a test goes through the client's windows. */
const combinations = TAKEOVERS.flatMap(([serverNo, clientNo]) =>
  BITS.map((serverBits) => [serverNo, clientNo, serverBits] as const),
);
const withClientBits = ([
  serverNoContextTakeover,
  clientNoContextTakeover,
  serverMaxWindowBits,
]: (typeof combinations)[number]): Parameters[] =>
  BITS.map((clientMaxWindowBits) => ({
    serverNoContextTakeover,
    clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  }));

/** As an object without what is `undefined`. */
const defined = ({
  serverMaxWindowBits,
  clientMaxWindowBits,
  ...takeovers
}: Parameters): PerMessageDeflateOptions => ({
  ...takeovers,
  ...(serverMaxWindowBits === undefined ? {} : { serverMaxWindowBits }),
  ...(clientMaxWindowBits === undefined ? {} : { clientMaxWindowBits }),
});

const text = (size: number): string =>
  "the quick brown fox. é€😀 ".repeat(Math.ceil(size / 25)).slice(0, size);
/** Compresses, but not to nothing: repeats itself after `period` bytes, within some windows and beyond others. */
function bytes(size: number, period = 1000): Buffer {
  const data = Buffer.alloc(size);
  for (let at = 0, state = 7; at < size; at++)
    data[at] =
      at < period
        ? (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24
        : data[at - period]!;
  return data;
}

/** Sent twice over, so that what a window holds from one message to the next is used. */
const MESSAGES: readonly (string | Buffer)[] = [
  "",
  "a",
  text(100),
  bytes(300, 200),
  text(2000),
  bytes(5000),
  bytes(70_000, 30_000),
  Buffer.alloc(0),
  text(300),
].flatMap((message) => [message, message]);

const asBuffer = (message: unknown): Buffer =>
  typeof message === "string" ? Buffer.from(message) : Buffer.from(message as Buffer);

/** Sends all of `messages`, and expects each to come back as it was. */
async function echoes(
  send: (message: string | Buffer) => void,
  listen: (heard: (message: unknown) => void) => void,
  messages = MESSAGES,
): Promise<void> {
  const back: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    listen((message) => {
      if (back.push(asBuffer(message)) === messages.length) resolve();
    });
  });
  for (const message of messages) send(message);
  await all;
  expect(back.map((message, at) => message.equals(asBuffer(messages[at])))).toEqual(
    messages.map(() => true),
  );
}

describe("a ws client, our server", () => {
  const opened: SocketServer[] = [];
  let latest: WebSocket;
  let received: unknown[] = [];
  const servers = new Map<string, SocketServer>();

  /** A server with these options, shared by the tests that want it. */
  async function serverOf(perMessageDeflate: object): Promise<SocketServer> {
    const key = JSON.stringify(perMessageDeflate);
    let server = servers.get(key);
    if (server === undefined) {
      server = serve({
        hostname: "127.0.0.1",
        perMessageDeflate,
        origins: "*",
        websocket: {
          open: (socket) => {
            latest = socket;
          },
          message: (socket, data) => {
            received.push(data);
            socket.send(data);
          },
        },
      });
      servers.set(key, server);
      opened.push(server);
      await server.ready;
    }
    return server;
  }
  afterAll(async () => {
    for (const server of opened) await server.stop({ force: true });
  });

  async function client(
    url: string,
    perMessageDeflate: PerMessageDeflateOptions | boolean,
  ): Promise<Ws> {
    const socket = new Ws(url, { perMessageDeflate });
    await once(socket, "open");
    return socket;
  }

  const echoed = (socket: Ws): Promise<void> =>
    echoes(
      (message) => {
        socket.send(message);
      },
      (heard) => {
        socket.on("message", (data: Buffer, isBinary) => {
          heard(isBinary ? data : data.toString());
        });
      },
    );

  test.each(combinations)(
    "that asks for: server_no_context_takeover %s, client_no_context_takeover %s, server_max_window_bits %s",
    async (...combination) => {
      const server = await serverOf({
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        threshold: 0,
      });
      for (const parameters of withClientBits(combination)) {
        const socket = await client(server.url, { ...defined(parameters), threshold: 0 });
        await echoed(socket);
        const {
          serverNoContextTakeover,
          clientNoContextTakeover,
          serverMaxWindowBits,
          clientMaxWindowBits,
        } = parameters;
        const answer = latest.extensions;
        expect(answer, JSON.stringify(parameters)).toBe(
          [
            "permessage-deflate",
            ...(serverNoContextTakeover ? ["server_no_context_takeover"] : []),
            ...(clientNoContextTakeover ? ["client_no_context_takeover"] : []),
            ...(serverMaxWindowBits === undefined
              ? []
              : [`server_max_window_bits=${serverMaxWindowBits}`]),
            ...(clientMaxWindowBits === undefined || clientMaxWindowBits === 15
              ? []
              : [`client_max_window_bits=${clientMaxWindowBits}`]),
          ].join("; "),
        );
        expect(socket.extensions).toBe("permessage-deflate");
        socket.terminate();
      }
    },
  );

  test.each(combinations)(
    "that is told: server_no_context_takeover %s, client_no_context_takeover %s, server_max_window_bits %s",
    async (...combination) => {
      for (const parameters of withClientBits(combination)) {
        const server = await serverOf({ ...defined(parameters), threshold: 0 });
        const socket = await client(server.url, { threshold: 0 });
        await echoed(socket);
        expect(latest.extensions).toContain("permessage-deflate");
        expect(latest.extensions.includes("server_no_context_takeover")).toBe(
          parameters.serverNoContextTakeover,
        );
        socket.terminate();
      }
    },
  );

  test("the default: no takeover either way, no word on windows, nothing compressed under 1024 bytes", async () => {
    const server = await serverOf({});
    const socket = await client(server.url, true);
    expect(latest.extensions).toBe(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    );
    const sizes: number[] = [];
    const { _socket: stream } = socket as unknown as { _socket: { bytesRead: number } };
    for (const size of [1023, 1024]) {
      const before = stream.bytesRead;
      socket.send(Buffer.alloc(size));
      await once(socket, "message");
      sizes.push(stream.bytesRead - before);
    }
    expect([sizes[0], sizes[1]! < 30]).toEqual([1027, true]);
    socket.terminate();
  });

  test("its compressed fragments are one message, with a ping between them", async () => {
    const server = await serverOf({ threshold: 0 });
    const socket = await client(server.url, { threshold: 0 });
    received = [];
    for (const part of [text(3000), "", text(10), text(40_000)]) socket.send(part, { fin: false });
    socket.ping();
    socket.send("the end", { fin: true });
    const [back] = (await once(socket, "message")) as [Buffer];
    expect(back.toString()).toBe(`${text(3000)}${text(10)}${text(40_000)}the end`);
    socket.terminate();
  });

  test("1 MiB, text and binary, and messages sent uncompressed among them", async () => {
    const server = await serverOf({
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
    });
    const socket = await client(server.url, true);
    const heard: Buffer[] = [];
    const sent = [
      bytes(1_048_576, 50_000),
      text(1_048_576),
      bytes(10),
      Buffer.alloc(1_048_576),
      text(2000),
    ];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        if (heard.push(data) === sent.length) resolve();
      });
    });
    sent.forEach((message, at) => {
      socket.send(message, { compress: at % 2 === 0 });
    });
    await all;
    expect(heard.map((data, at) => data.equals(asBuffer(sent[at])))).toEqual(sent.map(() => true));
    socket.terminate();
  });

  test.each([[{ clientMaxWindowBits: 10 }, { clientMaxWindowBits: undefined }]])(
    "%o: a client that cannot be told is served without",
    async (options) => {
      const server = await serverOf(options);
      const socket = new Ws(server.url, {
        perMessageDeflate: false,
        headers: { "Sec-WebSocket-Extensions": "permessage-deflate" },
      });
      await once(socket, "open");
      expect(latest.extensions).toBe("");
      await echoed(socket);
      socket.terminate();
    },
  );

  test("a server that was not asked to compress does not", async () => {
    const server = serve({
      hostname: "127.0.0.1",
      websocket: {
        open: (socket) => {
          latest = socket;
        },
      },
    });
    opened.push(server);
    await server.ready;
    const socket = await client(server.url, true);
    expect([latest.extensions, socket.extensions]).toEqual(["", ""]);
    socket.terminate();
  });
});

describe("our client, a ws server", () => {
  const servers: WebSocketServer[] = [];
  const byOptions = new Map<string, WebSocketServer>();

  async function urlOf(perMessageDeflate: PerMessageDeflateOptions | boolean): Promise<string> {
    const key = JSON.stringify(perMessageDeflate);
    let server = byOptions.get(key);
    if (server === undefined) {
      server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
      server.on("connection", (socket) => {
        socket.on("message", (data: Buffer, isBinary) => {
          if (!isBinary && data.toString() === "fragments") {
            for (const part of [text(5000), "", text(20)]) socket.send(part, { fin: false });
            socket.ping();
            socket.send("last", { fin: true });
          } else socket.send(data, { binary: isBinary });
        });
      });
      byOptions.set(key, server);
      servers.push(server);
      await once(server, "listening");
    }
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  afterAll(() => {
    for (const server of servers) {
      for (const client of server.clients) client.terminate();
      server.close();
    }
  });

  const echoed = (socket: WebSocket): Promise<void> =>
    echoes(
      (message) => {
        socket.send(message);
      },
      (heard) => {
        socket.on("data", heard);
      },
    );

  test.each(combinations)(
    "that is asked for: server_no_context_takeover %s, client_no_context_takeover %s, server_max_window_bits %s",
    async (...combination) => {
      const url = await urlOf({ threshold: 0 });
      for (const parameters of withClientBits(combination)) {
        const socket = await connect(url, {
          perMessageDeflate: { ...defined(parameters), threshold: 0 },
        });
        expect(socket.extensions, JSON.stringify(parameters)).toContain("permessage-deflate");
        await echoed(socket);
        socket.terminate();
      }
    },
  );

  test.each(combinations)(
    "that tells: server_no_context_takeover %s, client_no_context_takeover %s, server_max_window_bits %s",
    async (...combination) => {
      for (const parameters of withClientBits(combination)) {
        const socket = await connect(await urlOf({ ...defined(parameters), threshold: 0 }), {
          perMessageDeflate: {
            serverNoContextTakeover: false,
            clientNoContextTakeover: false,
            threshold: 0,
          },
        });
        expect(socket.extensions, JSON.stringify(parameters)).toContain("permessage-deflate");
        await echoed(socket);
        socket.terminate();
      }
    },
  );

  test("its compressed fragments are one message", async () => {
    const socket = await connect(await urlOf({ threshold: 0 }), { perMessageDeflate: true });
    const back = once(socket, "data");
    socket.send("fragments");
    expect((await back)[0]).toBe(`${text(5000)}${text(20)}last`);
    socket.terminate();
  });

  test("1 MiB, with and without takeover", async () => {
    for (const serverNoContextTakeover of [true, false]) {
      const socket = await connect(await urlOf({ threshold: 0 }), {
        perMessageDeflate: {
          serverNoContextTakeover,
          clientNoContextTakeover: serverNoContextTakeover,
        },
      });
      await echoes(
        (message) => {
          socket.send(message);
        },
        (heard) => {
          socket.on("data", heard);
        },
        [bytes(1_048_576, 40_000), text(1_048_576), Buffer.alloc(1_048_576)],
      );
      socket.terminate();
    }
  });

  test("a message may ask not to be compressed, also before the opening and when it is an event", async () => {
    const url = await urlOf({ threshold: 0, serverNoContextTakeover: true });
    const written: number[] = [];
    const socket = await connect(url, {
      perMessageDeflate: { threshold: 0 },
      observer: {
        onBytes: (direction, chunk) => {
          if (direction === "out") written.push(chunk.length);
        },
      },
    });
    written.length = 0;
    const events: unknown[] = [];
    socket.on("message", (event) => {
      events.push(event);
    });
    for (const options of [undefined, { compress: true }, {}, null, { compress: false }]) {
      const back = once(socket, "message");
      socket.send(Buffer.alloc(1000), options);
      await back;
    }
    const back = once(socket, "message");
    socket.send(events[0], { compress: false });
    await back;
    expect(written.map((size) => size > 1000)).toEqual([false, false, false, false, true, true]);
    socket.terminate();
  });

  test("a server that does not compress", async () => {
    const socket = await connect(await urlOf(false), { perMessageDeflate: true });
    expect(socket.extensions).toBe("");
    await echoed(socket);
    socket.terminate();
  });
});
