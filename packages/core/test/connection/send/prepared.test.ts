/** Messages prepared once: what is shared between receivers, and what is not. */
import { describe, expect, test } from "vitest";
import { prepare } from "../../../src/connection/send/prepared.ts";
import { permessageDeflate } from "../../../src/extension/permessage-deflate.ts";
import type { Compression } from "../../../src/extension/compression.ts";
import { openingHead, utf8 } from "../../../src/testing/wire/bytes.ts";
import type { Action } from "../../../src/actions.ts";
import { draftServer, extendedServer, framesOf } from "../extended.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { newServer, openClient, openServer, type Stage } from "../story.ts";
import type { ServerConnection } from "../../../src/connection/contract.ts";
import { Recorder } from "../../../src/testing/recorder.ts";
import { createServerConnection } from "../../../src/index.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

/** Compression that reverses bytes, at once or when the test lets it, and counts. */
class Reversal implements Compression {
  made = 0;
  closed = 0;
  runs = 0;
  fails = false;
  slow = false;
  readonly waiting: (() => void)[] = [];

  createDeflater(): ReturnType<Compression["createDeflater"]> {
    this.made++;
    return {
      deflate: (data, done) => {
        this.runs++;
        const work = (): void => {
          done(this.fails ? undefined : data.slice(1).reverse());
        };
        if (this.slow) this.waiting.push(work);
        else work();
      },
      close: () => {
        this.closed++;
      },
    };
  }

  createInflater(): never {
    throw new Error("not asked for");
  }
}

function deflating(
  compression: Compression,
  offer = "permessage-deflate",
  takeover = false,
): Stage<ServerConnection> {
  const made = newServer();
  const extension = extensionOf(compression, takeover);
  made.connection.expectRequest();
  made.connection.receive(openingHead({ "Sec-WebSocket-Extensions": offer }));
  made.connection.accept({ extensions: [extension] });
  made.end.take();
  return made;
}
const extensions = new Map<string, ReturnType<typeof permessageDeflate>>();
const ids = new WeakMap<Compression, number>();
let nextId = 0;
function extensionOf(
  compression: Compression,
  takeover: boolean,
): ReturnType<typeof permessageDeflate> {
  if (!ids.has(compression)) ids.set(compression, nextId++);
  const key = `${ids.get(compression)} ${takeover}`;
  if (!extensions.has(key))
    extensions.set(
      key,
      permessageDeflate(compression, { threshold: 3, serverNoContextTakeover: !takeover }),
    );
  return extensions.get(key)!;
}

const written = (actions: readonly Action[]): Uint8Array[] =>
  actions.flatMap((action) => (action[0] === "write" ? [action[1]] : []));

describe("without extensions", () => {
  test.each<[string, Parameters<typeof prepare>, string]>([
    ["text", ["hé"], "1 0 hé"],
    ["binary", [utf8("ab")], "2 0 ab"],
    ["empty", [""], "1 0 "],
    ["UTF-8 as text", [utf8("hé"), { binary: false }], "1 0 hé"],
    ["a string as binary", ["ab", { binary: true }], "2 0 ab"],
    ["with a longer header", ["x".repeat(300)], `1 0 ${"x".repeat(300)}`],
  ])("%s", (_, args, frame) => {
    const message = prepare(...args);
    const a = openServer();
    const b = openServer();
    expect([
      a.connection.sendPrepared(message),
      b.connection.sendPrepared(message),
      a.connection.sendPrepared(message),
    ]).toEqual([true, true, true]);
    expect([framesOf(a.end.take()), framesOf(b.end.take())]).toEqual([[frame, frame], [frame]]);
  });

  test("servers are given the same bytes by reference, however small", () => {
    const seen: Uint8Array[] = [];
    class Sink extends Recorder {
      override write(bytes: Uint8Array): void {
        seen.push(bytes);
      }
    }
    const message = prepare("shared");
    for (let i = 0; i < 2; i++) {
      const connection = createServerConnection(new Sink(), createTestPlatform());
      connection.expectRequest();
      connection.receive(openingHead());
      connection.accept();
      connection.sendPrepared(message);
    }
    expect(seen[1]).toBe(seen[3]);
  });

  test("bytes are copied when they are prepared", () => {
    const bytes = utf8("abc");
    const message = prepare(bytes);
    const { connection, end } = openServer();
    bytes.fill(0);
    connection.sendPrepared(message);
    expect(framesOf(end.take())).toEqual(["2 0 abc"]);
  });

  test("a client masks it, and leaves it as it was", async () => {
    const message = prepare("mask me");
    const client = await openClient();
    const server = openServer();
    client.connection.sendPrepared(message);
    server.connection.sendPrepared(message);
    const [sent] = written(client.end.take());
    expect(sent![1]! & 0x80).toBe(0x80);
    server.connection.receive(sent!);
    expect(server.story().at(-1)).toBe("onText mask me");
    server.connection.sendPrepared(message);
    expect(framesOf(server.end.take())).toEqual(["1 0 mask me"]);
  });

  test("drafts frame it their way, and have no binary", () => {
    const { connection, end } = draftServer("hixie-75");
    connection.sendPrepared(prepare("old"));
    expect(Buffer.concat(written(end.take())).toString("latin1")).toBe("\x00old\xff");
    expect(() => connection.sendPrepared(prepare(utf8("x")))).toThrow(
      "the peer speaks a draft that has no such message",
    );
  });

  test("where messages are dropped, so is this", () => {
    const { connection } = openServer({ overflow: "drop", maxBufferedBytes: 5 });
    connection.receiveBacklog(1);
    expect(connection.sendPrepared(prepare("too long"))).toBe(false);
  });
});

describe("compressed", () => {
  test("once for all without context takeover, and again for another window", () => {
    const compression = new Reversal();
    const message = prepare("12345");
    const stages = [
      deflating(compression),
      deflating(compression),
      deflating(compression, "permessage-deflate; server_max_window_bits=10"),
    ];
    for (const { connection } of stages) connection.sendPrepared(message);
    expect(stages.map(({ end }) => framesOf(end.take()))).toEqual([
      ["1 4 5432"],
      ["1 4 5432"],
      ["1 4 5432"],
    ]);
    expect([compression.runs, compression.closed]).toEqual([2, 2]);
  });

  test("each for itself with context takeover", () => {
    const compression = new Reversal();
    const message = prepare("12345");
    const stages = [
      deflating(compression, undefined, true),
      deflating(compression, undefined, true),
    ];
    for (const { connection } of stages) connection.sendPrepared(message);
    expect(compression.runs).toBe(2);
  });

  test("not where it is too short, or must not be", () => {
    const compression = new Reversal();
    const { connection, end } = deflating(compression);
    connection.sendPrepared(prepare("12"));
    connection.sendPrepared(prepare("12345", { compress: false }));
    expect([framesOf(end.take()), compression.runs]).toEqual([["1 0 12", "1 0 12345"], 0]);
  });

  test("while it is under way others wait for it, and what they send waits behind it", () => {
    const compression = new Reversal();
    const message = prepare("12345");
    const [a, b] = [deflating(compression), deflating(compression)];
    compression.slow = true;
    a.connection.sendPrepared(message);
    b.connection.sendPrepared(message);
    b.connection.sendText("no", false);
    expect([compression.runs, framesOf(b.end.take()), b.connection.bufferedBytes]).toEqual([
      1,
      [],
      7,
    ]);
    a.connection.terminate();
    compression.waiting.shift()!();
    expect([framesOf(a.end.take()), framesOf(b.end.take()), b.connection.bufferedBytes]).toEqual([
      [],
      ["1 4 5432", "1 0 no"],
      0,
    ]);
  });

  test("a failure is no connection's: it goes as it is", () => {
    const compression = new Reversal();
    const { connection, end } = deflating(compression);
    compression.fails = true;
    connection.sendPrepared(prepare("12345"));
    expect(framesOf(end.take())).toEqual(["1 0 12345"]);
  });

  test("a form that fails is left to each connection's own extension", () => {
    const extension = new FakeExtension("x");
    const session = extension.session.bind(extension);
    extension.session = () => ({
      ...session(),
      form: {
        open: () => ({
          ...session(),
          outgoing: (_, done) => {
            done({ code: "extension-failed" });
          },
        }),
      },
    });
    const { connection, end } = extendedServer([extension]);
    connection.sendPrepared(prepare("ab"));
    expect(framesOf(end.take())).toEqual(["1 4 abx"]);
  });

  test("several extensions change it for each connection", () => {
    const { connection, end } = extendedServer([
      new FakeExtension("x"),
      new FakeExtension("y", { rsv: 2 }),
    ]);
    connection.sendPrepared(prepare("ab"));
    expect(framesOf(end.take())).toEqual(["1 6 abxy"]);
  });
});
