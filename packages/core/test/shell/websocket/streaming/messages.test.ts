/** `for await` over a socket: order, the end, leaving, and back-pressure. */
import { describe, expect, test } from "vitest";
import { ClosedError } from "../../../../src/shell/websocket/close-info.ts";
import type { MessageData } from "../../../../src/shell/events/message-event.ts";
import type { MessageStream } from "../../../../src/shell/websocket/streaming/message-stream.ts";
import { facePair, isStopped, settle } from "../../server/socket-story.ts";

async function take<T>(messages: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) taken.push((await messages.next()).value as T);
  return taken;
}
async function all(messages: AsyncIterable<MessageData>): Promise<MessageData[]> {
  const taken: MessageData[] = [];
  for await (const message of messages) taken.push(message);
  return taken;
}

test("gives messages as data, in order, and ends with a clean close", async () => {
  const { server, client } = await facePair();
  const seen = all(server);
  client.binaryType = server.binaryType = "uint8array";
  client.send("a");
  client.send(Uint8Array.of(1));
  client.send("b");
  client.close();
  expect(await seen).toEqual(["a", Uint8Array.of(1), "b"]);
  expect(await server.messages().next()).toEqual({ done: true, value: undefined });
});

test("message events come too", async () => {
  const { server, client } = await facePair();
  const events: unknown[] = [];
  const messages = server.messages();
  server.on("message", (event) => {
    events.push(event.data);
    throw new Error("a listener's own");
  });
  client.send("a");
  expect(await take(messages, 1)).toEqual(["a"]);
  expect(events).toEqual(["a"]);
});

test("a loss is thrown, after what came before it; then the loop is over", async () => {
  const { server, client, cut } = await facePair();
  const messages = server.messages();
  client.send("a");
  await settle();
  cut();
  await settle();
  expect(await take(messages, 1)).toEqual(["a"]);
  const error: unknown = await messages.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClosedError);
  expect(error).toMatchObject({
    name: "ClosedError",
    code: 1006,
    wasClean: false,
    message: "The WebSocket was closed: 1006",
  });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
});

test("a violation is its cause", async () => {
  const { server, client } = await facePair({ maxMessageSize: 5 });
  const next = server
    .messages()
    .next()
    .catch((reason: unknown) => reason);
  client.send("too long");
  expect(await next).toMatchObject({ code: 1009, cause: { code: "message-too-big" } });
});

test("a loop that waits hears of the end; so does one that begins after it", async () => {
  const { server, cut } = await facePair();
  const waiting = server
    .messages()
    .next()
    .catch((error: unknown) => error);
  cut();
  expect(await waiting).toMatchObject({ code: 1006 });
  await expect(server.messages().next()).rejects.toMatchObject({ code: 1006 });
});

describe("leaving a loop", () => {
  test("leaves the socket open, and what comes waits for the next", async () => {
    const { server, client } = await facePair();
    const first = (async () => {
      for await (const message of server) return message;
      return undefined;
    })();
    for (const text of ["hello", "a", "b"]) client.send(text);
    expect(await first).toBe("hello");
    await settle();
    expect(await take(server.messages(), 2)).toEqual(["a", "b"]);
    expect(server.readyState).toBe(1);
  });
  test("loses no message to the call that was waiting", async () => {
    const { server, client } = await facePair();
    const left = server.messages();
    const waiting = left.next();
    await settle();
    await left.return!();
    client.send("a");
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await left.next()).toEqual({ done: true, value: undefined });
    expect(await take(server.messages(), 1)).toEqual(["a"]);
  });
});

test("loops share messages: each is given once", async () => {
  const { server, client } = await facePair();
  const a = server.messages().next();
  const b = server.messages().next();
  client.send("1");
  client.send("2");
  expect([(await a).value, (await b).value]).toEqual(["1", "2"]);
});

describe("a loop that is slow", () => {
  test.each([
    ["16 messages", "x", 16],
    ["64 KiB", "x".repeat(40_000), 2],
  ])("stops reading when %s wait, and reads on at half of them", async (_, text, count) => {
    const { server, client } = await facePair();
    const messages = server.messages();
    for (let i = 0; i < count + 30; i++) client.send(text);
    await settle();
    expect(isStopped(server)).toBe(true);
    expect((await take(messages, count + 30)).every((message) => message === text)).toBe(true);
    expect(isStopped(server)).toBe(false);
  });
  test("is not hurried by resume(), nor does it end the application's own pause", async () => {
    const { server, client } = await facePair();
    const messages = server.messages();
    for (let i = 0; i < 20; i++) client.send("x");
    await settle();
    server.resume();
    expect(isStopped(server)).toBe(true);
    server.pause();
    await take(messages, 16);
    expect(isStopped(server)).toBe(true);
    server.resume();
    expect(isStopped(server)).toBe(false);
    expect(await take(messages, 4)).toHaveLength(4);
  });
  test("does not keep the socket from closing", async () => {
    const { server, client } = await facePair();
    server.messages();
    for (let i = 0; i < 20; i++) client.send("x");
    await settle();
    server.close();
    expect(await server.closed).toMatchObject({ code: 1000, wasClean: true });
  });
});

describe("as streams", () => {
  test("messages of both kinds, one after the other", async () => {
    const { server, client } = await facePair();
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const message of server.messages({ stream: true })) {
        let text = "";
        for await (const piece of message)
          text += typeof piece === "string" ? piece : `<${[...piece].join()}>`;
        seen.push([message.isBinary, text]);
      }
    })();
    client.send("aü");
    client.send(Uint8Array.of(1, 2));
    client.send("");
    client.close();
    await loop;
    expect(seen).toEqual([
      [false, "aü"],
      [true, "<1,2>"],
      [false, ""],
    ]);
  });
  test("a message that nobody reads is skipped, one that is left is too", async () => {
    const { server, client } = await facePair();
    const messages = server.messages({ stream: true });
    for (const text of ["skipped", "left", "read"]) client.send(text);
    const [, left, read] = await take<MessageStream>(
      {
        next: async () => {
          const result = await messages.next();
          if (result.done !== true) {
            const first = result.value as MessageStream;
            if (starts++ === 1) for await (const _ of first) break;
          }
          return result;
        },
      },
      3,
    );
    expect([await read!.text(), await left!.text()]).toEqual(["read", ""]);
  });
  let starts = 0;
  test("whole and streamed do not mix", async () => {
    const { server } = await facePair();
    server.messages({ stream: true });
    expect(() => server.messages()).toThrow(
      "messages: this socket's messages are already read as streams",
    );
  });
});
