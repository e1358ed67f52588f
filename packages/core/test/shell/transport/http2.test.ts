import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  fieldsRecord,
  Http2Transport,
  isHttp2Stream,
  type StreamAsker,
  writeHeadTo,
} from "../../../src/shell/transport/http2.ts";
import type { Transport } from "../../../src/shell/transport/transport.ts";

/** A stream of HTTP/2 without a session: what is done to it is kept. */
class FakeStream extends Duplex {
  readonly calls: string[] = [];
  rstCode: number | undefined = 0;
  declare respond?: (headers: object) => void;

  constructor(role: "server" | "client") {
    super({ allowHalfOpen: true });
    if (role === "server")
      this.respond = (headers) => {
        this.calls.push(`respond ${JSON.stringify(headers)}`);
      };
  }

  close(code: number): void {
    this.calls.push(`close ${code}`);
    this.rstCode = code;
  }

  override _read(): void {}
  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.calls.push(`write ${chunk.toString()}`);
    done();
  }
  override _final(done: () => void): void {
    this.calls.push("end");
    done();
  }
}

function bound(
  role: "server" | "client",
  asker?: StreamAsker,
): { stream: FakeStream; transport: Http2Transport; heard: string[] } {
  const stream = new FakeStream(role);
  const heard: string[] = [];
  const transport = new Http2Transport(
    stream as never,
    {
      onData: (bytes) => {
        heard.push(`data ${Buffer.from(bytes).toString()}`);
      },
      onResponse: ({ status, headers }) => {
        heard.push(`response ${status} ${JSON.stringify([...headers])}`);
      },
      onEnd: () => {
        heard.push("end");
      },
      onDrain: () => {
        heard.push("drain");
      },
      onGone: (cause) => {
        heard.push(`gone${cause === undefined ? "" : ` ${(cause as Error).message}`}`);
      },
    },
    asker,
  );
  return { stream, transport, heard };
}
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const ok = {
  fields: [
    [":status", "200"],
    ["set-cookie", "a"],
    ["set-cookie", "b"],
    ["set-cookie", "c"],
  ] as const,
};

describe("a server's stream", () => {
  test("is answered once, before bytes", async () => {
    const { stream, transport } = bound("server");
    transport.writeHead(ok);
    transport.writeHead(ok);
    transport.write(Buffer.from("one"));
    transport.writeMany([Buffer.from("two")]);
    transport.end();
    await settle();
    expect(stream.calls).toEqual([
      'respond {":status":"200","set-cookie":["a","b","c"]}',
      "write one",
      "write two",
      "end",
    ]);
    expect([transport.bufferedBytes, transport.backedUp]).toEqual([0, false]);
  });

  test("that is ended unanswered is reset, since the runtime would answer 200", async () => {
    const { stream, transport, heard } = bound("server");
    transport.end();
    await settle();
    expect([stream.calls, heard]).toEqual([["close 8"], ["gone"]]);
    transport.writeHead(ok); // it is too late
    expect(stream.calls).toEqual(["close 8"]);
  });

  test("destroy() resets it with CANCEL, once", async () => {
    const { stream, transport, heard } = bound("server");
    transport.destroy();
    transport.destroy();
    await settle();
    expect([stream.calls, heard]).toEqual([["close 8"], ["gone"]]);
  });

  test.each([
    [0, ["data x", "end"]],
    [undefined, ["data x", "end"]],
    [8, ["data x"]],
  ])("an end with the code %s", async (code, expected) => {
    const { stream, heard } = bound("server");
    stream.push("x");
    stream.rstCode = code;
    stream.push(null);
    await settle();
    expect(heard).toEqual(expected);
  });

  test("pauses and resumes, and drains", async () => {
    const { stream, transport, heard } = bound("server");
    transport.pause();
    stream.push("x");
    await settle();
    expect(heard).toEqual([]);
    transport.resume();
    stream.emit("drain");
    await settle();
    expect(heard).toEqual(["drain", "data x"]);
  });

  test("over on our side, it is reset with NO_ERROR, unless output is lost by it", async () => {
    const { stream, transport } = bound("server");
    transport.writeHead(ok);
    transport.end();
    await settle();
    transport.destroy();
    expect(stream.calls.at(-1)).toBe("close 0");
    const waiting = bound("server");
    waiting.stream._write = () => {};
    waiting.transport.writeHead(ok);
    waiting.transport.write(Buffer.from("unread"));
    waiting.transport.end();
    waiting.transport.destroy();
    expect(waiting.stream.calls.at(-1)).toBe("close 8");
  });

  test("a peer that cancels it has left", async () => {
    const { stream, heard } = bound("server");
    stream.rstCode = 8;
    stream.destroy();
    await settle();
    expect(heard).toEqual(["gone The peer left (stream reset, CANCEL)"]);
  });

  test("what befalls it is the cause", async () => {
    const { stream, heard } = bound("server");
    stream.destroy(new Error("lost"));
    await settle();
    expect(heard).toEqual(["gone lost"]);
  });
});

test("a client's stream tells the answer: fields without pseudo-fields, repeated ones apart", () => {
  const { stream, transport, heard } = bound("client");
  transport.writeHead(ok); // it was written when the stream was made
  stream.emit("response", {
    ":status": 200,
    "set-cookie": ["a", "b"],
    date: "now",
    "x-none": undefined,
  });
  expect(heard).toEqual(['response 200 [["set-cookie","a"],["set-cookie","b"],["date","now"]]']);
  expect(stream.calls).toEqual([]);
});

test("what a client's stream tells before its answer waits for it", async () => {
  const { stream, heard } = bound("client");
  stream.push("x");
  stream.push(null);
  await settle();
  expect(heard).toEqual([]);
  stream.emit("response", { ":status": 200 });
  expect(heard.slice(0, 3)).toEqual(["response 200 []", "data x", "end"]);
});

test.each<[name: string, takesOver: boolean, isAnswered: boolean, heard: string[]]>([
  ["whoever takes over from one that goes unanswered: the listener hears nothing", true, false, []],
  ["nobody does", false, false, ["gone"]],
  ["one that was answered is nobody's to take over", true, true, ["response 200 []", "gone"]],
])("a client's stream is gone: %s", async (_, takesOver, isAnswered, expected) => {
  const { stream, heard } = bound("client", {
    takesOver: () => takesOver,
    isAnswered: () => true,
  });
  if (isAnswered) stream.emit("response", { ":status": 200 });
  stream.destroy();
  await settle();
  expect(heard).toEqual(expected);
});

test("an answer that is not wanted, since another came first, is nobody's", () => {
  const { stream, heard } = bound("client", { takesOver: () => true, isAnswered: () => false });
  stream.emit("response", { ":status": 200 });
  expect(heard).toEqual([]);
});

test.each([
  [new FakeStream("client"), true],
  [new Duplex(), false],
])("isHttp2Stream", (stream, expected) => {
  expect(isHttp2Stream(stream)).toBe(expected);
});

test("a field called __proto__ is one", () => {
  expect(Object.entries(fieldsRecord([["__proto__", "x"]]))).toEqual([["__proto__", "x"]]);
});

describe("writeHeadTo", () => {
  const sent = (
    transport: Partial<Transport>,
    head: Parameters<typeof writeHeadTo>[1],
  ): string[] => {
    const calls: string[] = [];
    writeHeadTo(
      {
        write: (bytes: Uint8Array) => {
          calls.push(`write ${bytes.join()}`);
        },
        ...transport,
      } as Transport,
      head,
    );
    return calls;
  };
  test("fields where there is a place for them", () => {
    expect(sent({ writeHead: () => {} }, { ...ok, bytes: Uint8Array.of(1) })).toEqual([]);
  });
  test("else the same in bytes, if there are", () => {
    expect(sent({}, { ...ok, bytes: Uint8Array.of(1) })).toEqual(["write 1"]);
    expect(sent({}, ok)).toEqual([]);
  });
});
