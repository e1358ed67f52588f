/** Sentences of the guide to the WebSocket, over HTTP/1.1 and HTTP/2, in both roles. A suite that every adapter runs. */
import assert from "node:assert/strict";
import type { CloseInfo, WebSocket } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { besideServer } from "../harness/ends.ts";
import type { Case } from "../harness/harnesses.ts";
import type { SocketsAdapter } from "./sockets.ts";

type Ends = readonly [near: WebSocket, far: WebSocket];

/** One sentence: `show` runs once with the client near, and once with the server. */
interface Sentence {
  readonly says: string;
  readonly options?: object;
  readonly show: (...ends: Ends) => Promise<void>;
}

/** Collects what a loop over `socket` gets, until it ends; and the error, if it throws. */
async function looped(socket: WebSocket): Promise<readonly [got: unknown[], error: unknown]> {
  const got: unknown[] = [];
  try {
    for await (const message of socket) got.push(message);
  } catch (error) {
    return [got, error];
  }
  return [got, undefined];
}

/** The fields of a close that this suite compares. */
const ended = ({ code, reason, wasClean }: CloseInfo): unknown[] => [code, reason, wasClean];

const failsBy = (code: number) => (error: unknown) => {
  const { name, code: shown } = error as { readonly name: string; readonly code: number };
  assert.deepEqual([name, shown], ["ClosedError", code]);
  return true;
};

const loops: readonly Sentence[] = [
  {
    says: "the loop ends when the socket closed cleanly, whatever the code",
    show: async (near, far) => {
      far.send("one");
      far.close(4001, "enough");
      assert.deepEqual(await within(looped(near), "the loop"), [["one"], undefined]);
      assert.deepEqual(ended(await near.closed), [4001, "enough", true]);
    },
  },
  {
    says: "otherwise the loop throws a ClosedError with code, reason and the cause",
    show: async (near, far) => {
      far.send("one");
      const loop = looped(near);
      await pass(20);
      far.terminate();
      const [got, error] = await within(loop, "the loop");
      assert.deepEqual(got, ["one"]);
      failsBy(1006)(error);
    },
  },
  {
    says: "break leaves the socket open, and messages wait for the next loop",
    show: async (near, far) => {
      for (const text of ["greeting", "one", "two"]) far.send(text);
      for await (const message of near) {
        assert.equal(message, "greeting");
        break;
      }
      assert.equal(near.readyState, near.OPEN);
      await pass(20);
      far.close();
      assert.deepEqual(await within(looped(near), "the loop"), [["one", "two"], undefined]);
    },
  },
  {
    says: "several loops share the messages: each goes to one of them",
    show: async (near, far) => {
      const both = Promise.all([looped(near), looped(near)]);
      const sent = Array.from({ length: 10 }, (_, at) => `${at}`);
      for (const text of sent) far.send(text);
      far.close();
      const got = (await within(both, "both loops")).flatMap(([messages]) => messages);
      assert.deepEqual(got.sort(), sent);
    },
  },
  {
    says: "when 16 messages wait, the socket stops reading, and close() still works",
    show: async (near, far) => {
      far.send("greeting");
      for await (const message of near) {
        assert.equal(message, "greeting");
        break;
      }
      let left = 0;
      for (let at = 0; at < 200; at++) far.send(new Uint8Array(65_536), () => void left++);
      await pass(100);
      assert.ok(left < 200, "all of it has left, though nobody reads");
      near.close();
      assert.equal((await within(near.closed, "the close")).code, 1000);
    },
  },
];
const streams: readonly Sentence[] = [
  {
    says: "writer.close() closes with 1000, and resolves when it is closed",
    show: async (near, far) => {
      const writer = near.stream().writable.getWriter();
      await writer.write("text");
      far.resume();
      await within(writer.close(), "the close");
      assert.equal(near.readyState, near.CLOSED);
      assert.deepEqual(ended(await far.closed), [1000, "", true]);
    },
  },
  {
    says: "writer.abort() closes with 1011",
    show: async (near, far) => {
      far.resume();
      await near.stream().writable.abort("no more");
      assert.equal((await within(far.closed, "the close")).code, 1011);
    },
  },
  {
    says: "readable.cancel() closes with 1000",
    show: async (near, far) => {
      far.resume();
      await within(near.stream().readable.cancel(), "cancel");
      assert.equal((await within(far.closed, "the close")).code, 1000);
    },
  },
  {
    says: "the socket closes cleanly: the readable ends, the writable fails; each call returns the same pair",
    show: async (near, far) => {
      const { readable, writable } = near.stream();
      assert.equal(near.stream().readable, readable);
      far.send("last");
      far.close(4002);
      const reader = readable.getReader();
      assert.deepEqual(await reader.read(), { value: "last", done: false });
      assert.equal((await within(reader.read(), "the end")).done, true);
      await assert.rejects(writable.getWriter().write("late"), failsBy(4002));
    },
  },
  {
    says: "the socket closes otherwise: both fail with a ClosedError",
    show: async (near, far) => {
      const { readable, writable } = near.stream();
      const read = readable.getReader().read();
      far.terminate();
      await assert.rejects(within(read, "the end"), failsBy(1006));
      await assert.rejects(writable.getWriter().write("late"), failsBy(1006));
    },
  },
];

const streamed: readonly Sentence[] = [
  {
    says: "a source that throws rejects sendStream() with that error, and closes with 1011",
    show: async (near, far) => {
      far.resume();
      const error = new Error("the disk is gone");
      const source = async function* (): AsyncGenerator<string> {
        yield "a part";
        await pass(20);
        throw error;
      };
      await assert.rejects(near.sendStream(source()), (thrown) => thrown === error);
      assert.equal((await within(far.closed, "the close")).code, 1011);
    },
  },
  {
    says: "sendStream() resolves with false if the socket closed before the end",
    show: async (near, far) => {
      const source = async function* (): AsyncGenerator<string> {
        yield "a part";
        await eventually(() => near.readyState === near.CLOSED, "the close");
        yield "late";
      };
      const sent = near.sendStream(source());
      await pass(20);
      far.terminate();
      assert.equal(await within(sent, "sendStream"), false);
    },
  },
  {
    says: "other messages wait behind a streamed one, pings do not; the pieces are text or bytes, and an unread one is skipped",
    show: async (near, far) => {
      let ping!: () => void;
      const pinged = new Promise<void>((resolve) => {
        ping = resolve;
      });
      far.on("ping", ping);
      const source = async function* (): AsyncGenerator<string> {
        yield "é1";
        near.ping("now");
        await within(pinged, "the ping");
        yield "é2";
      };
      const all = near.sendStream(source());
      near.send("skipped");
      near.send(Uint8Array.of(1, 2));
      void all.then(() => {
        near.close();
      });
      const got: unknown[] = [];
      let count = 0;
      for await (const message of far.messages({ stream: true })) {
        if (++count === 2) continue;
        for await (const piece of message) got.push(typeof piece === "string" ? piece : [...piece]);
      }
      assert.equal(await all, true);
      assert.deepEqual(
        got.filter((piece) => piece !== ""),
        ["é1", "é2", [1, 2]],
      );
      assert.equal(count, 3);
    },
  },
];

const rest: readonly Sentence[] = [
  {
    says: "close() throws a RangeError for a long reason, an InvalidAccessError for a wrong code, and closes nothing",
    show: async (near, far) => {
      assert.throws(() => void near.close(1000, "x".repeat(124)), RangeError);
      for (const code of [999, 1001, 1005, 2999, 5000])
        assert.throws(() => void near.close(code), { name: "InvalidAccessError" }, String(code));
      assert.equal(near.readyState, near.OPEN);
      far.resume();
      near.close(3000, "x".repeat(123));
      assert.deepEqual(ended(await within(far.closed, "the close")), [3000, "x".repeat(123), true]);
    },
  },
  {
    says: "binaryType counts from the next message on, and other values are ignored",
    show: async (near, far) => {
      const got: unknown[] = [];
      near.on("message", ({ data }) => void got.push(data));
      for (const type of ["arraybuffer", "wrong", "uint8array", "blob", "nodebuffer"]) {
        near.binaryType = type as WebSocket["binaryType"];
        const before = got.length;
        far.send(Uint8Array.of(7));
        await eventually(() => got.length > before, `the message as ${type}`);
      }
      assert.deepEqual(
        got.map((data) => (data as object).constructor.name),
        ["ArrayBuffer", "ArrayBuffer", "Uint8Array", "Blob", "Buffer"],
      );
    },
  },
  {
    says: "close also reaches a listener that is added after it",
    show: async (near, far) => {
      near.resume();
      far.close(4003);
      await within(near.closed, "the close");
      await pass(5);
      const late = new Promise<CloseInfo>((resolve) => near.on("close", resolve));
      assert.equal((await within(late, "a late listener")).code, 4003);
    },
  },
  {
    says: "[Symbol.asyncDispose]() calls close() and waits",
    show: async (near, far) => {
      far.resume();
      const { asyncDispose } = Symbol as unknown as { readonly asyncDispose: symbol };
      const { [asyncDispose]: dispose } = near as unknown as Record<symbol, () => Promise<void>>;
      await within(dispose!.call(near), "the disposal");
      assert.equal(near.readyState, near.CLOSED);
      assert.equal((await within(far.closed, "the close")).code, 1000);
    },
  },
  {
    says: "a peer that takes nothing and says nothing is noticed by its pong, also behind a full send buffer",
    options: { pingInterval: 50, pongTimeout: 150 },
    show: async (near, far) => {
      far.pause();
      near.on("error", () => {});
      for (let at = 0; at < 12; at++) near.send(new Uint8Array(1_048_576));
      const from = performance.now();
      const { code, cause } = await within(near.closed, "the close");
      assert.deepEqual([code, cause?.code], [1006, "pong-timeout"]);
      assert.ok(performance.now() - from < 3000);
    },
  },
];

/** Opens a socket at both ends, and runs a sentence. */
const run = (
  adapter: SocketsAdapter,
  { show, options }: Sentence,
  http2: boolean,
  isServer: boolean,
): Promise<void> =>
  besideServer(
    adapter,
    "serve",
    { http2, ...(isServer ? options : {}) },
    async ({ url }, first) => {
      const client = await adapter.connect(url, { http2, ...(isServer ? {} : options) });
      const socket = await within(first, "the server's socket");
      await (isServer ? show(socket, client) : show(client, socket));
    },
  );

export const promiseCases: readonly Case<SocketsAdapter>[] = [
  ...loops,
  ...streams,
  ...streamed,
  ...rest,
].flatMap((sentence) =>
  [false, true].flatMap((http2) =>
    [false, true].map((isServer): Case<SocketsAdapter> => ({
      name: `${isServer ? "serve" : "connect"}${http2 ? " by HTTP/2" : ""}: ${sentence.says}`,
      run: (adapter) => run(adapter, sentence, http2, isServer),
    })),
  ),
);
