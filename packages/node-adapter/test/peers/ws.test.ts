import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import Ws, { WebSocketServer } from "ws";
import { connect, listen, type SocketServer, serve, type WebSocket } from "../../src/index.ts";

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000] as const;
const bytes = (size: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, at) => at * 13));
const text = (size: number): string => "aé€😀".repeat(Math.ceil(size / 10)).slice(0, size >> 1);

interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The next message of a `ws` socket. */
async function messageOf(socket: Ws): Promise<Message> {
  const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  return { data, isBinary };
}

describe.each([
  ["serve", serve],
  ["listen", listen],
] as const)("a ws client, our %s", (_, start) => {
  let server: SocketServer;
  let latest: WebSocket;
  const closes: [number, string][] = [];

  beforeAll(async () => {
    server = start({
      hostname: "127.0.0.1",
      protocols: ["chat", "superchat"],
      websocket: {
        open: (socket) => {
          latest = socket;
        },
        message: (socket, data) => {
          socket.send(data);
        },
        close: (_socket, code, reason) => {
          closes.push([code, reason]);
        },
      },
    });
    await server.ready;
  });
  afterAll(() => server.stop({ force: true }));

  async function opened(protocols: string[] = []): Promise<Ws> {
    const client = new Ws(server.url, protocols);
    await once(client, "open");
    return client;
  }

  test.each(SIZES)("text and binary of %i bytes come back", async (size) => {
    const client = await opened();
    client.send(bytes(size));
    const binary = await messageOf(client);
    expect([binary.isBinary, binary.data.equals(bytes(size))]).toEqual([true, true]);
    client.send(text(size));
    const words = await messageOf(client);
    expect([words.isBinary, words.data.toString() === text(size)]).toEqual([false, true]);
    client.terminate();
  });

  test("fragments are one message", async () => {
    const client = await opened();
    client.send("one ", { fin: false });
    client.ping();
    client.send("two ", { fin: false });
    client.send("three", { fin: true });
    expect((await messageOf(client)).data.toString()).toBe("one two three");
    client.terminate();
  });

  test("a thousand messages come back in order", async () => {
    const client = await opened();
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on("message", (data: Buffer) => {
        if (heard.push(data.toString()) === 1000) resolve();
      });
    });
    for (let at = 0; at < 1000; at++) client.send(`message ${at}`);
    await all;
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, at) => `message ${at}`));
    client.terminate();
  });

  test("pings both ways", async () => {
    const client = await opened();
    client.ping("theirs");
    const [pong] = (await once(client, "pong")) as [Buffer];
    expect(pong.toString()).toBe("theirs");
    await new Promise<void>((resolve) => {
      latest.ping("ours", resolve);
    });
    client.terminate();
  });

  test.each([
    [["superchat", "chat"], "superchat"],
    [["unknown", "chat"], "chat"],
  ] as const)("subprotocols %j give %s", async (offered, chosen) => {
    const client = await opened([...offered]);
    expect([client.protocol, latest.protocol]).toEqual([chosen, chosen]);
    client.terminate();
  });

  test.each([
    [1000, "done"],
    [1001, ""],
    [3000, "é".repeat(61)],
    [4999, "x"],
  ] as const)("its close %i is heard and answered", async (code, reason) => {
    const client = await opened();
    closes.length = 0;
    client.close(code, reason);
    const [answered] = (await once(client, "close")) as [number, Buffer];
    expect(answered).toBe(code);
    await expect.poll(() => closes).toEqual([[code, reason]]);
  });

  test("a close without a code", async () => {
    const client = await opened();
    closes.length = 0;
    client.close();
    expect((await once(client, "close"))[0]).toBe(1005);
    await expect.poll(() => closes).toEqual([[1005, ""]]);
  });

  test("our close is heard", async () => {
    const client = await opened();
    latest.close(3333, "enough");
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([3333, "enough"]);
  });
});

describe("our client, a ws server", () => {
  let server: WebSocketServer;
  let url: string;

  beforeAll(async () => {
    server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate: true,
      handleProtocols: (offered) => [...offered].at(-1)!,
    });
    server.on("connection", (socket) => {
      socket.on("message", (data: Buffer, isBinary) => {
        const command = isBinary ? "" : data.toString();
        if (command === "fragments") {
          for (const part of ["in ", "three "]) socket.send(part, { fin: false });
          socket.send("parts", { fin: true });
        } else if (command.startsWith("close ")) socket.close(Number(command.slice(6)), "as asked");
        else if (command === "ping") socket.ping("are you there?");
        else socket.send(data, { binary: isBinary });
      });
      socket.on("pong", (data: Buffer) => {
        socket.send(`pong ${data.toString()}`);
      });
    });
    await once(server, "listening");
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => {
          resolve();
        });
      }),
  );

  /** Sends, and resolves with what comes back. */
  function asked(client: WebSocket, message: string | Buffer): Promise<unknown> {
    return new Promise((resolve) => {
      client.once("data", resolve);
      client.send(message);
    });
  }

  test.each(SIZES)("text and binary of %i bytes come back", async (size) => {
    const client = await connect(url);
    expect(((await asked(client, bytes(size))) as Buffer).equals(bytes(size))).toBe(true);
    expect((await asked(client, text(size))) === text(size)).toBe(true);
    client.terminate();
  });

  test("its fragments are one message", async () => {
    const client = await connect(url);
    expect(await asked(client, "fragments")).toBe("in three parts");
    client.terminate();
  });

  test("its ping is answered, and ours", async () => {
    const client = await connect(url);
    expect(await asked(client, "ping")).toBe("pong are you there?");
    await new Promise<void>((resolve) => {
      client.ping("ours", resolve);
    });
    client.terminate();
  });

  test("the subprotocol it chooses", async () => {
    const client = await connect(url, { protocols: ["a", "b"] });
    expect(client.protocol).toBe("b");
    client.terminate();
  });

  test.each([1000, 1001, 1008, 1011, 1012, 1013, 1014, 3000, 4999])(
    "its close %i is heard",
    async (code) => {
      const client = await connect(url);
      client.send(`close ${code}`);
      const [event] = await once(client, "close");
      expect([event.code, event.reason, event.wasClean]).toEqual([code, "as asked", true]);
    },
  );

  test("our close is answered", async () => {
    const client = await connect(url);
    client.close(4000, "bye");
    const [event] = await once(client, "close");
    expect([event.code, event.wasClean]).toEqual([4000, true]);
  });
});
