/** Messages that wait to be taken: each socket has one queue for them. */
import { expect, test } from "vitest";
import { messageQueueOf } from "../../../../src/shell/websocket/streaming/message-queue.ts";
import type { BinaryType, MessageEvent } from "../../../../src/shell/events/message-event.ts";
import type { MessageStream } from "../../../../src/shell/websocket/streaming/message-stream.ts";
import { SESSION } from "../../../../src/shell/websocket/websocket.ts";
import { arrive, fake } from "../fake-driver.ts";
import { facePair, settle } from "../../server/socket-story.ts";

test("one a socket, of one kind", () => {
  const { session } = fake();
  const inbox = messageQueueOf(session, false);
  expect(messageQueueOf(session, false)).toBe(inbox);
  expect(() => messageQueueOf(session, true)).toThrow(
    "messages: this socket's messages are already read whole",
  );
});

test("a socket that was dead when it was given has nothing, and was not closed cleanly", async () => {
  const { session } = fake();
  session.driver = undefined;
  await expect(messageQueueOf(session, false).take({})).rejects.toMatchObject({
    code: 1006,
    reason: "",
  });
});

test("text is not decoded until it is taken", async () => {
  const { session } = fake();
  const inbox = messageQueueOf(session, false);
  arrive(session, "a");
  expect(((await inbox.take({})) as MessageEvent).data).toBe("a");
});

test("what an application dispatches itself is no message of the peer's", async () => {
  const { socket, session } = fake();
  const inbox = messageQueueOf(session, false);
  socket.dispatchEvent({ type: "message" });
  arrive(session, "a");
  expect(((await inbox.take({})) as MessageEvent).data).toBe("a");
});

test("who leaves without waiting changes nothing", () => {
  const { session } = fake();
  expect(() => {
    messageQueueOf(session, false).leave({});
  }).not.toThrow();
});

test("a message in pieces is one stream; the pieces stop reading, and start it when they are taken", async () => {
  const { server, client } = await facePair();
  const inbox = messageQueueOf(server[SESSION], true);
  const { connection } = client[SESSION].driver!;
  for (let i = 0; i < 8; i++)
    connection.sendFragment("binary", new Uint8Array(16_384).fill(i), 0, 16_384, i === 7);
  await settle();
  const stream = (await inbox.take({})) as MessageStream;
  let size = 0;
  for await (const piece of stream) size += piece.length;
  expect(size).toBe(8 * 16_384);
});

test("the next message comes when the one being read is over", async () => {
  const { server, client } = await facePair();
  const inbox = messageQueueOf(server[SESSION], true);
  const order: string[] = [];
  client.send("first");
  client.send("second");
  await settle();
  const first = (await inbox.take({})) as MessageStream;
  await first.next();
  const second = inbox.take({}).then(() => {
    order.push("second");
  });
  await settle();
  order.push("first is over");
  await first.next();
  await second;
  expect(order).toEqual(["first is over", "second"]);
});

test("a loss in the middle of a message is told to its reader", async () => {
  const { server, client, cut } = await facePair();
  const inbox = messageQueueOf(server[SESSION], true);
  client[SESSION].driver!.connection.sendFragment("text", new TextEncoder().encode("half"));
  await settle();
  const stream = (await inbox.take({})) as MessageStream;
  cut();
  await expect(stream.text()).rejects.toMatchObject({ name: "ClosedError", code: 1006 });
});

test.each<[name: string, data: string | Uint8Array, binaryType: BinaryType]>([
  ["text", "whole", "nodebuffer"],
  ["binary", new Uint8Array([1, 2]), "nodebuffer"],
  ["ArrayBuffers", new Uint8Array([1, 2]), "arraybuffer"],
  ["Blobs", new Uint8Array([1, 2]), "blob"],
])(
  "what comes whole, such as compressed %s, is a stream of one piece",
  async (_, data, binaryType) => {
    const { socket, session } = fake();
    const inbox = messageQueueOf(session, true);
    socket.binaryType = binaryType;
    if (typeof data === "string") arrive(session, data);
    else session.onBinary(data, 0, data.length);
    const stream = (await inbox.take({})) as MessageStream;
    const pieces: unknown[] = [];
    for await (const piece of stream) pieces.push(typeof piece === "string" ? piece : [...piece]);
    expect(pieces).toEqual([typeof data === "string" ? data : [...data]]);
  },
);
