/** One message, sent while it is read from something. */
import { describe, expect, test, vi } from "vitest";
import type { ChunkSource } from "../../../../src/shell/runtime/chunks.ts";
import type { SendStreamOptions } from "../../../../src/shell/websocket/streaming/send-stream.ts";
import { facePair, settle } from "../../server/socket-story.ts";
import { fake } from "../fake-driver.ts";

async function* later(...chunks: unknown[]): AsyncGenerator<unknown> {
  for (const chunk of chunks) {
    await Promise.resolve();
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}
const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all);
const euro = bytes(0xe2, 0x82, 0xac);

test.each<
  [name: string, source: ChunkSource, options: SendStreamOptions | undefined, received: unknown]
>([
  ["strings", later("a", "b"), undefined, "ab"],
  ["an array of strings, at once", ["a", "b"], undefined, "ab"],
  ["bytes", later(bytes(1), bytes(2, 3).buffer, bytes(4)), undefined, [1, 2, 3, 4]],
  ["nothing", [], undefined, []],
  ["nothing, as text", [], { binary: false }, ""],
  ["empty chunks", later("", "a", ""), undefined, "a"],
  [
    "UTF-8 as text, its characters cut",
    later(euro.slice(0, 1), euro.slice(1)),
    { binary: false },
    "€",
  ],
  ["strings as binary", later("é"), { binary: true }, [0xc3, 0xa9]],
  ["a surrogate pair that is cut", later("a\ud83d", "\ude00b"), undefined, "a😀b"],
  ["half of one at the end", later("a\ud83d"), undefined, "a\ufffd"],
  ["a Web stream", new Blob(["abc"]).stream(), undefined, [97, 98, 99]],
])("%s", async (_, source, options, received) => {
  const { server, client } = await facePair();
  const message = client.messages().next();
  expect(await server.sendStream(source, options)).toBe(true);
  const { value } = await message;
  expect(typeof value === "string" ? value : [...(value as Uint8Array)]).toEqual(received);
});

test("what is sent meanwhile waits behind it; pings do not; then all is as before", async () => {
  const { server, client } = await facePair();
  const order: unknown[] = [];
  client.on("message", ({ data }) => {
    order.push(data);
  });
  client.on("ping", () => {
    order.push("ping");
  });
  let go!: () => void;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const sent = server.sendStream(
    (async function* () {
      yield "a";
      await gate;
      yield "b";
    })(),
  );
  const second = server.sendStream(["c"]);
  server.send("d");
  server.ping();
  await settle();
  expect([order, server.bufferedAmount]).toEqual([["ping"], 1]);
  go();
  expect([await sent, await second]).toEqual([true, true]);
  await settle();
  server.send("e");
  await settle();
  expect(order).toEqual(["ping", "ab", "c", "d", "e"]);
});

test("before the opening it waits", async () => {
  const { socket, session, driver } = fake("connecting");
  const sent = socket.sendStream(["a"]);
  await settle();
  expect(driver.take()).toEqual([]);
  driver.state = "open";
  session.onOpen({ version: "hybi-13", protocol: "", extensions: "", response: undefined });
  expect(await sent).toBe(true);
  expect(driver.take().map(([name, kind, piece]) => [name, kind, piece])).toEqual([
    ["sendFragment", "text", "bytes a"],
  ]);
});

test("close() waits for its end", async () => {
  const { server, client } = await facePair();
  const message = client.messages().next();
  const sent = server.sendStream(later("a", "b"));
  server.close();
  expect(server.readyState).toBe(2);
  expect([await sent, (await message).value, await client.closed]).toMatchObject([
    true,
    "ab",
    { code: 1000 },
  ]);
});

test("it waits where the peer is slow", async () => {
  const { socket, driver } = fake();
  let asked = 0;
  driver.backedUp = true;
  void socket.sendStream(
    (function* () {
      for (;;) {
        asked++;
        yield "x";
      }
    })(),
  );
  await settle();
  expect(asked).toBe(1);
  driver.backedUp = false;
  socket.emit("drain");
  driver.backedUp = true;
  await settle();
  expect(asked).toBe(2);
  socket.terminate();
});

describe("a socket that closes", () => {
  test.each([
    ["waits for a chunk", false],
    ["waits for room", true],
  ])("while it %s: false, and the source is stopped", async (_, backedUp) => {
    const { socket, driver } = fake();
    const stop = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }));
    let count = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          count++ === 0
            ? Promise.resolve({ done: false, value: "x" })
            : new Promise<never>(() => {}),
        return: stop,
      }),
    };
    driver.backedUp = backedUp;
    const sent = socket.sendStream(source);
    await settle();
    socket.terminate();
    expect(await sent).toBe(false);
    await settle();
    expect(stop).toHaveBeenCalledOnce();
    expect([socket.listenerCount("close"), socket.listenerCount("drain")]).toEqual([0, 0]);
  });
  test("between two chunks", async () => {
    const { socket, driver } = fake();
    const sent = socket.sendStream(
      (async function* () {
        yield "a";
        driver.state = "closing";
        yield "b";
      })(),
    );
    expect(await sent).toBe(false);
  });
  test("is not asked at all when it is closed", async () => {
    const { socket, session } = fake("closed");
    const next = vi.fn();
    expect(await socket.sendStream({ [Symbol.iterator]: () => ({ next }) } as never)).toBe(false);
    session.driver = undefined;
    expect(await socket.sendStream({ [Symbol.iterator]: () => ({ next }) } as never)).toBe(false);
    expect(next).not.toHaveBeenCalled();
  });
});

describe("a source that fails", () => {
  test("before anything went out: the rejection is all", async () => {
    const { server, client } = await facePair();
    const message = client.messages().next();
    await expect(server.sendStream(later(new Error("no")))).rejects.toThrow("no");
    server.send("still open");
    expect((await message).value).toBe("still open");
  });
  test("after: the message cannot be taken back, so the socket is closed with 1011", async () => {
    const { server, client } = await facePair();
    const got: unknown[] = [];
    client.on("message", ({ data }) => {
      got.push(data);
    });
    await expect(server.sendStream(later("half", new Error("no")))).rejects.toThrow("no");
    expect([await client.closed, got]).toMatchObject([{ code: 1011 }, []]);
  });
  test.each<[string, unknown[], SendStreamOptions | undefined, string]>([
    ["what is no chunk", [new Blob(["x"])], undefined, "a chunk must be a string or bytes"],
    ["nothing", [undefined], undefined, "there is nothing to send"],
    [
      "bytes that are no UTF-8",
      [bytes(0xff)],
      { binary: false },
      "the bytes of a text must be UTF-8",
    ],
    [
      "text that ends inside a character",
      [bytes(0xe2)],
      { binary: false },
      "the text ends inside a character",
    ],
  ])("so does one that gives %s", async (_, chunks, options, message) => {
    const { server } = await facePair();
    await expect(server.sendStream(chunks, options)).rejects.toThrow(message);
  });
  test("after the socket has closed it is nobody's concern", async () => {
    const { socket } = fake();
    let fail!: (error: Error) => void;
    const sent = socket.sendStream({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<never>((_, reject) => {
            fail = reject;
          }),
      }),
    });
    socket.terminate();
    fail(new Error("late"));
    expect(await sent).toBe(false);
  });
});

test("a source must be one: what it returns rejects", async () => {
  const { socket } = fake();
  await expect(socket.sendStream({} as never)).rejects.toThrow(TypeError);
});

describe("the last frame is the last chunk's, where that costs no waiting", () => {
  const frames = async (source: ChunkSource, options?: SendStreamOptions): Promise<unknown[]> => {
    const { socket, driver } = fake();
    await socket.sendStream(source, options);
    return driver
      .take()
      .filter(([name]) => name === "sendFragment")
      .map(([, , piece, , , last]) => [piece, last !== false]);
  };
  const two = [
    ["bytes a", false],
    ["bytes b", true],
  ];
  const streamOf = (...chunks: string[]): ReadableStream =>
    new ReadableStream({
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
  test.each<[name: string, source: ChunkSource, expected: unknown[]]>([
    ["an array", ["a", "b"], two],
    ["a generator", later("a", "b"), two],
    ["a Web stream", streamOf("a", "b"), two],
    ["one chunk: a message in one frame", ["a"], [["bytes a", true]]],
    ["none", [], [["bytes ", true]]],
    [
      "half a character at the end goes by a frame of its own",
      ["a\ud83d"],
      [
        ["bytes a", false],
        ["bytes \ufffd", true],
      ],
    ],
  ])("%s", async (_, source, expected) => {
    expect(await frames(source)).toEqual(expected);
  });

  test("a chunk whose follower takes its time is sent, not held", async () => {
    const { socket, driver } = fake();
    let go!: () => void;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const sent = socket.sendStream(
      (async function* () {
        yield "a";
        await gate;
      })(),
    );
    await settle();
    expect(driver.take().map(([name, , piece]) => [name, piece])).toEqual([
      ["sendFragment", "bytes a"],
    ]);
    go();
    expect(await sent).toBe(true);
    expect(driver.take().map(([, , piece, , , last]) => [piece, last !== false])).toEqual([
      ["bytes ", true],
    ]);
  });

  test("a source may use its memory again for the next chunk", async () => {
    const { server, client } = await facePair();
    const message = client.messages().next();
    const memory = new Uint8Array(1);
    await server.sendStream(
      (function* () {
        for (memory[0] = 1; memory[0] < 4; memory[0]++) yield memory;
      })(),
    );
    expect([...((await message).value as Uint8Array)]).toEqual([1, 2, 3]);
  });

  test("a failure behind a chunk closes, as ever: also one that is thrown at once", async () => {
    const { server, client } = await facePair();
    const sent = server.sendStream(
      (function* () {
        yield "half";
        throw new Error("no");
      })(),
    );
    await expect(sent).rejects.toThrow("no");
    expect((await client.closed).code).toBe(1011);
  });
});
